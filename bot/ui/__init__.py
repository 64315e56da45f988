"""What cogs share: error replies, base views, the command tree, permissions, safe text, pages, charts."""

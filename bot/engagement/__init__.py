"""Taking part: what is counted of it, and what standing it gives."""

"""How Discord sees each capability: commands, listeners, views, cards."""

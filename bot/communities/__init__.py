"""A guild's settings: its time zone, its channels, its host role."""

"""A warm greeting after the screening, and an introduction that people can answer."""

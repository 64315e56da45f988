"""Tribekeeper: a Discord bot for people who write and teach."""

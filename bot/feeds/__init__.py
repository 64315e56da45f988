"""Blogs that are followed: every post announced once, in order, with a conversation under it."""

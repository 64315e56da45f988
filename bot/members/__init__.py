"""Who is here, since when, and whether they passed the screening."""

"""What members may see, take along and delete of what is kept about them; and what is forgotten by itself."""

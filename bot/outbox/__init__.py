"""What makes every automatic message go out exactly once."""

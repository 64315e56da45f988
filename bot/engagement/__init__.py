"""Taking part: what members do is counted once, without their words, and shown to themselves alone."""

"""Q&A sessions: one object from the first question to the recording."""

"""The rehearsal, as plain values, over real HTTP, and in a real browser."""

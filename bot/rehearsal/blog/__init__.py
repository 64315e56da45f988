"""The host's blog: make-believe like everything here, but served over real HTTP, for the bot to read as any other."""

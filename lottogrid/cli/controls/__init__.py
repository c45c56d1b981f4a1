"""The commands that command a bot: given to the one that runs, or written down for the next."""

"""What an operator can order: the commands, the latch that outlives the process, and the way to a bot that runs."""

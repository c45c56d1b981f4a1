"""What `lottogrid check --broker ib` looks at."""

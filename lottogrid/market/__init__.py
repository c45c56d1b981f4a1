"""What is traded and what is known of it: contracts, ticks, quotes, bars."""

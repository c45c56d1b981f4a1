"""`lottogrid simulate`: days of the real bot under planted faults."""

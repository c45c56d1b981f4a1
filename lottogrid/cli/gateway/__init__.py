"""`lottogrid gateway`: the paper gateway alone, and recordings of any other."""

"""`lottogrid data`: brings bars in, looks at them, makes some up, fetches them."""

"""Interactive Brokers through ib_insync or ib_async. Nothing of the library is seen outside this package."""

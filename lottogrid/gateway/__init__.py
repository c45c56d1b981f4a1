"""A paper gateway: speaks the TWS API's text protocol to unmodified clients and trades on the simulated exchange."""

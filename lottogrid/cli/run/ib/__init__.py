"""The work of `lottogrid run --broker ib`: a session at a TWS or an IB Gateway that runs elsewhere."""

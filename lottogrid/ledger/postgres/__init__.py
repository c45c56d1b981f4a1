"""The ledger's tables on a PostgreSQL server instead of in a file: the same statements, the same book."""

"""The ledger on a PostgreSQL server: a real one, private to the tests."""

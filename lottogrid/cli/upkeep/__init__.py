"""The commands around a bot: checks before a run, the ledger's backups, the service, the token of the page."""

"""The commands that only look: at the ledger, beside a running bot or after it, and at the machines."""

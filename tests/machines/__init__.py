"""The machines: tables, lives, diagrams, documents."""

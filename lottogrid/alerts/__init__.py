"""What a person is told of: one table of codes, and how their news leaves this machine."""

"""The one place that decides what fills at what price."""

"""The port to a broker, and those who stand behind it."""

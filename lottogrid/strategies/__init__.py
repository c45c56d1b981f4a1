"""Rules that decide what to open. They see immutable pictures and know no broker, clock or actor."""

"""What keeps the money: reasons, limits, halts."""

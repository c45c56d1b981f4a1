"""Chance that depends on nothing but its names: the same seed, purpose and order give the same draw, in any order."""

from __future__ import annotations

from hashlib import blake2b

_BITS = 53  # what a double holds exactly


def uniform(seed: int, *names: object) -> float:
    """Return a number in [0, 1) that is a function of `seed` and `names` (their texts) alone."""
    text = "|".join(map(str, (seed, *names)))
    drawn = int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
    return float(drawn >> (64 - _BITS)) / (1 << _BITS)


def whole(low: int, high: int, seed: int, *names: object) -> int:
    """Return a whole number from `low` to `high`, both included."""
    return low + int(uniform(seed, *names) * (high - low + 1))

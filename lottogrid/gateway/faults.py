"""What is wrong with the gateway at present: the switches that scenarios turn and the rest of it looks at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from lottogrid.gateway.prices import Shown


@dataclass(slots=True)
class Faults:
    """All switches. As made, nothing is wrong."""

    is_delayed: bool = False
    """Market data comes late, and says so."""
    is_halted: bool = False
    """Trading is halted: lines say so, new orders are refused."""
    feeds_are_silent: bool = False
    """No line ticks, though the socket lives."""
    hides_greeks: bool = False
    quotes: str = ""
    """`stale`, `one-sided`, `empty` or `crossed`; else as they are."""
    refuses_by_cancel: bool = False
    """A refused order ends as Cancelled, not as Inactive."""
    is_cut_off: bool = False
    """The gateway has lost the broker: what happens to orders is not told."""
    taken_ids: set[int] = field(default_factory=set)
    """Client ids that are refused with 326, as after a crash."""
    rolled_back: int = 0
    """By how much the next order id lies below the right one, as after a nightly restart."""
    lost: Counter[str] = field(default_factory=Counter)
    """How many of the next requests of each name are never answered."""
    acknowledgements_to_swallow: int = 0
    """Of so many of the next orders nothing is ever told."""
    swallowed: set[int] = field(default_factory=set)

    def loses(self, name: str) -> bool:
        """Return whether a request of this name gets lost; counts it."""
        if not self.lost[name]:
            return False
        self.lost[name] -= 1
        return True

    def begins_order(self, perm_id: int) -> None:
        """Note a new order: perhaps it is one whose acknowledgements get lost."""
        if self.acknowledgements_to_swallow:
            self.acknowledgements_to_swallow -= 1
            self.swallowed.add(perm_id)

    def swallows(self, perm_id: int) -> bool:
        """Return whether nothing is told of an order at present."""
        return self.is_cut_off or perm_id in self.swallowed

    def altered(self, shown: Shown | None) -> Shown | None:
        """Return what a line is made to show."""
        alter = _ALTERED.get(self.quotes)
        return shown if shown is None or alter is None else alter(shown)


def _one_sided(shown: Shown) -> Shown:
    return replace(shown, bid=None, bid_size=0)


def _empty(shown: Shown) -> Shown:
    return replace(shown, bid=None, ask=None, bid_size=0, ask_size=0)


def _crossed(shown: Shown) -> Shown:
    return replace(shown, bid=shown.ask, ask=shown.bid)


_ALTERED: dict[str, Callable[[Shown], Shown]] = {"one-sided": _one_sided, "empty": _empty, "crossed": _crossed}

"""What is wrong with the gateway at present: the switches that scenarios turn and the rest of it looks at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum

from lottogrid.gateway.prices import Shown


class Quotes(Enum):
    """What the lines show in place of the market; the value is the word in a script."""

    TRUE = "true"
    STALE = "stale"
    """What they showed when it began."""
    ONE_SIDED = "one-sided"
    """No bid."""
    EMPTY = "empty"
    """Neither bid nor ask."""
    CROSSED = "crossed"
    NAN = "nan"
    """Prices that are no numbers."""


class Refusal(Enum):
    """How a refused new order is told; the value is the word in a script."""

    INACTIVE = "inactive"
    """An error, then the status Inactive."""
    CANCELLED = "cancelled"
    """An error, then the status Cancelled."""
    ERROR = "error"
    """An error and nothing more: the order never existed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the next request of a kind is answered with."""

    code: int
    text: str
    refusal: Refusal = Refusal.ERROR


@dataclass(slots=True)
class Faults:
    """All switches. As made, nothing is wrong."""

    is_frozen: bool = False
    """Sockets stay up, and nothing is read or written."""
    is_cut_off: bool = False
    """The gateway has lost the broker: what happens to orders is not told."""
    is_halted: bool = False
    """Trading is halted: lines say so, new orders are refused."""
    is_delayed: bool = False
    """Market data comes late, and says so."""
    competes: bool = False
    """Another login has the market data: every request for it is answered with 10197, and no line ticks."""
    farm_is_broken: bool = False
    """The market data farm is away."""
    feeds_are_silent: bool = False
    """No line ticks, though the socket lives."""
    hides_greeks: bool = False
    hides_executions: bool = False
    """Requests for executions find none."""
    hides_refs: bool = False
    """Orders and fills are told without their orderRef."""
    omits_status: bool = False
    """Status messages are not pushed; the rest is."""
    shuffles: bool = False
    """What is pushed about orders comes late, in any order, and some of it twice."""
    adds_listings: bool = False
    """Contract queries also find event contracts, and a date has a second class in the chain."""
    unset_what_ifs: int = 0
    """So many of the next what-if orders are first answered without margins."""
    doubles_modifications: int = 0
    """So many of the next modifications leave the old order alive beside the new one."""
    cancels_late_by: float | None = None
    """Seconds after which the next cancellation, told at once, reaches the exchange."""
    next_order: Answer | None = None
    next_modification: Answer | None = None
    next_cancellation: Answer | None = None
    """That answer alone: the order ends without a word more."""
    taken_ids: set[int] = field(default_factory=set)
    """Client ids that are refused with 326, as after a crash."""
    keeps_tickers: bool = False
    """A broken connection leaves its request numbers taken."""
    kept_tickers: set[tuple[int, int]] = field(default_factory=set)
    """Client id and request number of lines that nobody has any more, and that are taken all the same."""
    rolled_back: int = 0
    """By how much the next order id lies below the right one, as after a nightly restart."""
    lost: Counter[str] = field(default_factory=Counter)
    """How many of the next requests of each name are never answered."""
    unacknowledged: int = 0
    """Of so many of the next orders nothing is told on this connection."""
    swallowed: set[int] = field(default_factory=set)
    corrections: dict[str, Decimal] = field(default_factory=dict)
    """Corrected price of an execution, points, by the exchange's name of it."""
    _quotes: Quotes = Quotes.TRUE
    _standing: dict[Hashable, Shown | None] = field(default_factory=dict)

    @property
    def has_no_feed(self) -> bool:
        """Whether no line ticks."""
        return self.feeds_are_silent or self.is_cut_off or self.farm_is_broken or self.competes

    def loses(self, name: str) -> bool:
        """Return whether a request of this name gets lost; counts it."""
        if not self.lost[name]:
            return False
        self.lost[name] -= 1
        return True

    def begins_order(self, perm_id: int) -> None:
        """Note a new order: perhaps it is one of which nothing is told."""
        if self.unacknowledged:
            self.unacknowledged -= 1
            self.swallowed.add(perm_id)

    def swallows(self, perm_id: int) -> bool:
        """Return whether nothing is told of an order at present."""
        return self.is_cut_off or perm_id in self.swallowed

    def show(self, quotes: Quotes) -> None:
        """Let the lines show this from now on."""
        self._quotes = quotes
        self._standing.clear()

    def altered(self, subject: Hashable, shown: Shown | None) -> Shown | None:
        """Return what a line on `subject` is made to show where the market shows `shown`."""
        if self._quotes is Quotes.STALE:
            return self._standing.setdefault(subject, shown)
        alter = _ALTERED.get(self._quotes)
        return shown if shown is None or alter is None else alter(shown)


def _one_sided(shown: Shown) -> Shown:
    return replace(shown, bid=None, bid_size=0)


def _empty(shown: Shown) -> Shown:
    return replace(shown, bid=None, ask=None, bid_size=0, ask_size=0)


def _crossed(shown: Shown) -> Shown:
    return replace(shown, bid=shown.ask, ask=shown.bid)


def _nan(shown: Shown) -> Shown:
    return replace(shown, bid=Decimal("NaN"), ask=Decimal("NaN"))


_ALTERED: dict[Quotes, Callable[[Shown], Shown]] = {
    Quotes.ONE_SIDED: _one_sided,
    Quotes.EMPTY: _empty,
    Quotes.CROSSED: _crossed,
    Quotes.NAN: _nan,
}

"""How a simulated broker behaves, as data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from lottogrid.errors import BadInput
from lottogrid.exchange.model import SAME_DAY_SPREAD, SpreadCurve

_AT_ONCE = timedelta(0)


@dataclass(frozen=True, kw_only=True)
class BrokerProfile:
    """A broker's habits. Probabilities are per order; latencies are on the exchange's own clock."""

    name: str
    description: str
    commission_per_contract: Decimal
    """Dollars a contract and side, fees included."""
    ack_latency: timedelta = _AT_ONCE
    """From an order, or a cancel, to the broker's answer."""
    fill_latency: timedelta = _AT_ONCE
    """From the acknowledgement of a marketable order to its fill."""
    refresh: timedelta = timedelta(seconds=1)
    """From a fill that took what was displayed to the next try for the rest."""
    reject_probability: float = 0.0
    partial_fill_probability: float = 0.0
    """Chance that a fill of several contracts takes only some of them."""
    spread: SpreadCurve = SAME_DAY_SPREAD
    spread_factor: float = 1.0
    displayed_size: tuple[int, int] = (50, 50)
    """Fewest and most contracts shown at the bid and at the ask."""

    def __post_init__(self) -> None:
        low, high = self.displayed_size
        if not 0 < low <= high:
            raise BadInput(f"profile {self.name}: expected displayed sizes from 1 up, found {self.displayed_size}")
        if not (0 <= self.reject_probability <= 1 and 0 <= self.partial_fill_probability < 1):
            raise BadInput(f"profile {self.name}: expected probabilities from 0 to 1, a partial fill's below 1")
        if self.spread_factor < 0 or self.refresh <= _AT_ONCE or min(self.ack_latency, self.fill_latency) < _AT_ONCE:
            raise BadInput(f"profile {self.name}: expected latencies and a spread factor not below 0, a refresh above")


# 0.62 dollars is an assumption: IB's figure for MES options was not found in public.
_COMMISSION = Decimal("0.62")

PROFILES: dict[str, BrokerProfile] = {
    profile.name: profile
    for profile in (
        BrokerProfile(
            name="ideal",
            description="answers and fills at once, never refuses; spreads as measured: for replays and backtests",
            commission_per_contract=_COMMISSION,
        ),
        BrokerProfile(
            name="paper",
            description="answers in 80 ms, fills 150 ms later, never refuses: for paper trading",
            commission_per_contract=_COMMISSION,
            ack_latency=timedelta(milliseconds=80),
            fill_latency=timedelta(milliseconds=150),
            displayed_size=(5, 40),
        ),
        BrokerProfile(
            name="rough",
            description="slow, thin and moody: refuses 5 % of orders, fills in pieces, spreads half as wide again",
            commission_per_contract=_COMMISSION,
            ack_latency=timedelta(milliseconds=900),
            fill_latency=timedelta(seconds=2),
            refresh=timedelta(seconds=5),
            reject_probability=0.05,
            partial_fill_probability=0.4,
            spread_factor=1.5,
            displayed_size=(1, 6),
        ),
    )
}


def profile_of(name: str) -> BrokerProfile:
    """Return the profile called `name`; an unknown name is refused with the known ones named."""
    try:
        return PROFILES[name]
    except KeyError:
        raise BadInput(f"profile: expected one of {', '.join(PROFILES)}, found {name!r}") from None

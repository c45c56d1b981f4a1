"""What every strategy is given and what it returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from lottogrid.calendar import TradingDay
from lottogrid.market.contracts import ContractSpec, OptionContract
from lottogrid.market.quotes import Quote
from lottogrid.positions import Proposal
from lottogrid.risk.book import RiskBook
from lottogrid.risk.reasons import Reason
from lottogrid.risk.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketView:
    """The market at an instant, as the market data actor publishes it. `None` is unknown, never zero."""

    at: datetime
    day: TradingDay
    spec: ContractSpec
    underlying: Decimal | None
    """Last price, points."""
    underlying_at: datetime | None
    minute_sd: float | None
    """Standard deviation of the last one-minute log returns; None with too few samples."""
    samples: int
    total_sd: float | None
    """Implied standard deviation of the log price from now to expiry, from the at-the-money straddle's quotes."""
    minutes_left: float
    """Trading minutes from `moment` to expiry."""
    quotes: Mapping[OptionContract, Quote]

    @property
    def moment(self) -> datetime:
        """The end of the last minute, which a decision is of, however long its quotes took to come."""
        return self.at if self.underlying_at is None else self.underlying_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a strategy decided at an instant, entered or not, with every rule's verdict."""

    at: datetime
    strategy: str
    underlying: Decimal | None
    verdicts: tuple[Verdict, ...]
    proposals: tuple[Proposal, ...] = ()
    """What to open; empty where any rule refused."""

    @property
    def refusals(self) -> tuple[Reason, ...]:
        """The reasons of all rules that did not pass."""
        return tuple(verdict.reason for verdict in self.verdicts if verdict.reason is not None)


class Strategy(Protocol):
    """A rule book for opening positions."""

    name: str

    def wanted(self, market: MarketView) -> frozenset[OptionContract]:
        """Return the options whose quotes `decide` needs to see, given price and implied move; empty where unknown."""
        ...

    def decide(self, market: MarketView, book: RiskBook) -> Decision:
        """Return the decision for this instant."""
        ...

"""Contract specifications as data, and the contracts that are bought and sold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cached_property

from lottogrid.errors import BadInput
from lottogrid.market.ticks import TickLadder


class Right(Enum):
    """A call or a put; the value is the letter used in files and at the broker."""

    CALL = "C"
    PUT = "P"


@dataclass(frozen=True, kw_only=True)
class ContractSpec:
    """An option product and what it is written on. Adding an instrument is adding one of these."""

    symbol: str
    description: str
    multiplier: Decimal
    """Dollars a point."""
    underlying_tick: Decimal
    """Smallest step of the underlying, points."""
    ladder: TickLadder
    """Price steps of the option when the broker names none (paper, replay, backtest)."""
    strike_step: Decimal
    """Distance between listed strikes near the money, points."""
    security_type: str
    """FOP for options on futures, OPT for options on an index or a share."""
    exchange: str
    cash_settled: bool
    """False where an in-the-money option turns into the underlying at expiry."""


@dataclass(frozen=True, kw_only=True)
class OptionContract:
    """One option: symbol, day of expiry, right and strike (points)."""

    symbol: str
    expiry: date
    right: Right
    strike: Decimal

    @cached_property
    def key(self) -> str:
        """The contract in one word for logs, keys and pages: `MES-20250409-C-5200`."""
        return f"{self.symbol}-{self.expiry:%Y%m%d}-{self.right.value}-{self.strike.normalize():f}"

    @cached_property
    def _hash(self) -> int:
        return hash((self.symbol, self.expiry, self.right.value, self.strike))

    def __hash__(self) -> int:
        return self._hash  # contracts are keys of every quote and holding

    def __str__(self) -> str:
        return self.key

    def intrinsic(self, underlying: Decimal) -> Decimal:
        """Return what exercise would be worth at `underlying`, points."""
        gain = underlying - self.strike if self.right is Right.CALL else self.strike - underlying
        return max(gain, Decimal(0))


_MICRO_LADDER = TickLadder.of((Decimal(0), Decimal("0.05")), (Decimal(5), Decimal("0.25")))
_INDEX_LADDER = TickLadder.of((Decimal(0), Decimal("0.05")), (Decimal(3), Decimal("0.10")))
_CENT_LADDER = TickLadder.of((Decimal(0), Decimal("0.01")))

SPECS: dict[str, ContractSpec] = {
    spec.symbol: spec
    for spec in (
        ContractSpec(
            symbol="MES",
            description="Micro E-mini S&P 500 futures options",
            multiplier=Decimal(5),
            underlying_tick=Decimal("0.25"),
            # CME's pages name two thresholds for the fine tick, 5 and 10 points: 0.25 above 5 is valid under both.
            ladder=_MICRO_LADDER,
            strike_step=Decimal(5),
            security_type="FOP",
            exchange="CME",
            cash_settled=False,
        ),
        ContractSpec(
            symbol="ES",
            description="E-mini S&P 500 futures options",
            multiplier=Decimal(50),
            underlying_tick=Decimal("0.25"),
            ladder=_MICRO_LADDER,
            strike_step=Decimal(5),
            security_type="FOP",
            exchange="CME",
            cash_settled=False,
        ),
        ContractSpec(
            symbol="MNQ",
            description="Micro E-mini Nasdaq-100 futures options",
            multiplier=Decimal(2),
            underlying_tick=Decimal("0.25"),
            ladder=_MICRO_LADDER,
            strike_step=Decimal(10),
            security_type="FOP",
            exchange="CME",
            cash_settled=False,
        ),
        ContractSpec(
            symbol="SPX",
            description="S&P 500 index options",
            multiplier=Decimal(100),
            underlying_tick=Decimal("0.01"),
            ladder=_INDEX_LADDER,
            strike_step=Decimal(5),
            security_type="OPT",
            exchange="SMART",
            cash_settled=True,
        ),
        ContractSpec(
            symbol="SPY",
            description="SPDR S&P 500 ETF options",
            multiplier=Decimal(100),
            underlying_tick=Decimal("0.01"),
            ladder=_CENT_LADDER,
            strike_step=Decimal(1),
            security_type="OPT",
            exchange="SMART",
            cash_settled=False,
        ),
    )
}


def spec_of(symbol: str) -> ContractSpec:
    """Return the specification of `symbol`; an unknown symbol is refused with the known ones named."""
    try:
        return SPECS[symbol]
    except KeyError:
        raise BadInput(f"instrument: expected one of {', '.join(SPECS)}, found {symbol!r}") from None

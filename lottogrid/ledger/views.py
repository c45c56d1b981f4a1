"""The two views that a comparison looks at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from lottogrid.market.contracts import OptionContract
from lottogrid.orders import BrokerOrder, BrokerPosition, Execution
from lottogrid.positions import PositionRecord


class Settlement(Protocol):
    """The end of an option at its fixing, worth `price` points to every holder."""

    @property
    def settlement_id(self) -> str:
        """The broker's id of the event."""
        ...

    @property
    def contract(self) -> OptionContract:
        """The option that ended."""
        ...

    @property
    def price(self) -> Decimal:
        """What it was worth, points; 0 where it was worth nothing."""
        ...

    @property
    def at(self) -> datetime:
        """The fixing."""
        ...


class BrokerView(Protocol):
    """What the broker knows of the present day, as `lottogrid.brokers.port.BrokerSnapshot` carries it."""

    @property
    def taken_at(self) -> datetime:
        """When the broker answered."""
        ...

    @property
    def orders(self) -> tuple[BrokerOrder, ...]:
        """Open and completed orders of the day that carry our reference."""
        ...

    @property
    def executions(self) -> tuple[Execution, ...]:
        """Every execution of the day."""
        ...

    @property
    def settlements(self) -> tuple[Settlement, ...]:
        """Options that ended at the fixing."""
        ...

    @property
    def positions(self) -> tuple[BrokerPosition, ...]:
        """Holdings that are not 0."""
        ...


@dataclass(frozen=True, slots=True)
class OurBook:
    """Our side: every position that is open, and the closed ones of the days that the broker still reports."""

    positions: tuple[PositionRecord, ...]

"""What the exchange keeps of an account, as values that can be written down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum

from lottogrid.orders import BrokerOrder, OrderIntent, OrderState, OrderType


@dataclass(slots=True, kw_only=True)
class VenueOrder:
    """An order as the exchange keeps it. SENT is on its way in, WORKING may trade."""

    intent: OrderIntent
    arrives_at: datetime
    """When the exchange looks at it, and answers."""
    state: OrderState = OrderState.SENT
    broker_id: str = ""
    filled: int = 0
    is_matching: bool = False
    """A fill against the standing quote is under way, so the bar's path does not concern it."""
    reason: str = ""
    combo: str = ""
    """References of all legs, separated by commas, where it is one of several orders that trade as one."""

    @property
    def ref(self) -> str:
        """The business key it came with."""
        return self.intent.ref

    @property
    def remaining(self) -> int:
        """Contracts not executed."""
        return self.intent.quantity - self.filled

    @property
    def is_market(self) -> bool:
        """Whether it takes any price."""
        return self.intent.order_type is OrderType.MARKET

    @property
    def takes_standing_quotes(self) -> bool:
        """Whether it looks at the quotes of a minute's end, and not at the way there."""
        return self.is_market or bool(self.combo)

    def is_told_by(self, report: BrokerOrder) -> bool:
        """Whether an earlier report of this order still says how it stands."""
        return (self.state, self.filled, self.broker_id, self.reason) == (
            report.state,
            report.filled,
            report.broker_id,
            report.reason,
        )

    def report(self) -> BrokerOrder:
        """Return the order as the broker tells of it."""
        intent = self.intent
        return BrokerOrder(
            ref=intent.ref,
            broker_id=self.broker_id,
            contract=intent.contract,
            side=intent.side,
            quantity=intent.quantity,
            filled=self.filled,
            limit_price=intent.limit_price,
            state=self.state,
            reason=self.reason,
        )


class Step(IntEnum):
    """What falls due for an order. At one instant the lower comes first, so a fill wins over a cancel."""

    ARRIVE = 0
    REPEAT = 1
    """An order arrives under a reference that is taken."""
    MATCH = 2
    CANCEL = 3


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """A step that falls due. Ties are broken by the reference, not by the order of the calls."""

    at: datetime
    step: Step
    ref: str
    number: int
    """Unique in the account."""


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far the account has come."""

    trading_date: date | None = None
    closes: datetime | None = None
    is_settled: bool = True
    last_price: Decimal | None = None
    """Close of the last bar of the session that was matched, points."""
    last_bar_end: datetime | None = None
    orders: int = 0
    executions: int = 0
    steps: int = 0
    cash: Decimal = Decimal(0)
    """Dollars that came in since the account began, less what went out."""

"""Orders as clients know them, and the memory that keeps them through a restart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum

from lottogrid.exchange.store import Keeper
from lottogrid.gateway.fills import Fill
from lottogrid.gateway.listings import FutureContract
from lottogrid.market.contracts import OptionContract
from lottogrid.orders import Side


class Status(Enum):
    """What a client is told of an order; the value is the protocol's word."""

    PENDING = "PendingSubmit"
    """On its way to the exchange."""
    HELD = "PreSubmitted"
    """Kept here: for its parent, its stop price or its transmission."""
    SUBMITTED = "Submitted"
    FILLED = "Filled"
    CANCELLED = "Cancelled"
    INACTIVE = "Inactive"
    """Refused."""

    @property
    def is_final(self) -> bool:
        """Whether it works no more."""
        return self in {Status.FILLED, Status.CANCELLED, Status.INACTIVE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a modification may change. Prices in points."""

    quantity: int
    limit: Decimal | None
    stop: Decimal | None
    tif: str = "DAY"


@dataclass(slots=True, kw_only=True)
class Ticket:
    """One order of one client."""

    perm_id: int
    client_id: int
    order_id: int
    order_ref: str
    account: str
    option: OptionContract | None
    """None for a combo or a future."""
    future: FutureContract | None = None
    legs: str = ""
    """Of a combo: `conId ratio side`, separated by commas."""
    side: Side
    order_type: str
    terms: Terms
    wanted: Terms | None = None
    """The terms of a modification that is under way."""
    placed_at: datetime
    oca_group: str = ""
    oca_type: int = 3
    parent_id: int = 0
    is_transmitted: bool = True
    outside_rth: bool = False
    is_triggered: bool = False
    """Its stop price was reached."""
    is_out: bool = False
    """The exchange has it, or has had it last."""
    status: Status = Status.HELD
    revision: int = 0
    filled: int = 0
    worth: Decimal = Decimal(0)
    """Price times quantity of all fills, points."""
    last_price: Decimal = Decimal(0)
    reason: str = ""
    ended_at: datetime | None = None

    @property
    def remaining(self) -> int:
        """Contracts, or combos, not executed."""
        return self.terms.quantity - self.filled

    @property
    def contracts_each(self) -> int:
        """How many contracts one of it trades: several for a combo."""
        return sum(leg.ratio for leg in legs_of(self)) or 1

    @property
    def average_price(self) -> Decimal:
        """Mean price of the fills, points; 0 before the first."""
        return self.worth / self.filled if self.filled else Decimal(0)

    @property
    def exchange_ref(self) -> str:
        """What the exchange knows the present revision by; a combo's legs add their number."""
        return f"G-{self.perm_id}-{self.revision}"

    def is_present(self, ref: str) -> bool:
        """Return whether the exchange's reference is of the present revision, not of one that was replaced."""
        return ref == self.exchange_ref or ref.startswith(f"{self.exchange_ref}-")

    @property
    def is_stop(self) -> bool:
        """Whether it waits for a stop price."""
        return self.order_type.startswith("STP") and not self.is_triggered


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A part of a combo."""

    con_id: int
    ratio: int
    side: Side


def legs_of(ticket: Ticket) -> list[Leg]:
    """Return the legs of a combo; none for a plain order."""
    words = (leg.split() for leg in ticket.legs.split(",") if leg)
    return [Leg(con_id=int(number), ratio=int(ratio), side=Side(side)) for number, ratio, side in words]


@dataclass(slots=True, kw_only=True)
class Numbers:
    """Numbers that were given out last."""

    perm_id: int = 1_000_000_000


class Tickets:
    """All tickets, by the names that lead to them; each change is put into the keeper."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._numbers = next(iter(keeper.load(Numbers)), Numbers())
        self._tickets = {ticket.perm_id: ticket for ticket in keeper.load(Ticket)}

    def __iter__(self) -> Iterator[Ticket]:
        return iter(list(self._tickets.values()))

    def next_perm_id(self) -> int:
        """Return a number that no order has had."""
        self._numbers.perm_id += 1
        self._keeper.put("", self._numbers)
        return self._numbers.perm_id

    def keep(self, ticket: Ticket) -> None:
        """Note a new or changed ticket."""
        self._tickets[ticket.perm_id] = ticket
        self._keeper.put(str(ticket.perm_id), ticket)

    def of(self, client_id: int, order_id: int) -> Ticket | None:
        """Return the last ticket of a client under its number; None where there is none."""
        found = [t for t in self._tickets.values() if t.client_id == client_id and t.order_id == order_id]
        return found[-1] if found else None

    def of_exchange(self, ref: str) -> Ticket | None:
        """Return the ticket that the exchange's reference belongs to; None for somebody else's order."""
        words = ref.split("-")
        return self._tickets.get(int(words[1])) if words[0] == "G" and words[1].isdigit() else None

    def living(self) -> list[Ticket]:
        """Return the tickets that are not over, oldest first."""
        return [ticket for ticket in self._tickets.values() if not ticket.status.is_final]

    def highest_order_id(self, client_id: int) -> int:
        """Return the highest number that a client has used; 0 before the first."""
        return max((t.order_id for t in self._tickets.values() if t.client_id == client_id), default=0)

    def forget_before(self, first: datetime) -> None:
        """Drop what was over before `first`."""
        for ticket in self:
            if ticket.ended_at is not None and ticket.ended_at < first:
                del self._tickets[ticket.perm_id]
                self._keeper.drop(Ticket, str(ticket.perm_id))


def execution_id(fill: Fill, *, is_corrected: bool = False) -> str:
    """Return the protocol's name of an execution: account part, day, number and correction, as the real one's look."""
    kind, day, number = fill.exec_id.split("-")
    return f"0000{kind.lower()}0d5.{int(day):08x}.{int(number):02x}.{'02' if is_corrected else '01'}"

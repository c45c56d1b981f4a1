"""What happened to each position, record by record: the timelines that the page shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import (
    CommissionBooked,
    DayOpened,
    ExecutionBooked,
    LegMoved,
    OrderIntended,
    OrderMoved,
    PositionMoved,
    PositionPlanned,
    Record,
)
from lottogrid.orders import Execution
from lottogrid.positions import LegRecord, PositionRecord, PositionState


@dataclass(frozen=True, slots=True)
class Story:
    """One position's records, in the order of their writing."""

    position_id: str
    records: tuple[Record, ...]

    def completed(self, position: PositionRecord) -> PositionRecord:
        """Return `position` with the commissions that were booked; its own actor is not told of them."""
        named = {each.exec_id: each.commission for each in self.records if isinstance(each, CommissionBooked)}
        return replace(position, legs=tuple(_completed(leg, named) for leg in position.legs)) if named else position

    @property
    def is_over(self) -> bool:
        """Whether its last move ended it."""
        moves = [record.after for record in self.records if isinstance(record, PositionMoved)]
        return bool(moves) and PositionState(moves[-1]).is_final


class Stories:
    """The stories of what is open and of what the day has seen, kept current as records are written."""

    def __init__(self, ledger: Ledger, today: date) -> None:
        """Recall the positions of `today` (New York) and those that are still open."""
        self._today = today
        self._owner: dict[str, str] = {}
        """Of an order's ref and of an execution's id: the position."""
        self._stories: dict[str, Story] = {}
        known = {each.position_id: each for each in (*ledger.positions(today), *ledger.open_positions())}
        names = {name for each in known.values() for name in _names(each)}
        self.take_in(row.record for row in ledger.journal_about(sorted(names)))

    def take_in(self, records: Iterable[Record]) -> None:
        """Follow what was written."""
        for record in records:
            if isinstance(record, DayOpened) and record.trading_date != self._today:
                self._begin(record.trading_date)
            position_id = self._of(record)
            if position_id is not None:
                story = self._stories.get(position_id)
                self._stories[position_id] = Story(position_id, (*(story.records if story else ()), record))

    @property
    def all(self) -> tuple[Story, ...]:
        """Every story, the oldest position first."""
        return tuple(self._stories.values())

    def _begin(self, today: date) -> None:
        """Forget what is over."""
        self._today = today
        self._stories = {key: story for key, story in self._stories.items() if not story.is_over}
        self._owner = {name: key for name, key in self._owner.items() if key in self._stories}

    def _of(self, record: Record) -> str | None:
        match record:
            case OrderIntended(intent=intent):
                self._owner[intent.ref] = intent.position_id
                return intent.position_id
            case ExecutionBooked(position_id=position_id, execution=execution):
                self._owner[execution.exec_id] = position_id
                return position_id
            case OrderMoved(ref=name) | CommissionBooked(exec_id=name):
                return self._owner.get(name)
            case PositionPlanned() | PositionMoved() | LegMoved():
                return record.position_id
            case _:
                return None


def _completed(leg: LegRecord, named: Mapping[str, Decimal]) -> LegRecord:
    orders = (
        replace(order, executions=tuple(_named(each, named) for each in order.executions))
        if order.executions
        else order
        for order in leg.orders
    )
    return replace(leg, orders=tuple(orders))


def _named(execution: Execution, named: Mapping[str, Decimal]) -> Execution:
    return replace(execution, commission=named.get(execution.exec_id, execution.commission))


def _names(position: PositionRecord) -> Iterator[str]:
    """Yield what the journal's rows about a position are filed under."""
    yield position.position_id
    for leg in position.legs:
        yield from (order.intent.ref for order in leg.orders)
        yield from (execution.exec_id for execution in leg.executions)

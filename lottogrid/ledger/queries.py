"""What can be asked of the ledger. Nothing here writes; instants are in UTC, amounts exact."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from peewee import Database

from lottogrid.errors import BadInput
from lottogrid.ledger import reading
from lottogrid.ledger.codec import decode
from lottogrid.ledger.columns import contract_of, instant_of
from lottogrid.ledger.database import connection_of
from lottogrid.ledger.models import DecisionRow, Journal
from lottogrid.ledger.money import Money, money_of
from lottogrid.ledger.records import DecisionTaken, EquityMarked, HaltSet, Record
from lottogrid.ledger.views import OurBook
from lottogrid.market.contracts import OptionContract
from lottogrid.orders import Execution, OrderState
from lottogrid.positions import OrderRecord, PositionRecord, PositionState
from lottogrid.risk.reasons import Reason
from lottogrid.strategies.base import Decision


@dataclass(frozen=True, slots=True)
class EngineRow:
    """Where the engine stands."""

    state: str
    """The state's value."""
    reason: Reason | None
    since: datetime


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One line of the journal."""

    seq: int
    at: datetime
    kind: str
    subject: str
    payload: str

    @property
    def record(self) -> Record:
        """The record that was committed."""
        return decode(self.kind, self.payload)


_JOURNAL = "SELECT seq, at, kind, subject, payload FROM journal "


def _journal_row(row: tuple[Any, ...]) -> JournalRow:
    seq, at, kind, subject, payload = row
    return JournalRow(seq, instant_of(at), kind, subject, payload)


class Queries:
    """The reading half of the ledger. One thread at a time."""

    def __init__(self, database: Database, *, is_only_writer: bool) -> None:
        self._database = database
        self._connection = connection_of(database)
        # Another process may write behind a reader's back: only the writer may remember what it read.
        self._remembers = is_only_writer
        self._known: dict[str, PositionRecord] = {}
        self._orders: dict[str, OrderRecord] = {}
        self._planned: dict[date, list[tuple[Any, ...]]] = {}
        self._remembered_since: date | None = None
        self._money: dict[str | date | None, Money] = {}

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._database.close()

    def position(self, position_id: str) -> PositionRecord:
        """Return the position with its legs, orders and executions; an unknown id is refused."""
        if position_id in self._known:
            return self._known[position_id]
        found = reading.read_position(position_id, self._sql)
        if found is None:
            raise BadInput(
                f"position: expected one of the ledger, found {position_id!r}; `lottogrid positions` lists them"
            )
        if self._remembers:
            self._known[position_id] = found
        return found

    def open_positions(self) -> tuple[PositionRecord, ...]:
        """Return the positions that are not over, in the order of their planning."""
        return self._positions("SELECT position_id FROM positions WHERE is_open ORDER BY rowid")

    def is_over(self, position_id: str) -> bool:
        """Return whether a position is over; an unknown one is not."""
        row = self._row("SELECT is_open FROM positions WHERE position_id = ?", position_id)
        return row is not None and not row[0]

    def reserved_usd(self) -> tuple[Decimal, ...]:
        """Return what is reserved for each position that is not over, dollars."""
        return tuple(Decimal(text) for (text,) in self._rows("SELECT reserved_usd FROM positions WHERE is_open"))

    def has_unknown_order(self) -> bool:
        """Return whether the outcome of any order is unknown."""
        unknown = "SELECT 1 FROM orders WHERE is_live AND state = ? LIMIT 1"
        return self._row(unknown, OrderState.UNKNOWN.value) is not None

    def positions(self, trading_date: date | None = None) -> tuple[PositionRecord, ...]:
        """Return the positions of a day, or all there are, in the order of their planning."""
        if trading_date is None:
            return self._positions("SELECT position_id FROM positions ORDER BY rowid")
        of_day = "SELECT position_id FROM positions WHERE trading_date = ? ORDER BY rowid"
        return self._positions(of_day, trading_date.isoformat())

    def book(self, since: date) -> OurBook:
        """Return our side for a comparison: what is open, and what is over from the day `since` on.

        What is over for longer is asked for no more, and not remembered any longer.
        """
        if since != self._remembered_since:
            self._forget_before(since)
        recent = "SELECT position_id FROM positions WHERE is_open OR trading_date >= ? ORDER BY rowid"
        return OurBook(self._positions(recent, since.isoformat()))

    def _forget_before(self, since: date) -> None:
        self._remembered_since = since
        for key in [key for key, known in self._known.items() if known.state.is_final and known.trading_date < since]:
            del self._known[key]
        for ref in [ref for ref, order in self._orders.items() if order.intent.contract.expiry < since]:
            del self._orders[ref]

    def order(self, ref: str) -> OrderRecord | None:
        """Return the order with its executions, None where the ref was never intended."""
        if ref in self._orders:
            return self._orders[ref]
        found = reading.read_order(ref, self._sql)
        if found is not None and self._remembers:
            self._orders[ref] = found
        return found

    def live_orders(self) -> tuple[OrderRecord, ...]:
        """Return the orders that may still trade, oldest first."""
        return reading.read_live_orders(self._sql)

    def next_position_id(self, trading_date: date) -> str:
        """Return the id of the day's next position: `LG-20250409-003`."""
        prefix = f"LG-{trading_date:%Y%m%d}-"
        rows = self._planned_on(trading_date)
        numbers = [key.removeprefix(prefix) for key, _, _ in rows if key.startswith(prefix)]
        highest = max((int(number) for number in numbers if number.isdecimal()), default=0)
        return f"{prefix}{highest + 1:03}"

    def executions(self, trading_date: date) -> tuple[Execution, ...]:
        """Return what was executed for the positions of a day, oldest first."""
        return reading.read_executions(trading_date, self._sql)

    def holdings(self) -> dict[OptionContract, int]:
        """Return what is held by the executions, without what nets to nothing."""
        rows = self._rows("SELECT contract, sum(bought - sold) FROM legs WHERE bought <> sold GROUP BY contract")
        return {contract_of(key): int(quantity) for key, quantity in rows if quantity}

    def days(self) -> tuple[date, ...]:
        """Return the trading days that were opened, oldest first."""
        return tuple(date.fromisoformat(day) for (day,) in self._rows("SELECT trading_date FROM days ORDER BY 1"))

    def baseline(self, trading_date: date) -> Decimal | None:
        """Return the equity (dollars) the day began with, None where it was not opened."""
        row = self._row("SELECT baseline_usd FROM days WHERE trading_date = ?", trading_date.isoformat())
        return None if row is None else Decimal(row[0])

    def realised_usd(self, trading_date: date | None = None) -> Decimal:
        """Return what closed contracts gained, first in first out, less all known commissions, dollars.

        For the positions of one day, or of all days. Commissions not named yet: `commissions_unknown`.
        """
        return self._money_of(trading_date).realised_usd

    def cash_usd(self, start_cash: Decimal) -> Decimal:
        """Return `start_cash` with everything paid and received since the first record, dollars."""
        return start_cash + self._money_of(None).cash_usd

    def commissions_unknown(self) -> int:
        """Return how many trades have a commission that the broker has not named yet."""
        row = self._row("SELECT count(*) FROM executions WHERE commission IS NULL AND kind = 'TRADE'")
        return int(row[0]) if row else 0

    def entries(self, trading_date: date) -> int:
        """Return how many positions the day has seen; one that never bought anything is none."""
        return len(self._entry_times(trading_date))

    def last_entry_at(self, trading_date: date) -> datetime | None:
        """Return when the day's last entry was planned, None where there was none."""
        times = self._entry_times(trading_date)
        return instant_of(max(times)) if times else None

    def engine(self) -> EngineRow | None:
        """Return where the engine stands, None before its first move."""
        row = self._row("SELECT state, reason, since FROM engine")
        if row is None:
            return None
        state, reason, since = row
        return EngineRow(state, Reason[reason] if reason else None, instant_of(since))

    def halts(self) -> tuple[HaltSet, ...]:
        """Return the active halts, oldest first. A halt of one day ends when a later day is opened."""
        rows = self._rows("SELECT at, reason, detail, trading_date FROM halts WHERE cleared_at IS NULL ORDER BY rowid")
        return tuple(
            HaltSet(
                at=instant_of(at),
                reason=Reason[reason],
                detail=detail,
                trading_date=date.fromisoformat(day) if day else None,
            )
            for at, reason, detail, day in rows
        )

    def decisions(self, trading_date: date | None = None, limit: int = 100) -> tuple[Decision, ...]:
        """Return the last `limit` decisions, of one day or of all, the latest first."""
        query = Journal.select(Journal.payload).join(DecisionRow, on=(DecisionRow.seq == Journal.seq))
        if trading_date is not None:
            query = query.where(DecisionRow.trading_date == trading_date.isoformat())
        rows = query.order_by(Journal.seq.desc()).limit(limit).tuples().execute(self._database)
        records = [decode(DecisionTaken.__name__, payload) for (payload,) in rows]
        return tuple(record.decision for record in records if isinstance(record, DecisionTaken))

    def journal(
        self, after_seq: int = 0, limit: int = 1000, kind: str | None = None, subject: str | None = None
    ) -> tuple[JournalRow, ...]:
        """Return at most `limit` lines behind `after_seq`, oldest first; of one kind or subject where given."""
        statement = _JOURNAL + "WHERE seq > ?"
        parameters: list[int | str] = [after_seq]
        for column, wanted in ((" AND kind = ?", kind), (" AND subject = ?", subject)):
            if wanted is not None:
                statement += column
                parameters.append(wanted)
        rows = self._rows(statement + " ORDER BY seq LIMIT ?", *parameters, limit)
        return tuple(_journal_row(row) for row in rows)

    def journal_about(self, subjects: Collection[str]) -> tuple[JournalRow, ...]:
        """Return every line about any of `subjects`, oldest first."""
        marks = ", ".join("?" * len(subjects))
        rows = self._rows(_JOURNAL + "WHERE subject IN (" + marks + ") ORDER BY seq", *subjects) if subjects else ()
        return tuple(_journal_row(row) for row in rows)

    def last_sequence(self) -> int:
        """Return the number of the journal's last line, 0 where it is empty."""
        row = self._row("SELECT coalesce(max(seq), 0) FROM journal")
        return int(row[0]) if row else 0

    def equity(self, trading_date: date) -> tuple[EquityMarked, ...]:
        """Return the marks of a New York day, oldest first."""
        rows = self._rows(
            "SELECT at, realised_usd, open_value_usd, equity_usd FROM equity WHERE trading_date = ? ORDER BY at, rowid",
            trading_date.isoformat(),
        )
        return tuple(
            EquityMarked(
                at=instant_of(at),
                realised_usd=Decimal(realised),
                open_value_usd=Decimal(open_value),
                equity_usd=Decimal(equity),
            )
            for at, realised, open_value, equity in rows
        )

    def _positions(self, statement: str, *parameters: Any) -> tuple[PositionRecord, ...]:
        return tuple(self.position(key) for (key,) in self._rows(statement, *parameters))

    def _entry_times(self, trading_date: date) -> list[int]:
        rows = self._planned_on(trading_date)
        return [at for _, at, state in rows if state != PositionState.ABANDONED.value]

    def _planned_on(self, trading_date: date) -> list[tuple[Any, ...]]:
        """Return id, instant of planning and state of a day's positions."""
        if trading_date in self._planned:
            return self._planned[trading_date]
        planned = "SELECT position_id, planned_at, state FROM positions WHERE trading_date = ?"
        rows = self._rows(planned, trading_date.isoformat())
        if self._remembers:
            self._planned[trading_date] = rows
        return rows

    def _money_of(self, part: str | date | None) -> Money:
        """Return what the executions of a position, of a day, or all of them come to."""
        if part in self._money:
            return self._money[part]
        match part:
            case str():
                found = money_of(reading.read_executions_by_leg(part, self._sql))
            case date():
                ids = self._rows("SELECT position_id FROM positions WHERE trading_date = ?", part.isoformat())
                found = sum((self._money_of(key) for (key,) in ids), Money())
            case None:
                days = self._rows("SELECT DISTINCT trading_date FROM positions")
                found = sum((self._money_of(date.fromisoformat(day)) for (day,) in days), Money())
        if self._remembers:
            self._money[part] = found
        return found

    def _remember_money(self, position_id: str) -> None:
        """Bring what is remembered up to date after a booking to `position_id`."""
        if not self._money:
            return  # Nobody asked yet.
        # A sum remembers its parts too: a position that is not remembered is in no sum, with nothing in it yet.
        before = self._money.pop(position_id, Money())
        change = self._money_of(position_id) - before
        row = self._row("SELECT trading_date FROM positions WHERE position_id = ?", position_id)
        for part in {date.fromisoformat(row[0]) if row else None, None}:
            if part in self._money:
                self._money[part] += change

    def _sql(self, statement: str, parameters: tuple[Any, ...] = ()) -> Any:
        # Past peewee, whose own way to a statement costs more than most of the statements.
        return self._connection.execute(statement, parameters)

    def _row(self, statement: str, *parameters: Any) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._sql(statement, parameters).fetchone()
        return row

    def _rows(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self._sql(statement, parameters).fetchall()
        return rows

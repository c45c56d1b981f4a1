"""The ledger: one database, one writer, every commit one transaction of journal and tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from lottogrid.ledger.codec import encode
from lottogrid.ledger.columns import micros
from lottogrid.ledger.database import open_for_reading, open_for_writing
from lottogrid.ledger.derive import derive
from lottogrid.ledger.place import Place
from lottogrid.ledger.queries import Queries
from lottogrid.ledger.records import (
    CommissionBooked,
    ExecutionBooked,
    LegMoved,
    OrderIntended,
    OrderMoved,
    PositionMoved,
    PositionPlanned,
    Record,
)
from lottogrid.ledger.tables import digests_of


class Ledger(Queries):
    """The book of one account: the journal is the truth, the tables follow from it.

    It belongs to one thread at a time, the ledger actor's; `LedgerLock` keeps other processes away.
    """

    @classmethod
    def open(cls, place: Place, *, durable: bool = True) -> Self:
        """Open the ledger at `place` for writing; an absent one is created.

        Args:
            place: a file of SQLite's, or a database on a PostgreSQL server.
            durable: whether a commit survives a power cut (`synchronous=FULL`, `synchronous_commit=on`). A replay does
                without.

        Raises:
            BadInput: where it is no database, another program's, of a newer schema, or its server loses commits.
            Missing: where it cannot be opened, or another process writes to the server's.
        """
        return cls(open_for_writing(place, durable=durable), is_only_writer=True)

    @classmethod
    def in_memory(cls) -> Self:
        """Open a ledger that ends with its connection: for replays and tests."""
        return cls(open_for_writing(Path(":memory:"), durable=False), is_only_writer=True)

    @classmethod
    def open_read_only(cls, place: Place) -> Self:
        """Open the ledger at `place` beside a running writer; an absent one is Missing."""
        return cls(open_for_reading(place), is_only_writer=False)

    def commit(self, records: Sequence[Record]) -> tuple[Record, ...]:
        """Write `records` in one transaction and return those that were news, in their order.

        Left out is what is booked already: an execution by its id, a commission of the same amount, a day that was
        opened.

        Raises:
            BadInput: where a record is malformed or contradicts the book.
            NeedsOperator: where an order would sell more than its leg holds, or its ref was intended before.
                After these nothing of `records` is written.
            Missing: where the connection to a server is lost. Whether `records` are written is then unknown, until
                the ledger is opened again: that waits until the server has decided.
        """
        with self._transaction():
            applied = tuple([record for record in records if self._write(record)])
        for record in applied:
            self._forget(record)
        return applied

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 (hex) of all rows of each table, by its name."""
        return digests_of(self._database)

    def _write(self, record: Record) -> bool:
        kind, subject, payload = encode(record)
        if not derive(record, self._sql):
            return False
        self._sql(
            "INSERT INTO journal (at, kind, subject, payload) VALUES (?, ?, ?, ?)",
            (micros(record.at), kind, subject, payload),
        )
        return True

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._sql("BEGIN IMMEDIATE")
        try:
            yield
            self._sql("COMMIT")
        except BaseException:
            # A full disk may have ended the transaction already; then there is nothing to roll back.
            if self._connection.in_transaction:
                self._sql("ROLLBACK")
            raise

    def _forget(self, record: Record) -> None:
        position_id, ref = self._concerned(record)
        if ref is not None:
            self._orders.pop(ref, None)
        if position_id is None:
            return
        self._known.pop(position_id, None)
        if isinstance(record, PositionPlanned | PositionMoved):
            self._planned.clear()
        if isinstance(record, ExecutionBooked | CommissionBooked):
            self._remember_money(position_id)

    def _concerned(self, record: Record) -> tuple[str | None, str | None]:
        """Return the id of the position and the ref of the order that `record` changed, None for none."""
        match record:
            case PositionPlanned() | PositionMoved() | LegMoved():
                return record.position_id, None
            case ExecutionBooked():
                return record.position_id, record.execution.order_ref
            case OrderIntended():
                return record.intent.position_id, record.intent.ref
            case OrderMoved(ref=ref):
                known = self._orders.get(ref)
                row = known and (known.intent.position_id, ref)
                row = row or self._row("SELECT position_id, ref FROM orders WHERE ref = ?", ref)
            case CommissionBooked():
                row = self._row("SELECT position_id, order_ref FROM executions WHERE exec_id = ?", record.exec_id)
            case _:
                return None, None
        return (row[0], row[1]) if row else (None, None)

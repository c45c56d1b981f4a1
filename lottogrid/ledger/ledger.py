"""The ledger: one SQLite file, one writer, every commit one transaction of journal and tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from lottogrid.ledger.codec import encode
from lottogrid.ledger.columns import micros
from lottogrid.ledger.database import in_transaction, open_for_reading, open_for_writing
from lottogrid.ledger.derive import derive
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


class Ledger(Queries):
    """The book of one account: the journal is the truth, the tables follow from it.

    It belongs to one thread at a time, the ledger actor's; `LedgerLock` keeps other processes away.
    """

    @classmethod
    def open(cls, path: Path, *, durable: bool = True) -> Self:
        """Open the ledger at `path` for writing; an absent one is created.

        Args:
            path: the SQLite file.
            durable: whether a commit survives a power cut (`synchronous=FULL`). A replay does without.

        Raises:
            BadInput: where the file is no database, another program's, or of a newer schema.
            Missing: where it cannot be opened.
        """
        return cls(open_for_writing(path, durable=durable), is_only_writer=True)

    @classmethod
    def in_memory(cls) -> Self:
        """Open a ledger that ends with its connection: for replays and tests."""
        return cls(open_for_writing(Path(":memory:"), durable=False), is_only_writer=True)

    @classmethod
    def open_read_only(cls, path: Path) -> Self:
        """Open the ledger at `path` beside a running writer; an absent file is Missing."""
        return cls(open_for_reading(path), is_only_writer=False)

    def commit(self, records: Sequence[Record]) -> tuple[Record, ...]:
        """Write `records` in one transaction and return those that were news, in their order.

        Left out is what is booked already: an execution by its id, a commission of the same amount, a day that was
        opened.

        Raises:
            BadInput: where a record is malformed or contradicts the book.
            NeedsOperator: where an order would sell more than its leg holds, or its ref was intended before.
                After an error nothing of `records` is written.
        """
        with self._transaction():
            applied = tuple([record for record in records if self._write(record)])
        for record in applied:
            self._forget(record)
        return applied

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
            if in_transaction(self._database):
                self._sql("ROLLBACK")
            raise

    def _forget(self, record: Record) -> None:
        position_id = self._concerned(record)
        if position_id is None:
            return
        self._open.pop(position_id, None)
        if isinstance(record, ExecutionBooked | CommissionBooked):
            self._remember_money(position_id)

    def _concerned(self, record: Record) -> str | None:
        """Return the id of the position that `record` changed, None where it changed none."""
        match record:
            case PositionPlanned() | PositionMoved() | LegMoved() | ExecutionBooked():
                return record.position_id
            case OrderIntended():
                return record.intent.position_id
            case OrderMoved():
                row = self._row("SELECT position_id FROM orders WHERE ref = ?", record.ref)
            case CommissionBooked():
                row = self._row("SELECT position_id FROM executions WHERE exec_id = ?", record.exec_id)
            case _:
                return None
        return row[0] if row else None

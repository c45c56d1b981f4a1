"""The file of the recorder: chains of frames, each a whole picture and what changed after it.

A frame is one transaction, so that a kill in the middle of one leaves those before it. Nobody waits until the disk has
it: nobody's money is in the file, and a loss of power costs the last frames.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from lottogrid.errors import BadInput, LottogridError, Missing
from lottogrid.ledger.columns import instant_of, micros

NAME = "flight.sqlite"
"""Of the file, beside the ledger."""
_VERSION = 1
_SCHEMA = (
    "CREATE TABLE segments (id INTEGER PRIMARY KEY AUTOINCREMENT, header TEXT NOT NULL)",
    """CREATE TABLE frames (
        id INTEGER PRIMARY KEY AUTOINCREMENT, segment INTEGER NOT NULL, chain INTEGER NOT NULL,
        at INTEGER NOT NULL, sequence INTEGER NOT NULL, body BLOB NOT NULL)""",
    "CREATE INDEX frames_by_chain ON frames (chain)",
    "CREATE INDEX frames_by_time ON frames (at)",
    f"PRAGMA user_version = {_VERSION}",
)
_FRAME = "SELECT id, segment, chain, at, sequence FROM frames "
_LEVEL = 6
_BUSY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a picture is kept."""

    id: int
    segment: int
    """The life of a recorder that wrote it."""
    chain: int
    """The frame with the whole picture that it follows; its own id where it has one."""
    at: datetime
    sequence: int
    """Of the last journal row that is in it."""


class FlightWriter:
    """Appends frames. One at a time in a process; one that was given up does no harm, as segments do not mix.

    Every method raises Missing where the disk refuses, BadInput where the file is none of a recorder.
    """

    def __init__(self, path: Path, header: str) -> None:
        """Open the file, made where it is absent, and begin a segment; `header` tells of the process, JSON."""
        self._path = path
        self._chain = 0
        with _told(path):
            self._database = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            with _told(path):
                self._database.execute("PRAGMA journal_mode = WAL")
                self._database.execute("PRAGMA synchronous = NORMAL")
            with self._transaction():
                _prepare(self._database, path)
                made = self._database.execute("INSERT INTO segments (header) VALUES (?)", (header,))
                self._segment = made.lastrowid
        except BaseException:
            self._database.close()
            raise

    def append(self, at: datetime, sequence: int, body: str, *, is_whole: bool) -> None:
        """Add a frame: a whole picture, or what changed since the frame before."""
        with self._transaction():
            row = (self._segment, self._chain, micros(at), sequence, zlib.compress(body.encode(), _LEVEL))
            made = self._database.execute(
                "INSERT INTO frames (segment, chain, at, sequence, body) VALUES (?, ?, ?, ?, ?)", row
            )
            if is_whole:
                self._database.execute("UPDATE frames SET chain = id WHERE id = ?", (made.lastrowid,))
        if is_whole:
            assert made.lastrowid is not None
            self._chain = made.lastrowid

    def supersede(self, since: datetime, until: datetime) -> None:
        """Drop what other segments tell of a span: a day that is played again takes another course."""
        with self._transaction():
            span = (micros(since), micros(until), self._segment)
            self._database.execute("DELETE FROM frames WHERE at >= ? AND at < ? AND segment != ?", span)

    def forget(self, before: datetime, *, most_bytes: int) -> None:
        """Drop chains that began before an instant, then the oldest others until the file fits; never the last one."""
        with self._transaction():
            limit = (micros(before), self._chain)
            self._drop("SELECT id FROM frames WHERE id = chain AND at < ? AND id != ?", limit)
            while self._bytes() > most_bytes and self._oldest() not in {None, self._chain}:
                self._drop("SELECT min(chain) FROM frames", ())
            self._database.execute(
                "DELETE FROM segments WHERE id NOT IN (SELECT segment FROM frames) AND id != ?", (self._segment,)
            )

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _oldest(self) -> int | None:
        found = self._database.execute("SELECT min(chain) FROM frames").fetchone()[0]
        return None if found is None else int(found)

    def _drop(self, chains: str, parameters: tuple[int, ...]) -> None:
        self._database.execute(f"DELETE FROM frames WHERE chain IN ({chains})", parameters)  # noqa: S608 - our own words

    def _bytes(self) -> int:
        """Return what is in use; pages that became free are used again, the file does not shrink."""
        pages, free, size = (
            int(self._database.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_count", "freelist_count", "page_size")
        )
        return (pages - free) * size

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with _told(self._path):
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._database.execute("COMMIT")
            except BaseException:
                # A full disk may have ended the transaction already.
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise


class FlightReader:
    """Finds frames; beside a writer in any process. To be used by one thread at a time.

    Raises:
        Missing: there is no such file, or it cannot be read now.
        BadInput: it is none of a recorder, is damaged, or of a newer lottogrid.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise Missing(
                f"recording: expected a file at {path}, found none; a run makes it, unless storage.recorded_days is 0"
            )
        self._path = path
        with _told(path):
            name = f"file:{quote(str(path.absolute()))}?mode=ro"
            self._database = sqlite3.connect(name, uri=True, timeout=_BUSY_SECONDS)
        try:
            with _told(path):
                _refuse_other_versions(self._database, path)
        except BaseException:
            self._database.close()
            raise

    def last_by(self, instant: datetime) -> Frame | None:
        """Return the last frame up to and including an instant."""
        return self._frame("WHERE at <= ? ORDER BY at DESC, id DESC", micros(instant))

    def first_after(self, instant: datetime) -> Frame | None:
        """Return the first frame behind an instant."""
        return self._frame("WHERE at > ? ORDER BY at, id", micros(instant))

    def first_with(self, sequence: int, since: datetime) -> Frame | None:
        """Return the first frame from an instant on that has the journal row of that number in it."""
        return self._frame("WHERE at >= ? AND sequence >= ? ORDER BY at, id", micros(since), sequence)

    def header(self, frame: Frame) -> str:
        """Return what the recorder said of its process when it began."""
        with _told(self._path):
            row = self._database.execute("SELECT header FROM segments WHERE id = ?", (frame.segment,)).fetchone()
        if row is None:
            raise Missing("recording: expected this moment, found it dropped by now; take a later one")
        return str(row[0])

    def bodies(self, frame: Frame) -> list[str]:
        """Return the whole picture that a frame follows, and the changes up to it."""
        with _told(self._path):
            rows = self._database.execute(
                "SELECT body FROM frames WHERE chain = ? AND id <= ? ORDER BY id", (frame.chain, frame.id)
            ).fetchall()
        if not rows:
            raise Missing("recording: expected this moment, found it dropped by now; take a later one")
        try:
            return [zlib.decompress(body).decode() for (body,) in rows]
        except (zlib.error, UnicodeDecodeError) as error:
            raise BadInput(f"{self._path}: expected a frame, found it damaged: {error}; take another moment") from error

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _frame(self, condition: str, *parameters: int) -> Frame | None:
        with _told(self._path):
            row = self._database.execute(f"{_FRAME}{condition} LIMIT 1", parameters).fetchone()
        return None if row is None else Frame(row[0], row[1], row[2], instant_of(row[3]), row[4])


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    if database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        _refuse_other_versions(database, path)
        return
    for statement in _SCHEMA:
        database.execute(statement)


def _refuse_other_versions(database: sqlite3.Connection, path: Path) -> None:
    found = database.execute("PRAGMA user_version").fetchone()[0]
    if found != _VERSION:
        raise BadInput(f"{path}: expected a recording of version {_VERSION}, found {found}; move the file away")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except LottogridError:
        raise
    except sqlite3.OperationalError as error:
        raise Missing(f"{path}: expected a file that can be used, found: {error}; see to disk and rights") from error
    except sqlite3.Error as error:
        raise BadInput(f"{path}: expected a recording, found: {error}; move the file away") from error

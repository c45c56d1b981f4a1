"""Opening the database: pragmas, schema, version. What it refuses becomes one line that says what to do."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol
from urllib.parse import quote

from peewee import Database, DatabaseError, OperationalError, SchemaManager, SqliteDatabase

from lottogrid.errors import BadInput, Missing
from lottogrid.ledger.models import APPEND_ONLY, SCHEMA_VERSION, TABLES
from lottogrid.ledger.place import Place, Server

_HEADER = b"SQLite format 3\0"
_BUSY_SECONDS = 5
"""How long a reader's lock is waited for; WAL readers hold none for longer than a checkpoint."""


class Connection(Protocol):
    """What runs statements, with `?` for each parameter, one transaction at a time."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        ...

    def execute(self, statement: str, parameters: tuple[Any, ...], /) -> Any:
        """Run one statement and return its cursor."""
        ...

    def executemany(self, statement: str, rows: Iterable[tuple[Any, ...]], /) -> Any:
        """Run one statement for each of `rows`."""
        ...


def connection_of(database: Database) -> Connection:
    """Return the database's one connection, past peewee: its own way to a statement costs more than most statements."""
    if isinstance(database, SqliteDatabase):
        found: Connection = database.connection()  # type: ignore[no-untyped-call]
    else:
        found = database.statements  # type: ignore[attr-defined]  # of our own kind, whose driver is an extra
    return found


def execute(database: Database, statement: str, parameters: tuple[Any, ...] = ()) -> Any:
    """Run one statement and return the cursor. Statements known in advance go this way: building them costs more."""
    return database.execute_sql(statement, parameters)  # type: ignore[no-untyped-call]


def open_for_writing(place: Place, *, durable: bool) -> Database:
    """Return a connected database with the present schema, created where there is none.

    Args:
        place: a file, `:memory:` for a ledger that lives as long as its connection; or a server's database.
        durable: whether a commit has reached the disk when it returns.

    Raises:
        BadInput: where it is no database, another program's, of a newer schema, or its server loses commits.
        Missing: where it cannot be opened, or another process writes to the server's.
    """
    if isinstance(place, Server):
        return _server_for_writing(place, durable=durable)
    return _file_for_writing(place, durable=durable)


def open_for_reading(place: Place) -> Database:
    """Return a connected database that cannot be written to; an absent one is Missing."""
    return _server_for_reading(place) if isinstance(place, Server) else _file_for_reading(place)


def exists(place: Place) -> bool:
    """Return whether there is a ledger, or anything else, at `place`; Missing where a server does not answer."""
    if not isinstance(place, Server):
        return place.exists()
    with closing(_server_opening().open_for_reading(place)) as database:
        return bool(database.get_tables())


def _server_for_writing(server: Server, *, durable: bool) -> Database:
    opening = _server_opening()
    database: Database = opening.open_for_writing(server, durable=durable)
    try:
        if database.get_tables():
            _check_version(database, server)
        else:
            opening.create(database)
    except BaseException:
        database.close()
        raise
    return database


def _server_for_reading(server: Server) -> Database:
    database: Database = _server_opening().open_for_reading(server)
    try:
        _refuse_empty(database, server)
        _check_version(database, server)
    except BaseException:
        database.close()
        raise
    return database


def _refuse_empty(database: Database, server: Server) -> None:
    if not database.get_tables():
        raise Missing(f"ledger {server}: expected lottogrid's tables, found none; run the bot once, or restore one")


def _server_opening() -> ModuleType:
    try:
        from lottogrid.ledger.postgres import opening  # noqa: PLC0415 - its driver is an extra
    except ImportError as error:
        raise Missing(
            f"storage.database: expected a driver for PostgreSQL, found none ({error}); install lottogrid[postgres]"
        ) from None
    return opening


def _file_for_writing(path: Path, *, durable: bool) -> SqliteDatabase:
    if str(path) != ":memory:":
        path.parent.mkdir(parents=True, exist_ok=True)
    pragmas = {"journal_mode": "wal", "synchronous": "full" if durable else "off"}
    database = _connect(str(path), path, pragmas)
    try:
        _prepare(database, path)
    except BaseException:
        database.close()
        raise
    return database


def _file_for_reading(path: Path) -> SqliteDatabase:
    if not path.is_file():
        raise Missing(
            f"ledger: expected a file at {path}, found none; run the bot once, or name the ledger's directory"
        )
    database = _connect(f"file:{quote(str(path.absolute()))}?mode=ro", path, {"query_only": 1}, uri=True)
    try:
        _check_version(database, path)
    except BaseException:
        database.close()
        raise
    return database


def _connect(name: str, path: Path, pragmas: dict[str, Any], **options: Any) -> SqliteDatabase:
    _refuse_other_files(path)
    # One connection for whichever thread owns the ledger, so that it may be opened in one and used in another.
    database = SqliteDatabase(
        name, pragmas=pragmas, timeout=_BUSY_SECONDS, thread_safe=False, check_same_thread=False, **options
    )
    try:
        database.connect()
        execute(database, "SELECT name FROM sqlite_master LIMIT 1").fetchall()
    except OperationalError as error:
        database.close()
        raise Missing(
            f"ledger {path}: expected a file that can be opened, found: {error}; see to its rights"
        ) from error
    except DatabaseError as error:
        database.close()
        raise BadInput(f"ledger {path}: expected an SQLite database, found: {error}; restore a backup") from error
    return database


def _refuse_other_files(path: Path) -> None:
    # SQLite itself takes a file shorter than its header for an empty database and writes over it.
    if path.is_file():
        with path.open("rb") as file:
            header = file.read(len(_HEADER))
        if header and header != _HEADER:
            raise BadInput(f"ledger {path}: expected an SQLite database, found another kind of file; name another")


def _prepare(database: SqliteDatabase, path: Path) -> None:
    if database.get_tables():
        _check_version(database, path)
        return
    # In one transaction, so that a kill half-way leaves an empty file and not half a schema.
    with database.atomic():
        for table in TABLES:
            SchemaManager(table, database).create_all(safe=False)
        for trigger in APPEND_ONLY:
            execute(database, trigger)
        execute(database, "INSERT INTO meta (key, value) VALUES ('schema', ?)", (str(SCHEMA_VERSION),))


def _check_version(database: Database, place: Place) -> None:
    found = schema_version(database)
    if found is None:
        raise BadInput(f"ledger {place}: expected lottogrid's tables, found none of them; name another database")
    if found > SCHEMA_VERSION:
        raise BadInput(
            f"ledger {place}: expected schema {SCHEMA_VERSION} or older, found {found}; "
            "install the newer lottogrid that wrote it, or restore a backup"
        )


def schema_version(database: Database) -> int | None:
    """Return the version of the schema, None where the tables are not lottogrid's."""
    if not {"meta", "journal"} <= set(database.get_tables()):
        return None
    row = execute(database, "SELECT value FROM meta WHERE key = 'schema'").fetchone()
    return int(row[0]) if row and str(row[0]).isdigit() else None

"""Opening the file: pragmas, schema, version. What SQLite refuses becomes one line that says what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from peewee import DatabaseError, OperationalError, SchemaManager, SqliteDatabase

from lottogrid.errors import BadInput, Missing
from lottogrid.ledger.models import APPEND_ONLY, SCHEMA_VERSION, TABLES

_HEADER = b"SQLite format 3\0"
_BUSY_SECONDS = 5
"""How long a reader's lock is waited for; WAL readers hold none for longer than a checkpoint."""


def execute(database: SqliteDatabase, statement: str, parameters: tuple[Any, ...] = ()) -> Any:
    """Run one statement and return the cursor. Statements known in advance go this way: building them costs more."""
    return database.execute_sql(statement, parameters)  # type: ignore[no-untyped-call]


def in_transaction(database: SqliteDatabase) -> bool:
    """Return whether a transaction is open."""
    return bool(database.connection().in_transaction)  # type: ignore[no-untyped-call]


def open_for_writing(path: Path, *, durable: bool) -> SqliteDatabase:
    """Return a connected database with the present schema, created where the file is absent.

    Args:
        path: the file; `:memory:` for a ledger that lives as long as its connection.
        durable: whether a commit has reached the disk when it returns.

    Raises:
        BadInput: where the file is no database, another program's, or of a newer schema.
    """
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


def open_for_reading(path: Path) -> SqliteDatabase:
    """Return a connected database that cannot be written to; an absent file is Missing."""
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


def _check_version(database: SqliteDatabase, path: Path) -> None:
    found = schema_version(database)
    if found is None:
        raise BadInput(f"ledger {path}: expected lottogrid's tables, found none of them; name another file")
    if found > SCHEMA_VERSION:
        raise BadInput(
            f"ledger {path}: expected schema {SCHEMA_VERSION} or older, found {found}; "
            "install the newer lottogrid that wrote it, or restore a backup"
        )


def schema_version(database: SqliteDatabase) -> int | None:
    """Return the version of the schema, None where the tables are not lottogrid's."""
    if not {"meta", "journal"} <= set(database.get_tables()):
        return None
    row = execute(database, "SELECT value FROM meta WHERE key = 'schema'").fetchone()
    return int(row[0]) if row and str(row[0]).isdigit() else None

"""Opening a ledger on a server: for the one who writes, and for those who only read."""

from __future__ import annotations

from typing import Any

from lottogrid.errors import BadInput, Missing
from lottogrid.ledger.place import Server
from lottogrid.ledger.postgres import guard, schema
from lottogrid.ledger.postgres.connection import Database, connect, set_where_known
from lottogrid.ledger.postgres.statements import Statements

_MUST_BE_ON = ("fsync", "full_page_writes")
"""Without these a power cut at the server can lose what was committed, or all of it."""


def open_for_writing(server: Server, *, durable: bool) -> Database:
    """Return a connected database, with our tables or empty, that nobody else writes to.

    Args:
        server: the database, and who logs in to it.
        durable: whether a commit has reached the server's disk when it returns.

    Raises:
        BadInput: commits cannot be made durable there.
        Missing: it is out of reach, only a copy, or another writer's.
    """
    database = connect(server)
    try:
        statements = database.statements
        _refuse_standby(statements, server)
        guard.take(statements, server)
        if durable:
            refuse_forgetful(statements, server)
        set_where_known(statements, "synchronous_commit", _waits_for(statements) if durable else "off")
    except BaseException:
        database.close()
        raise
    return database


def open_for_reading(server: Server) -> Database:
    """Return a connected database that this connection cannot write to. Raises as `connect`."""
    database = connect(server)
    set_where_known(database.statements, "default_transaction_read_only", "on")
    return database


def create(database: Database) -> None:
    """Create our tables, all of them or none."""
    schema.create(database)


def refuse_forgetful(statements: Statements, server: Server) -> None:
    """Raise BadInput where a power cut at the server could lose what was committed."""
    for name in _MUST_BE_ON:
        found = value(statements, name)
        if found != "on":
            raise BadInput(
                f"ledger {server}: expected a server with {name} = on, found {found}: a power cut there could lose "
                "what was committed; set it in postgresql.conf"
            )


def value(statements: Statements, name: str) -> str | None:
    """Return what one of the server's options is set to; None where it has no such option."""
    row: tuple[Any, ...] | None = statements.execute(
        "SELECT setting FROM pg_settings WHERE name = ?", (name,)
    ).fetchone()
    return None if row is None else str(row[0])


def _refuse_standby(statements: Statements, server: Server) -> None:
    row = statements.execute("SELECT pg_is_in_recovery()").fetchone()
    if row is None or row[0]:
        raise Missing(f"ledger {server}: expected a server to write to, found a standby; name the primary")


def _waits_for(statements: Statements) -> str:
    """Return what a commit waits for: at least the server's own disk, more where the server is set to more."""
    found = value(statements, "synchronous_commit")
    return found if found is not None and found != "off" else "on"

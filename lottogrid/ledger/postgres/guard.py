"""One writer a ledger, wherever it runs: a lock that the server gives to one connection and takes back at its end.

Who has it knows more than that nobody else writes: every earlier writer's connection has ended, so that each commit of
his has been carried out or undone. What he could not know when he lost the connection can then be read.
"""

from __future__ import annotations

from psycopg.errors import LockNotAvailable

from lottogrid.errors import Missing
from lottogrid.ledger.place import Server
from lottogrid.ledger.postgres.connection import backend_of
from lottogrid.ledger.postgres.statements import Statements

_FAMILY = 0x4C47
"""Above the number of the schema in the number of the lock: other programs lock by numbers too."""
_WAIT_SECONDS = 4
"""For a connection to end whose process has just been killed."""

_HOLDER = """
SELECT l.pid, a.backend_start, a.application_name, a.client_addr
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.classid::bigint = ? AND l.objid::bigint = ?
"""


def take(statements: Statements, server: Server) -> None:
    """Take the lock of the ledger for as long as this connection lives.

    An earlier connection that was opened through the same `server` object is ended: whoever opens anew has given it
    up. Anybody else is left alone.

    Raises:
        Missing: somebody else holds it; or the connection is lost.
    """
    schema = _schema(statements)
    key = _FAMILY << 32 | schema
    if not _try(statements, key):
        _end_our_earlier(statements, server, schema)
        _wait(statements, server, key, schema)
    server.writer = backend_of(statements)


def _schema(statements: Statements) -> int:
    row = statements.execute("SELECT oid::bigint FROM pg_namespace WHERE nspname = current_schema()").fetchone()
    if row is None:
        raise Missing("ledger: expected a schema to work in, found none of the search path; create it")
    return int(row[0])


def _try(statements: Statements, key: int) -> bool:
    row = statements.execute("SELECT pg_try_advisory_lock(?)", (key,)).fetchone()
    return row is not None and bool(row[0])


def _end_our_earlier(statements: Statements, server: Server, schema: int) -> None:
    earlier = server.writer
    for process, began, _, _ in statements.execute(_HOLDER, (_FAMILY, schema)).fetchall():
        if earlier is not None and (process, began) == (earlier.process, earlier.began):
            statements.execute("SELECT pg_terminate_backend(?)", (process,))


def _wait(statements: Statements, server: Server, key: int, schema: int) -> None:
    statements.execute(f"SET lock_timeout = '{_WAIT_SECONDS}s'")
    try:
        statements.execute("SELECT pg_advisory_lock(?)", (key,))
    except Missing as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        raise Missing(
            f"ledger {server}: expected it free, found it held: another lottogrid ({_holder(statements, schema)}) "
            "works on this ledger; stop it or name another database"
        ) from None
    statements.execute("SET lock_timeout = 0")


def _holder(statements: Statements, schema: int) -> str:
    found = statements.execute(_HOLDER, (_FAMILY, schema)).fetchone()
    if found is None:
        return "which has just gone"
    _, began, name, address = found
    return f"{name} from {address or 'the same machine'}, since {began:%Y-%m-%d %H:%M:%S%z}"

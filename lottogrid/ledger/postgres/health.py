"""What `lottogrid check` tells of a server."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import datetime

from lottogrid.ledger.place import Server
from lottogrid.ledger.postgres.connection import connect
from lottogrid.ledger.postgres.opening import refuse_forgetful, value
from lottogrid.ledger.postgres.statements import Statements


def health(server: Server, now: Callable[[], datetime]) -> str:
    """Return what is to be known of a server: its version, whether it keeps what was committed, and its clock.

    Args:
        server: the database, and who logs in to it.
        now: returns the present instant by this machine, aware.

    Raises:
        BadInput: a power cut there could lose what was committed, or it is too old.
        Missing: it does not answer, or does not let us in.
    """
    with closing(connect(server)) as database:
        statements = database.statements
        refuse_forgetful(statements, server)
        waits, version = value(statements, "synchronous_commit"), value(statements, "server_version")
        ahead = _ahead(statements, now)
        # A commit waits for the disk even where the server's default is not to: the ledger says so itself.
        return (
            f"PostgreSQL {version}, fsync on, synchronous_commit {'on' if waits == 'off' else waits}, "
            f"its clock {abs(ahead):.1f} s {'ahead' if ahead >= 0 else 'behind'}"
        )


def _ahead(statements: Statements, now: Callable[[], datetime]) -> float:
    """Return by how many seconds the server's clock is ahead of ours."""
    before = now()
    row = statements.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    theirs: datetime = row[0]
    return (theirs - (before + (now() - before) / 2)).total_seconds()

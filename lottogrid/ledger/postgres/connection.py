"""Connecting to the server: how long is waited for it, and what a connection of the ledger is set to."""

from __future__ import annotations

import os
from typing import Any

import psycopg
from peewee import PostgresqlDatabase
from psycopg.conninfo import conninfo_to_dict

from lottogrid.errors import BadInput, Missing
from lottogrid.ledger.place import Backend, Server
from lottogrid.ledger.postgres.statements import Statements, one_line

OLDEST = 120_000
"""Version of the server, as it counts them: 12."""

# Seconds; what the address says itself goes before. A server that has gone without a word is given up within half a
# minute, as the supervisor gives up an actor that hangs.
_PATIENCE = {
    "connect_timeout": 4,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,  # milliseconds
}
# What the server's own defaults could end a quiet bot by, and when it gives up a bot that has gone without a word.
_SETTINGS = {
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}


class Database(PostgresqlDatabase):
    """A database as peewee knows it, whose every statement goes through `statements`.

    Text sorts by its bytes and numbers have eight of them, as in SQLite.
    """

    field_types = PostgresqlDatabase.field_types | {"AUTO": "BIGINT", "INT": "BIGINT", "TEXT": 'TEXT COLLATE "C"'}

    statements: Statements

    def _connect(self) -> psycopg.Connection[Any]:
        # Before peewee makes an error of its own of it.
        try:
            made: psycopg.Connection[Any] = super()._connect()  # type: ignore[misc]  # untyped
        except psycopg.Error as error:
            raise Missing(
                f"ledger {self.database}: expected to be let in, found: {one_line(error)}; see to the server, the way "
                "to it, the user and his rights"
            ) from error
        return made

    def execute_sql(self, sql: str, params: Any = None) -> psycopg.Cursor[Any]:
        """Run one statement; raises as `Statements.execute`."""
        return self.statements.execute(sql, params or ())


def connect(server: Server) -> Database:
    """Return a connected database.

    Raises:
        Missing: the server does not answer, or does not let us in.
        BadInput: it is too old, or keeps text otherwise than as UTF-8.
    """
    database = Database(
        server.url, thread_safe=False, autoconnect=False, prefer_psycopg3=True, **_options(server, os.getpid())
    )
    database.connect()
    connection: psycopg.Connection[Any] = database.connection()  # type: ignore[no-untyped-call]
    database.statements = Statements(connection, str(server))
    try:
        _refuse_unfit(connection, server)
        _prepare(database.statements)
    except BaseException:
        database.close()
        raise
    return database


def backend_of(statements: Statements) -> Backend:
    """Return how the server knows this connection."""
    row = statements.execute("SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()").fetchone()
    assert row is not None
    return Backend(*row)


def _options(server: Server, process: int) -> dict[str, Any]:
    try:
        given = conninfo_to_dict(server.url)
    except psycopg.ProgrammingError as error:
        raise BadInput(f"storage.database: expected an address that libpq reads, found: {one_line(error)}") from None
    ours: dict[str, Any] = {"application_name": f"lottogrid {process}", **_PATIENCE}
    options = {key: value for key, value in ours.items() if key not in given}
    password = server.password()
    return options if password is None else {**options, "password": password}


def _refuse_unfit(connection: psycopg.Connection[Any], server: Server) -> None:
    if connection.info.server_version < OLDEST:
        raise BadInput(
            f"ledger {server}: expected PostgreSQL 12 or newer, found {connection.info.server_version // 10_000}; "
            "update the server"
        )
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise BadInput(
            f"ledger {server}: expected a database in UTF8, found {encoding}; make one with "
            "createdb -E UTF8 -T template0"
        )


def _prepare(statements: Statements) -> None:
    for name, value in _SETTINGS.items():
        set_where_known(statements, name, value)


def set_where_known(statements: Statements, name: str, value: str) -> None:
    """Set an option of the connection; an older server may not have it."""
    statements.execute("SELECT set_config(name, ?, false) FROM pg_settings WHERE name = ?", (value, name))

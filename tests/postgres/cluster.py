"""A PostgreSQL server of the tests' own, in a folder that is thrown away, on a socket that nobody else knows."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lottogrid.ledger.place import Server
from lottogrid.ledger.tables import CONTENT, name_of

_FOLDER = "/dev/shm" if os.access("/dev/shm", os.W_OK) else "/tmp"
_USER = "lottogrid"
GUARDED = "keeper"
"""Who needs a password; everybody else is trusted."""
_BASE = "book"
_HASTY = {"fsync": "off", "synchronous_commit": "off", "autovacuum": "off", "shared_buffers": "16MB"}
"""No power is cut here; whoever tests that commits last sets what is needed for it."""


@dataclass
class Cluster:
    """The server, which can be stopped and started again."""

    binaries: Path
    folder: Path
    owner: str | None
    """Who runs it; None for whoever runs the tests. The server refuses root."""
    schemas: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    pool: list[str] = field(default_factory=list)
    """Schemas with the ledger's tables in them, to be used again once emptied: making them takes longest."""
    out: list[str] = field(default_factory=list)
    """Those that the present test works with."""

    def make(self) -> None:
        """Make it and start it."""
        login = ("-U", _USER, "--auth=trust")
        self._call("initdb", "-D", self.data, *login, "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        with (self.data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in _HASTY.items())
        rules = self.data / "pg_hba.conf"
        rules.write_text(f"local all {GUARDED} scram-sha-256\n{rules.read_text()}")
        self.start()
        self.sql(f"CREATE DATABASE {_BASE}", "postgres")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        where = f"-c listen_addresses='' -c unix_socket_directories={self.folder}"
        self._call("pg_ctl", "start", "-w", "-t", "60", "-D", self.data, "-l", self.folder / "log", "-o", where)

    def stop(self, mode: str = "immediate") -> None:
        """Stop it at once, as a power cut does to its connections; what was committed is found again."""
        self._call("pg_ctl", "stop", "-w", "-t", "60", "-m", mode, "-D", self.data)

    @contextmanager
    def standing_by(self) -> Iterator[None]:
        """Let it be a standby for a while, of a primary that says nothing."""
        mark = self.data / "standby.signal"
        self.stop("fast")
        mark.touch()
        self.start()
        try:
            yield
        finally:
            self.stop("fast")
            mark.unlink()
            self.start()

    @contextmanager
    def set(self, **options: str) -> Iterator[None]:
        """Let options of the whole server be others for a while."""
        for name, value in options.items():
            self._set(f"{name} = {value}", name, value)
        try:
            yield
        finally:
            for name in options:
                self._set(f"{name} TO DEFAULT", name, _HASTY.get(name))

    def _set(self, change: str, name: str, expected: str | None) -> None:
        self.sql(f"ALTER SYSTEM SET {change}")
        self.sql("SELECT pg_reload_conf()")
        for _ in range(200):  # each look takes a connection, and so a while
            if expected is None or self.sql(f"SHOW {name}") == [(expected,)]:
                return
        raise AssertionError(f"{name} has not become {expected}")

    def sql(self, statement: str, base: str = _BASE) -> list[tuple[object, ...]]:
        """Run a statement as the one who may do everything."""
        import psycopg  # noqa: PLC0415 - an extra

        address = f"postgresql://{_USER}@/{base}?host={self.folder}"
        with psycopg.connect(address, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def place(self, *, user: str = _USER, host: Path | None = None, schema: str | None = None) -> Server:
        """Return an empty database: a schema of its own, unless one is named."""
        if schema is None:
            schema = f"book_{next(self.schemas)}"
            self.sql(f"CREATE SCHEMA {schema}")
        return Server(f"postgresql://{user}@/{_BASE}?host={host or self.folder}&options=-csearch_path%3D{schema}")

    def lent(self) -> Server:
        """Return a database with an empty ledger in it, or quite empty, until the test is over."""
        if self.pool:
            schema = self.pool.pop()
            emptied = "; ".join(f"DELETE FROM {schema}.{name_of(table)}" for table in CONTENT)
            self.sql(f"SET session_replication_role = replica; {emptied}")  # else the journal refuses
        else:
            schema = f"book_{next(self.schemas)}"
            self.sql(f"CREATE SCHEMA {schema}")
        self.out.append(schema)
        return self.place(schema=schema)

    def take_back(self) -> None:
        """Let what was lent be lent again, where a ledger was made of it."""
        there = {schema for (schema,) in self.sql("SELECT schemaname FROM pg_tables WHERE tablename = 'journal'")}
        self.pool += [schema for schema in self.out if schema in there]
        self.out.clear()

    @property
    def data(self) -> Path:
        """Where it keeps everything."""
        return self.folder / "data"

    def _call(self, program: str, *words: str | Path) -> None:
        with (self.folder / "said").open("a") as said:  # a server that goes on would keep a pipe open
            done = subprocess.run(
                [self.binaries / program, *words],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                timeout=120,
                check=False,
                user=self.owner,
                extra_groups=None if self.owner is None else [],
            )
        assert done.returncode == 0, (self.folder / "said").read_text() + _tail(self.folder / "log")


@contextmanager
def started(under: str = _FOLDER) -> Iterator[Cluster]:
    """Make a server in a folder `under` another, and throw it away; the test is skipped where none is to be had."""
    pytest.importorskip("psycopg", reason="no driver for PostgreSQL; install the extra postgres")
    binaries = _binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server on this machine (initdb and pg_ctl); install Debian's package postgresql")
    folder = Path(tempfile.mkdtemp(prefix="lg-pg-", dir=under))
    cluster = Cluster(binaries, folder, _owner())
    if cluster.owner is not None:
        shutil.chown(folder, cluster.owner)
    try:
        cluster.make()
        yield cluster
    finally:
        if (cluster.data / "postmaster.pid").exists():
            cluster.stop("fast")  # at once, it would leave shared memory behind
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path | None:
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("pg_ctl")
    found = [*newest, *([Path(on_path).resolve().parent] if on_path else [])]
    return next((path for path in found if (path / "initdb").exists() and (path / "pg_ctl").exists()), None)


def _owner() -> str | None:
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _tail(path: Path) -> str:
    return path.read_text()[-2000:] if path.exists() else ""

"""Opening a ledger on a server: one writer, readers that cannot write, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lottogrid.errors import BadInput, Missing
from lottogrid.ledger.database import exists
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.models import SCHEMA_VERSION
from lottogrid.ledger.place import Server
from tests.ledger.builders import booked, intended, planned
from tests.postgres.cluster import Cluster

pytestmark = pytest.mark.postgres

BOUGHT = (planned(), intended(), booked(intended(), "E-1", 3))


def elsewhere(server: Server) -> Server:
    """Return the same database as another process names it."""
    return Server(server.url)


def test_a_ledger_is_as_it_was_when_opened_again(server: Server) -> None:
    """Journal and tables are the same, and go on where they ended."""
    with_all = Ledger.open(server, durable=False)
    with_all.commit(BOUGHT)
    before = (with_all.journal(), with_all.positions(), with_all.holdings())
    with_all.close()
    again = Ledger.open(server, durable=False)
    assert (again.journal(), again.positions(), again.holdings()) == before
    again.commit([intended(attempt=2)])
    assert again.last_sequence() == 4


@pytest.mark.usefixtures("impatient")
def test_a_second_writer_is_refused_and_told_of_the_first(server: Server) -> None:
    """Whoever holds it goes on undisturbed."""
    first = Ledger.open(server, durable=False)
    with pytest.raises(Missing, match=r"another lottogrid \(lottogrid \d+ from the same machine, since .*stop it"):
        Ledger.open(elsewhere(server), durable=False)
    first.commit([planned()])
    assert first.last_sequence() == 1


def test_two_ledgers_of_one_server_know_nothing_of_each_other(server: Server, postgres: Cluster) -> None:
    """Each schema has a writer of its own."""
    first, second = Ledger.open(server, durable=False), Ledger.open(postgres.lent(), durable=False)
    first.commit([planned()])
    assert (first.last_sequence(), second.last_sequence()) == (1, 0)


def test_whoever_opens_anew_ends_what_he_has_given_up(server: Server) -> None:
    """An actor that hangs is replaced by another of the same process: the earlier connection can write no more."""
    hanging = Ledger.open(server, durable=False)
    heir = Ledger.open(server, durable=False)
    heir.commit([planned()])
    with pytest.raises(Missing, match="expected the server to answer"):
        hanging.commit([intended()])
    assert heir.last_sequence() == 1


def test_what_was_under_way_is_undone_before_the_heir_reads(server: Server) -> None:
    """A transaction that its writer has left open is no part of the book."""
    hanging = Ledger.open(server, durable=False)
    hanging._sql("BEGIN IMMEDIATE")
    hanging._write(planned())
    assert Ledger.open(server, durable=False).last_sequence() == 0


_DIE = """
import os, sys
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.place import Server
from tests.ledger.builders import planned
ledger = Ledger.open(Server(sys.argv[1]), durable=False)
ledger.commit([planned()])
ledger._sql("BEGIN IMMEDIATE")
os._exit(9)
"""


@pytest.mark.process
def test_a_process_that_is_killed_keeps_nobody_out(server: Server) -> None:
    """Its lock ends with it, and what it had committed is there."""
    killed = subprocess.run([sys.executable, "-c", _DIE, server.url], check=False, timeout=60)
    assert killed.returncode == 9
    assert Ledger.open(server, durable=False).last_sequence() == 1


def test_a_reader_cannot_write(server: Server) -> None:
    """Not even through commit; the writer beside it can."""
    writer = Ledger.open(server, durable=False)
    reader = Ledger.open_read_only(server)
    with pytest.raises(Missing, match="read-only transaction; see to the user's rights"):
        reader.commit([planned()])
    writer.commit([planned()])
    assert reader.last_sequence() == 1


def test_reading_needs_tables(server: Server, postgres: Cluster) -> None:
    """A command does not make a ledger by looking at it."""
    empty = postgres.place()
    assert not exists(empty)
    with pytest.raises(Missing, match="run the bot once"):
        Ledger.open_read_only(empty)
    assert not exists(empty)
    Ledger.open(server, durable=False)
    assert exists(server)


def test_a_newer_schema_is_refused(postgres: Cluster) -> None:
    """Both versions are named."""
    postgres.sql("CREATE SCHEMA of_the_future")
    server = postgres.place(schema="of_the_future")
    Ledger.open(server, durable=False).close()
    postgres.sql("UPDATE of_the_future.meta SET value = '999'")
    for opener in (lambda: Ledger.open(server, durable=False), lambda: Ledger.open_read_only(server)):
        with pytest.raises(BadInput, match=rf"schema {SCHEMA_VERSION} .*999.*install"):
            opener()


def test_another_programs_tables_are_refused(postgres: Cluster) -> None:
    """They are not mixed with ours."""
    postgres.sql("CREATE SCHEMA of_another; CREATE TABLE of_another.songs (title text)")
    server = postgres.place(schema="of_another")
    for opener in (lambda: Ledger.open(server, durable=False), lambda: Ledger.open_read_only(server)):
        with pytest.raises(BadInput, match="lottogrid's tables"):
            opener()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (("/book?", "/absent?"), 'database "absent" does not exist'),
        (("//lottogrid@", "//stranger@"), 'role "stranger" does not exist'),
        (("host=/", "host=/nowhere/"), "No such file or directory"),
        (("%3Dbook_", "%3Dno_book_"), "found none of the search path"),
    ],
)
def test_what_cannot_be_reached_is_missing(server: Server, change: tuple[str, str], found: str) -> None:
    """One line says what the server said."""
    away = Server(server.url.replace(*change))
    with pytest.raises(Missing, match=found) as refused:
        Ledger.open(away, durable=False)
    assert "\n" not in str(refused.value)


def test_tables_of_another_user_are_missing(server: Server, postgres: Cluster) -> None:
    """One line says what right is wanting."""
    Ledger.open(server, durable=False).close()
    postgres.sql("CREATE ROLE guest LOGIN")
    postgres.sql(f"GRANT USAGE ON SCHEMA {server.url.rpartition('%3D')[2]} TO guest")
    with pytest.raises(Missing, match="permission denied for table meta; see to the user's rights"):
        Ledger.open_read_only(Server(server.url.replace("lottogrid@", "guest@")))


def test_a_database_in_another_encoding_is_refused(postgres: Cluster) -> None:
    """Before a table is made in it."""
    postgres.sql("CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0", "postgres")
    server = Server(postgres.place(schema="public").url.replace("/book?", "/latin?"))
    with pytest.raises(BadInput, match="expected a database in UTF8, found LATIN1"):
        Ledger.open(server, durable=False)


# --- durable


@pytest.mark.parametrize("name", ["fsync", "full_page_writes"])
def test_a_server_that_loses_commits_is_refused(server: Server, postgres: Cluster, name: str) -> None:
    """A replay may use it all the same."""
    others = {"fsync": "on", "full_page_writes": "on", name: "off"}
    with postgres.set(**others):
        with pytest.raises(BadInput, match=rf"expected a server with {name} = on, found off.*postgresql\.conf"):
            Ledger.open(server)
        Ledger.open(server, durable=False)


@pytest.mark.parametrize(("default", "expected"), [("off", "on"), ("local", "local"), ("remote_apply", "remote_apply")])
def test_a_commit_waits_for_the_disk_whatever_the_servers_default(
    server: Server, postgres: Cluster, default: str, expected: str
) -> None:
    """More than that where the server is set to more; a replay waits for nothing."""
    with postgres.set(fsync="on", synchronous_commit=default):
        durable = Ledger.open(server)
        assert durable._row("SHOW synchronous_commit") == (expected,)
        durable.close()
        assert Ledger.open(server, durable=False)._row("SHOW synchronous_commit") == ("off",)


# --- the password


def test_a_password_is_read_from_its_owners_file(tmp_path: Path) -> None:
    """And is in nothing that is printed."""
    path = tmp_path / "password"
    path.write_text("s3cret\n")
    path.chmod(0o600)
    server = Server("postgresql://u@h/x", path)
    assert server.password() == "s3cret"
    assert "s3cret" not in f"{server} {server!r}"


def test_a_password_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """What stands in the file is not repeated."""
    path = tmp_path / "password"
    path.write_text("s3cret")
    path.chmod(0o640)
    with pytest.raises(BadInput, match=r"mode 0640.*chmod 600") as refused:
        Server("postgresql://u@h/x", path).password()
    assert "s3cret" not in str(refused.value)
    path.chmod(0o600)
    path.write_text("\n")
    with pytest.raises(BadInput, match="empty file"):
        Server("postgresql://u@h/x", path).password()
    with pytest.raises(Missing, match="No such file"):
        Server("postgresql://u@h/x", tmp_path / "none").password()

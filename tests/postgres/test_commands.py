"""The program with its ledger on a server, as a person calls it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lottogrid.cli.controls import emergency
from lottogrid.control.commands import Command, Request
from lottogrid.errors import BadInput, Missing
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.place import Server
from lottogrid.settings import load
from tests.cli.conftest import Call, _logging_as_it_was, call  # noqa: F401 - fixtures
from tests.ledger.builders import booked, intended, planned
from tests.postgres.cluster import GUARDED, Cluster

SECRET = "s3cret"


@pytest.fixture
def ask(call: Call, server: Server, postgres: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:  # noqa: F811
    """Call the program with the setting in its environment, on a server that keeps what is committed."""
    monkeypatch.setenv("LOTTOGRID_STORAGE__DATABASE", server.url)
    monkeypatch.setenv("LOTTOGRID_WEB__PORT", "0")
    with postgres.set(fsync="on"):
        yield call


def _bought(server: Server) -> None:
    with closing(Ledger.open(server)) as ledger:
        ledger.commit([planned(), intended(), booked(intended(), "E-1", 3)])


@pytest.mark.postgres
def test_check_tells_of_the_server(ask: Call, server: Server, postgres: Cluster) -> None:
    """Its version, whether it keeps what is committed, its clock; and whether the ledger there is whole."""
    empty = postgres.place()
    found = ask("check", "--json", "--set", f"storage.database={empty}")
    (said,) = [each["found"] for each in json.loads(found.out)["checks"] if each["name"] == "ledger"]
    assert said.startswith("PostgreSQL 1")
    assert "fsync on, synchronous_commit on, its clock 0." in said
    assert f"none yet at {empty}" in said
    _bought(server)
    assert f"{server} is whole, 3 lines in its journal, nobody works on it" in ask("check", "--json").out


@pytest.mark.postgres
def test_check_fails_where_commits_would_be_lost(ask: Call, postgres: Cluster) -> None:
    """And where the server does not answer."""
    with postgres.set(fsync="off"):
        found = ask("check", "--json")
    assert found.code == 1
    assert "expected a server with fsync = on, found off" in found.out
    found = ask("check", "--json", "--set", "storage.database=postgresql://u@127.0.0.1:1/x")
    assert found.code == 1
    assert "expected to be let in, found: " in found.out


@pytest.mark.postgres
def test_the_reading_commands_read_it(ask: Call, server: Server, postgres: Cluster) -> None:
    """From another connection, beside a writer; no file of the ledger is made."""
    assert "run the bot once" in ask("status", "--set", f"storage.database={postgres.place()}").err
    with closing(Ledger.open(server)) as ledger:
        ledger.commit([planned(), intended(), booked(intended(), "E-1", 3)])
        assert json.loads(ask("status", "--json").out)["ledger"] == server.url
        assert json.loads(ask("orders", "--json").out)
        assert json.loads(ask("positions", "--json").out)
    assert not Path("var/ledger.sqlite").exists()


@pytest.mark.postgres
@pytest.mark.usefixtures("impatient")
def test_a_command_without_a_bot_is_written_there(ask: Call, server: Server) -> None:
    """Not while a bot elsewhere works on the same ledger: that one would not hear of it."""
    _bought(server)
    assert ask("pause").code == 0
    with closing(Ledger.open_read_only(server)) as ledger:
        assert ledger.last_sequence() > 3
    with closing(Ledger.open(server)):
        refused = ask("resume")
        assert (refused.code, refused.err.count("another lottogrid")) == (3, 1)


@pytest.mark.postgres
@pytest.mark.usefixtures("impatient")
def test_a_second_bot_on_another_machine_does_not_start(ask: Call, server: Server) -> None:
    """Its folder is another, so that no lock of a file is in its way."""
    _bought(server)
    with closing(Ledger.open(server)):
        refused = ask("run", "--ledger", "another", "--speed", "10000")
    assert refused.code == 3
    assert "another lottogrid" in refused.err


@pytest.mark.postgres
def test_a_backup_goes_to_a_file_and_comes_back_to_either(ask: Call, server: Server, postgres: Cluster) -> None:
    """Checked on the way; an export works too."""
    _bought(server)
    assert ask("db", "backup", "copy.sqlite").out == f"{server} copied to copy.sqlite\n"
    assert ask("db", "check", "copy.sqlite").out == "copy.sqlite is whole\n"
    assert "3 journal" in ask("db", "export", "november").out
    assert ask("db", "restore", "copy.sqlite").code == 2
    assert (
        ask("db", "restore", "copy.sqlite", "--set", "storage.database=").out
        == "var/ledger.sqlite made from copy.sqlite\n"
    )
    another = postgres.lent()
    assert ask("db", "restore", "copy.sqlite", "--set", f"storage.database={another}").code == 0
    with closing(Ledger.open_read_only(another)) as there, closing(Ledger.open_read_only(server)) as here:
        assert there.digests() == here.digests()


@pytest.mark.postgres
@pytest.mark.slow
def test_a_day_is_traded_on_it(ask: Call, server: Server) -> None:
    """`run` from its greeting to its result, over the gateway, on threads, as fast as it goes."""
    found = ask("run", "--speed", "20000", "--json", "--set", "max_premium_per_strangle=700")
    document = json.loads(found.out)
    assert document["ledger"] == server.url
    assert document["finished"], found.err
    with closing(Ledger.open_read_only(server)) as ledger:
        (started,) = ledger.journal(kind="RunStarted")
        assert started.seq == 1
        assert {each["id"] for each in document["trades"]} <= {each.position_id for each in ledger.positions()}
        assert ledger.engine() is not None
    assert not Path("var/ledger.sqlite").exists()


# --- the password


@pytest.fixture
def guarded(postgres: Cluster) -> Iterator[Server]:
    """Return an empty database of a user with a password."""
    server = postgres.place()
    schema = server.url.rpartition("%3D")[2]
    postgres.sql(f"CREATE ROLE {GUARDED} LOGIN PASSWORD '{SECRET}'")
    postgres.sql(f"ALTER SCHEMA {schema} OWNER TO {GUARDED}")
    yield Server(server.url.replace("lottogrid@", f"{GUARDED}@"))
    postgres.sql(f"DROP OWNED BY {GUARDED} CASCADE; DROP ROLE {GUARDED}")


@pytest.mark.postgres
@pytest.mark.parametrize("by_file", [True, False])
def test_a_password_opens_and_is_never_said(
    ask: Call, guarded: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_file: bool
) -> None:
    """From a file or from the environment; neither the right one nor a wrong one is in any output or file."""
    monkeypatch.setenv("LOTTOGRID_STORAGE__DATABASE", guarded.url)
    path = tmp_path / "password"

    def give(password: str) -> None:
        path.write_text(password)
        path.chmod(0o600)
        if by_file:
            monkeypatch.setenv("LOTTOGRID_STORAGE__DATABASE_PASSWORD_FILE", str(path))
        else:
            monkeypatch.setenv("PGPASSWORD", password)

    give(f"{SECRET}-not")
    refused = [ask("status"), ask("pause"), ask("check", "--json"), ask("run", "--speed", "20000")]
    assert all("password authentication failed" in said.err + said.out for said in refused)
    give(SECRET)
    _bought(Server(guarded.url, path if by_file else None))
    said = [ask("status", "--json"), ask("check", "--json"), ask("db", "backup", "copy.sqlite")]
    assert [each.code for each in said] == [0, 0, 0]
    assert not any(SECRET in each.out + each.err for each in (*refused, *said))
    path.unlink()
    assert not any(SECRET.encode() in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


# --- the setting


@pytest.mark.parametrize(
    "text",
    [
        f"postgresql://u:{SECRET}@h/x",
        f"postgresql://u@h/x?password={SECRET}",
        f"postgresql://u@h/x?sslpassword={SECRET}",
        f"mysql://u:{SECRET}@h/x",
        f"postgresql://u@h:{SECRET}/x",
        f"postgresql://{SECRET}",
        f"postgresql://h/{SECRET}",
        SECRET,
    ],
)
def test_an_address_that_is_wrong_or_bears_a_password_is_refused_without_repeating_it(text: str) -> None:
    """In the file, in the environment and on the command line alike."""
    for given in (
        {"environ": {"LOTTOGRID_STORAGE__DATABASE": text}, "overrides": []},
        {"environ": {}, "overrides": [f"storage.database={text}"]},
    ):
        with pytest.raises(BadInput, match=r"storage\.database: expected") as refused:
            load(None, **given)  # type: ignore[arg-type]
        assert SECRET not in str(refused.value)


def test_a_missing_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra: SQLite needs none."""
    for name in [name for name in sys.modules if name.startswith("lottogrid.ledger.postgres")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(Missing, match=r"install lottogrid\[postgres\]"):
        Ledger.open(Server("postgresql://u@h/x"))


def test_an_emergency_stop_goes_on_without_its_ledger(tmp_path: Path) -> None:
    """What is held is then the broker's word; nothing is said to be written, or known, that is not."""
    pytest.importorskip("psycopg")
    settings = load(None, {}, ["storage.database=postgresql://u@127.0.0.1:1/x", f"storage.directory={tmp_path}"])
    request = Request.new(Command.ESTOP, by="somebody", via="a test")
    written = emergency._write_down(settings, request)
    assert (written.is_confirmed, written.is_vital) == (False, False)
    assert "expected to be let in" in written.detail
    assert emergency._legs(settings) == ()
    (words,) = emergency._words(settings)
    assert words.startswith("orders and holdings unknown: ")

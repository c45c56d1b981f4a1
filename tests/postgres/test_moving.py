"""From a file to a server and back: every row, or none."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from lottogrid.errors import BadInput, Missing
from lottogrid.ledger.backup import backup, backup_dated, check, restore
from lottogrid.ledger.export import export
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.place import Place, Server
from lottogrid.ledger.records import DayOpened
from tests.ledger.builders import DAY, NOON, SECOND, booked, intended, planned
from tests.ledger.test_opening import HISTORY
from tests.postgres.cluster import Cluster

pytestmark = pytest.mark.postgres


@pytest.fixture(autouse=True)
def _durable(postgres: Cluster) -> object:
    """A ledger that is brought back is there to stay."""
    with postgres.set(fsync="on"):
        yield


def _write(place: Place) -> dict[str, str]:
    """Make a ledger with some history, a correction that took a place among it, and a commit that was undone."""
    corrected = [booked(intended(), f"0000e0d5.67fe667b.01.0{number}", number) for number in (1, 2)]
    with closing(Ledger.open(place, durable=False)) as ledger:
        ledger.commit([DayOpened(at=NOON, trading_date=DAY, baseline_usd=Decimal("5000.10"))])
        for records in HISTORY:
            ledger.commit(records)
        ledger.commit([corrected[0]])
        with pytest.raises(BadInput):
            ledger.commit([planned("P-1"), planned(SECOND)])
        ledger.commit([corrected[1]])
        return ledger.digests()


def _digests(place: Place) -> dict[str, str]:
    with closing(Ledger.open_read_only(place)) as ledger:
        return ledger.digests()


def test_both_engines_keep_the_same_rows(server: Server, tmp_path: Path) -> None:
    """Numbers without gaps, too, where a commit was undone."""
    assert _write(server) == _write(tmp_path / "ledger.sqlite")


def test_a_file_goes_to_a_server_and_back(server: Server, tmp_path: Path) -> None:
    """The same digests all the way; and the book goes on at either end."""
    there, copy, back = tmp_path / "ledger.sqlite", tmp_path / "copy.sqlite", tmp_path / "back.sqlite"
    expected = _write(there)
    backup(there, copy)
    restore(copy, server)
    check(server)
    assert _digests(server) == expected
    backup(server, back)
    check(back)
    assert _digests(back) == expected
    going_on = [planned("LG-20250409-009"), intended(position_id="LG-20250409-009")]
    for place in (server, back):
        with closing(Ledger.open(place)) as ledger:
            assert ledger.commit(going_on) == tuple(going_on)
    assert _digests(back) == _digests(server) != expected


def test_a_backup_is_taken_beside_a_running_writer(server: Server, tmp_path: Path) -> None:
    """As of the last commit; dated copies are kept up to a number."""
    with closing(Ledger.open(server)) as ledger:
        ledger.commit([planned()])
        ledger._sql("BEGIN IMMEDIATE")
        ledger._write(planned(SECOND))
        first, _ = backup_dated(server, tmp_path, datetime(2026, 1, 5, tzinfo=UTC))
        ledger._sql("ROLLBACK")
        second, deleted = backup_dated(server, tmp_path, datetime(2026, 1, 6, tzinfo=UTC), keep=1)
    assert (first.name, deleted) == ("ledger-20260105T000000Z.sqlite", [first])
    assert list(tmp_path.iterdir()) == [second]
    with closing(Ledger.open_read_only(second)) as copy:
        assert copy.last_sequence() == 1


@pytest.mark.usefixtures("impatient")
def test_a_ledger_is_never_written_over(server: Server, tmp_path: Path) -> None:
    """Nor is one brought back while another works on it."""
    copy = tmp_path / "copy.sqlite"
    expected = _write(server)
    backup(server, copy)
    with pytest.raises(BadInput, match="expected an empty database, found a ledger"):
        restore(copy, server)
    with closing(Ledger.open(server)), pytest.raises(Missing, match="another lottogrid"):
        restore(copy, Server(server.url))
    assert _digests(server) == expected


def test_nothing_is_left_of_a_restore_that_failed(server: Server, tmp_path: Path) -> None:
    """A damaged copy is found before, a row that the server refuses while it is written."""
    damaged, strange = tmp_path / "damaged.sqlite", tmp_path / "strange.sqlite"
    damaged.write_bytes(b"not a database" * 500)
    with closing(Ledger.open(strange, durable=False)) as ledger:
        ledger.commit([planned(), planned("LG-\0")])
    for copy in (damaged, strange):
        with pytest.raises(BadInput):
            restore(copy, server)
    with closing(Ledger.open(server)) as ledger:
        assert ledger.last_sequence() == 0
        assert ledger.positions() == ()


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        ("UPDATE {}.legs SET bought = bought + 1", "another content of legs"),
        ("DELETE FROM {}.executions WHERE exec_id = 'E-2'", "another content of executions"),
        ("UPDATE {}.journal SET payload = '{{}}' WHERE seq = 3", "line 3 of its journal"),
        ("DELETE FROM {}.journal WHERE seq = 1", "another content of journal"),
    ],
)
def test_damage_is_found(server: Server, postgres: Cluster, damage: str, found: str) -> None:
    """What does not follow from the journal, and a journal that cannot be read."""
    _write(server)
    check(server)
    schema = server.url.rpartition("%3D")[2]
    postgres.sql(f"SET session_replication_role = replica; {damage.format(schema)}")
    with pytest.raises(BadInput, match=rf"{found}.*; restore a backup"):
        check(server)


def test_an_export_is_the_same_from_either(server: Server, tmp_path: Path) -> None:
    """File by file, byte by byte."""
    file = tmp_path / "ledger.sqlite"
    for place, folder in ((server, tmp_path / "a"), (file, tmp_path / "b")):
        _write(place)
        export(place, folder, "csv")
    for path in (tmp_path / "a").iterdir():
        assert path.read_text() == (tmp_path / "b" / path.name).read_text(), path.name

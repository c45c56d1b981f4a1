"""A connection that is lost: what it leaves open is decided by reading, never assumed."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import closing
from pathlib import Path

import pytest

from lottogrid.errors import BadInput, Missing
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.place import Server
from lottogrid.ledger.records import Noted, Record
from tests.ledger.builders import NOON, booked, intended, planned
from tests.postgres.cluster import Cluster
from tests.postgres.wire import Wire

pytestmark = [pytest.mark.postgres, pytest.mark.sockets, pytest.mark.threads]

ORDER: list[Record] = [intended()]


def over(cut: Wire, server: Server) -> Server:
    """Return the same database by way of the wire."""
    _, _, options = server.url.partition("&")
    return Server(f"{server.url.partition('?')[0]}?host={cut.folder}&{options}")


def test_a_commit_that_never_arrived_is_not_in_the_book(cut: Wire, server: Server) -> None:
    """Its writer is told that the outcome is unknown; whoever opens anew finds nothing, and may write it."""
    away = over(cut, server)
    ledger = Ledger.open(away, durable=False)
    ledger.commit([planned()])
    cut.cut_before_the_commit()
    with pytest.raises(Missing, match="expected the server to answer"):
        ledger.commit(ORDER)
    again = Ledger.open(away, durable=False)
    assert (cut.cuts, again.last_sequence()) == (1, 1)
    assert again.commit(ORDER) == tuple(ORDER)


def test_a_commit_whose_answer_was_lost_is_in_the_book(cut: Wire, server: Server) -> None:
    """The same error, the other outcome: so nobody may go by the error."""
    away = over(cut, server)
    ledger = Ledger.open(away, durable=False)
    ledger.commit([planned()])
    cut.cut_after_the_commit()
    with pytest.raises(Missing, match="expected the server to answer"):
        ledger.commit(ORDER)
    again = Ledger.open(away, durable=False)
    assert (cut.cuts, again.last_sequence()) == (1, 2)
    assert again.order(intended().intent.ref) is not None


def test_nothing_goes_over_a_lost_connection_any_more(cut: Wire, server: Server) -> None:
    """It does not come back by itself: what was set on it, and its lock, would be missing."""
    away = over(cut, server)
    ledger = Ledger.open(away, durable=False)
    ledger.commit([planned()])
    cut.cut_after_the_commit()
    for ask in (lambda: ledger.commit(ORDER), ledger.last_sequence, ledger.journal, ledger.decisions):
        with pytest.raises(Missing, match="expected the server to answer"):
            ask()
    ledger.close()


def test_what_was_committed_outlives_the_server(server: Server, postgres: Cluster) -> None:
    """Stopped as by a power cut of the process, with a transaction open."""
    with postgres.set(fsync="on"):
        ledger = Ledger.open(server)
        reader = Ledger.open_read_only(server)
        ledger.commit([planned(), intended(), booked(intended(), "E-1", 3)])
        before = ledger.positions()
        ledger._sql("BEGIN IMMEDIATE")
        ledger._write(intended(attempt=2))
        postgres.stop()
        try:
            for lost in (ledger, reader):
                with pytest.raises(Missing, match="expected the server to answer"):
                    lost.positions()
            with pytest.raises(Missing, match="No such file or directory"):
                Ledger.open(server)
        finally:
            postgres.start()
        again = Ledger.open(server)
        assert again.positions() == before
        assert again.last_sequence() == 3


@pytest.mark.usefixtures("impatient")
def test_nobody_reads_while_an_earlier_commit_is_undecided(server: Server) -> None:
    """The server's process stands still in the middle of it: an heir gets the book only once that one has ended."""
    frozen = Ledger.open(server, durable=False)
    frozen.commit([planned()])
    assert server.writer is not None
    process = server.writer.process
    heard: list[Exception] = []
    os.kill(process, signal.SIGSTOP)
    try:
        thread = threading.Thread(target=_hear, args=(frozen, heard))
        thread.start()
        with pytest.raises(Missing, match="another lottogrid"):
            Ledger.open(server, durable=False)
    finally:
        os.kill(process, signal.SIGCONT)
    thread.join(30)
    heir = Ledger.open(server, durable=False)
    assert heir.last_sequence() == (1 if heard else 2)


def _hear(ledger: Ledger, heard: list[Exception]) -> None:
    try:
        ledger.commit(ORDER)
    except Missing as error:
        heard.append(error)


def test_a_standby_can_be_read_and_not_written(server: Server, postgres: Cluster) -> None:
    """A writer waits for the primary: what is missing may come back."""
    with closing(Ledger.open(server, durable=False)) as ledger:
        ledger.commit([planned()])
    with postgres.standing_by():
        assert Ledger.open_read_only(server).last_sequence() == 1
        with pytest.raises(Missing, match="found a standby; name the primary"):
            Ledger.open(server, durable=False)
    assert Ledger.open(server, durable=False).last_sequence() == 1


def test_text_that_the_server_cannot_hold_is_refused(server: Server, tmp_path: Path) -> None:
    """SQLite would keep it; here the commit is refused whole, and the next goes on."""
    strange = intended(position_id="LG-\0")
    note = Noted(at=NOON, actor="a", kind="k", text="t")
    ledger = Ledger.open(server, durable=False)
    with pytest.raises(BadInput, match="expected values that it can hold"):
        ledger.commit([note, strange])
    assert ledger.last_sequence() == 0
    assert ledger.commit([note, planned()]) == (note, planned())
    assert [row.seq for row in ledger.journal()] == [1, 2]
    file = Ledger.open(tmp_path / "ledger.sqlite", durable=False)
    file.commit([note, planned()])
    assert file.digests() == ledger.digests()

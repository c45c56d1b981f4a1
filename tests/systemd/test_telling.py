"""What systemd is told: datagrams to its sockets, and silence where there are none."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from loguru import logger

from lottogrid.cli.journald import JournalSink, is_our_terminal
from lottogrid.errors import BadInput
from lottogrid.service.journal import Journal, entry, is_written_to, priority
from lottogrid.service.notify import ServiceManager, credentials
from web.tokens import TokenFile


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[socket.socket]:
    """A socket that hears what is sent to `tmp_path/ear`."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind(str(tmp_path / "ear"))
        made.settimeout(5)
        yield made


def heard(ear: socket.socket) -> str:
    return ear.recv(65536).decode()


def test_it_hears_that_the_start_is_done_how_things_are_and_that_the_end_has_begun(
    ear: socket.socket, tmp_path: Path
) -> None:
    """In the words of sd_notify; a status is one line."""
    manager = ServiceManager.of({"NOTIFY_SOCKET": str(tmp_path / "ear")}, pid=1)
    manager.ready("up")
    manager.status("two\nlines")
    manager.feed()
    manager.stopping("down")
    assert [heard(ear) for _ in range(4)] == [
        "READY=1\nSTATUS=up",
        "STATUS=two lines",
        "WATCHDOG=1",
        "STOPPING=1\nSTATUS=down",
    ]


def test_an_abstract_name_begins_with_a_nul(tmp_path: Path) -> None:
    """systemd writes @ for it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(f"\0{tmp_path}")
        ear.settimeout(5)
        ServiceManager(f"@{tmp_path}").feed()
        assert heard(ear) == "WATCHDOG=1"


def test_nobody_listening_is_no_error(tmp_path: Path) -> None:
    """Without a socket, with one that is gone, and with one whose queue is full."""
    ServiceManager.of({}, pid=1).ready("up")
    ServiceManager(str(tmp_path / "gone")).ready("up")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as deaf:
        deaf.bind(str(tmp_path / "deaf"))
        for _ in range(2000):
            ServiceManager(str(tmp_path / "deaf")).feed()
        assert heard(deaf) == "WATCHDOG=1"


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({"WATCHDOG_USEC": "60000000"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "7"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "8"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_ours_only_where_it_is_meant_for_us(environ: dict[str, str], seconds: float | None) -> None:
    """A child inherits the environment, but not the watchdog."""
    assert ServiceManager.of({"NOTIFY_SOCKET": "/x", **environ}, pid=7).watchdog_seconds == seconds


def test_an_entry_of_the_journal_carries_line_breaks_by_their_length() -> None:
    """A plain value stands behind its name; one of several lines behind 64 bits of length."""
    assert entry({"PRIORITY": "3", "MESSAGE": "a\nb"}) == b"PRIORITY=3\nMESSAGE\n\x03\0\0\0\0\0\0\0a\nb\n"


def test_a_line_of_the_log_is_an_entry_with_fields(ear: socket.socket, tmp_path: Path) -> None:
    """Severity, source, and whatever is bound to it."""
    sink = logger.add(JournalSink(Journal(tmp_path / "ear")), format="{message}")
    try:
        logger.bind(position="LG-1", orderRef="LG-1-1-1").error("refused")
    finally:
        logger.remove(sink)
    fields = dict(line.split("=", 1) for line in heard(ear).splitlines())
    assert fields["MESSAGE"] == "refused"
    assert fields["PRIORITY"] == "3"
    assert fields["LOTTOGRID_POSITION"] == "LG-1"
    assert fields["LOTTOGRID_ORDER_REF"] == "LG-1-1-1"
    assert fields["CODE_FUNC"] == "test_a_line_of_the_log_is_an_entry_with_fields"


@pytest.mark.parametrize(("severity", "expected"), [(50, 2), (40, 3), (30, 4), (25, 5), (20, 6), (10, 7)])
def test_each_severity_has_its_priority(severity: int, expected: int) -> None:
    """As syslog counts them."""
    assert priority(severity) == expected


def test_only_what_leads_into_the_journal_is_taken_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment is inherited by programs whose output was turned elsewhere."""
    with (tmp_path / "file").open("w") as file:
        found = os.fstat(file.fileno())
        ours = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}
        assert is_written_to(ours, file.fileno())
        assert not is_written_to({"JOURNAL_STREAM": "1:1"}, file.fileno())
        assert not is_written_to({}, file.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", ours["JOURNAL_STREAM"])
        monkeypatch.setattr(sys, "stderr", file)
        assert is_our_terminal()


def test_a_secret_is_where_systemd_says_or_nowhere(tmp_path: Path) -> None:
    """One that was not handed over is not taken for an empty one."""
    given = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert credentials({}, "token") is None
    assert credentials(given, "token") is None
    (tmp_path / "token").write_text("secret", encoding="ascii")
    assert credentials(given, "token") == tmp_path


def test_a_token_that_was_handed_over_is_not_judged_by_its_mode(tmp_path: Path) -> None:
    """systemd opens it to the service by an access list, which the mode shows as rights of a group."""
    path = tmp_path / "token"
    path.write_text("7" * 40, encoding="ascii")
    path.chmod(0o440)
    assert TokenFile(tmp_path, is_handed_over=True).value() == "7" * 40
    with pytest.raises(BadInput, match="for its owner only"):
        TokenFile(tmp_path).value()

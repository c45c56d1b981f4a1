"""Files that root makes beside a service's own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lottogrid.control.commands import Command, Request
from lottogrid.control.latch import NAME, Latch
from lottogrid.files import give_to_owner_of
from lottogrid.ledger.lock import LedgerLock, lock_path
from web.tokens import TokenFile

SOMEBODY = 65289
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


@needs_root
def test_what_root_writes_in_a_folder_of_somebody_elses_is_theirs(tmp_path: Path) -> None:
    """The order that stands, the lock and the token: the bot has to read each."""
    os.chown(tmp_path, SOMEBODY, SOMEBODY)
    Latch(tmp_path).set(Request.new(Command.STOP, by="root", via="a test"))
    with LedgerLock(tmp_path / "ledger.sqlite"):
        pass
    TokenFile(tmp_path).ensure()
    made = [tmp_path / NAME, lock_path(tmp_path / "ledger.sqlite"), TokenFile(tmp_path).path]
    assert [path.stat().st_uid for path in made] == [SOMEBODY] * 3


def test_whoever_is_not_root_gives_nothing_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It could not."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    given: list[tuple[int, ...]] = []
    monkeypatch.setattr(os, "fchown", lambda *what: given.append(what))
    with (tmp_path / "file").open("w") as file:
        give_to_owner_of(tmp_path, file.fileno())

    assert given == []


def test_root_that_may_not_give_it_away_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container."""

    tried: list[tuple[int, ...]] = []

    def refused(*what: int) -> None:
        tried.append(what)
        raise PermissionError

    owner = tmp_path.stat()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "fchown", refused)
    with (tmp_path / "file").open("w") as file:
        give_to_owner_of(tmp_path, file.fileno())
        assert tried == [(file.fileno(), owner.st_uid, owner.st_gid)]

"""Every ledger that a test opened is closed behind it: an open connection is a warning, and a warning an error."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lottogrid.ledger.queries import Queries


@pytest.fixture(autouse=True)
def _closed_ledgers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    opened: list[Queries] = []
    begin = Queries.__init__

    def remember(self: Queries, *args: Any, **options: Any) -> None:
        begin(self, *args, **options)
        opened.append(self)

    monkeypatch.setattr(Queries, "__init__", remember)
    yield
    for ledger in opened:
        ledger.close()

"""The checks of a gateway, made against the paper gateway."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lottogrid.cli.upkeep.check_work import Check
from lottogrid.cli.upkeep.ib_check.checks import STEPS, ib_checks
from lottogrid.gateway.reading import Refused
from lottogrid.ledger.lock import Holder
from lottogrid.market.contracts import spec_of
from tests.brokers.ib.made import Desk
from tests.gateway.made import CALENDAR

SOON = {"answer_seconds": 1.0}
"""For questions that are not answered; on a loaded machine all others must be answered within it too."""

Checks = dict[str, Check]


def checked(made: Desk, *, holder: Holder | None = None, symbol: str = "MES", **settings: Any) -> Checks:
    """Return the checks of a gateway by their names."""
    ib = replace(made.settings, **settings)
    found = ib_checks(ib, spec_of(symbol), CALENDAR, made.clock, holder)
    assert [check.name for check in found] == [step.name for step in STEPS]
    return {check.name: check for check in found}


def failed(checks: Checks) -> list[str]:
    """Return the checks that failed by themselves."""
    return [name for name, check in checks.items() if not check.passed and not check.found.startswith("not looked at")]


def refuse(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, code: int, text: str) -> None:
    """Let the gateway answer with a code where it would call `name`."""

    def answer(*_: Any, **__: Any) -> None:
        raise Refused(code, text)

    monkeypatch.setattr(owner, name, answer)

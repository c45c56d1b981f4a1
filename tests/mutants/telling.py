"""Faults in what a person is told."""

from __future__ import annotations

import pytest

from actors.runtime.cell import Cell
from actors.runtime.runtime import Runtime
from tests.mutants.mutant import mutant


@mutant("alarms-lost-with-reader", "an alarm is lost with the actor that has it in hand or in its mailbox", "I10")
def alarms_lost_with_reader(patch: pytest.MonkeyPatch) -> None:
    """Let no mail outlive its reader."""

    def leave(self: Runtime, name: str, message: object, reason: str, *_: Cell | None, **__: bool) -> None:
        self.bury(name, message, reason)

    patch.setattr(Runtime, "leave", leave)
    patch.setattr(Runtime, "hand_on", lambda *_: None)


MUTANTS = (alarms_lost_with_reader,)

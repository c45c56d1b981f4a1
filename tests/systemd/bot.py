"""The bot, with an actor that hangs for ever when the process is sent SIGUSR1. Run by the units of the tests."""

from __future__ import annotations

import signal
import sys
import threading
from datetime import timedelta
from typing import Any

from actors import messages as m
from actors.runtime.cell import Cell
from actors.runtime.runtime import Interference
from actors.runtime.threads import ThreadRuntime
from actors.supervision.spec import ChildSpec
from lottogrid.cli.main import main
from lottogrid.cli.run import desk, pulses

HANGS_AFTER = timedelta(seconds=8)
"""Instead of half a minute, and so the root's silence."""
VICTIMS = {int(signal.SIGUSR1): m.RISK, int(signal.SIGUSR2): m.ROOT}


class Hanging(Interference):
    """Lets an actor hang at its next message, once."""

    def __init__(self) -> None:
        self.victim = ""

    def before(self, cell: Cell, message: object) -> None:
        if cell.name == self.victim and message is not None:
            self.victim = ""
            threading.Event().wait()


class FaultyRuntime(ThreadRuntime):
    """Obeys the signals."""

    def __init__(self, *args: Any, **options: Any) -> None:
        hanging = Hanging()
        super().__init__(*args, interference=hanging, **options)

        def strike(number: int, _: object) -> None:
            hanging.victim = VICTIMS[number]
            self.send(hanging.victim, "something to hang at")

        for number in VICTIMS:
            signal.signal(number, strike)


if __name__ == "__main__":
    defaults = ChildSpec.__init__.__kwdefaults__
    assert defaults is not None
    defaults["hang_after"] = HANGS_AFTER
    pulses.CRITICAL[m.ROOT] = HANGS_AFTER  # type: ignore[index] - read-only to everybody else
    desk.ThreadRuntime = FaultyRuntime  # type: ignore[misc]
    sys.exit(main())

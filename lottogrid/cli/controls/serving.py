"""What takes commands while the bot runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from actors.control import Controller
from actors.runtime.runtime import Runtime
from lottogrid.control.channel import ControlServer
from lottogrid.control.latch import Latch
from lottogrid.control.record import CommandRecord
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.place import Place


def controller_of(runtime: Runtime, ledger: Path, place: Place) -> Controller:
    """Return what carries commands out for the bot that works beside the file `ledger`, with its tables at `place`."""
    return Controller(runtime, Latch(ledger.parent), CommandRecord(ledger.parent), lambda: Ledger.open_read_only(place))


@contextmanager
def serving(controller: Controller, ledger: Path) -> Iterator[None]:
    """Listen for commands beside the ledger; Missing where no socket can be had."""
    with ControlServer(ledger.parent, controller.execute):
        yield

"""To whom a command is given: the bot that runs, else the ledger and the latch it will read when it does."""

from __future__ import annotations

from collections.abc import Callable

from lottogrid.cli.controls import offline
from lottogrid.cli.controls.latching import latch
from lottogrid.cli.options import ledger_path
from lottogrid.control.channel import ask
from lottogrid.control.commands import Answer, Command, Request, Step, answered
from lottogrid.errors import Missing
from lottogrid.ledger.lock import holder
from lottogrid.settings import Settings

Tell = Callable[[str], None]


def give(settings: Settings, request: Request, within: float | None, tell: Tell) -> Answer:
    """Give a command and return what came of it.

    Args:
        settings: say where the bot works.
        request: the command, confirmed.
        within: real seconds in which it is to be confirmed; None leaves it to the command.
        tell: hears what happens meanwhile.

    Raises:
        Missing: there is nothing to command, or what would lift an order does not answer.
    """
    if request.command is Command.ESTOP:
        from lottogrid.cli.controls.emergency import stop  # noqa: PLC0415 - the client library takes a moment

        return stop(settings, request, within, tell)
    if holder(ledger_path(settings)) is None:
        return offline.give(settings, request)
    try:
        return ask(settings.storage.directory, request, within)
    except Missing as error:
        if request.command.terms.lifts:
            raise
        return _only_latched(settings, request, str(error))


def _only_latched(settings: Settings, request: Request, why: str) -> Answer:
    """Latch it past a bot that does not answer: what of it still lives reads the latch before it trades."""
    step = latch(settings, request)
    steps = (step, Step("the bot has heard of it", is_confirmed=False, detail=why))
    return answered(request, steps, text="where it does not come back, use `lottogrid estop`")

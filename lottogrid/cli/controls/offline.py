"""A command where no bot runs: written into the ledger and the latch, for the next one to find."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime

from lottogrid.cli.controls.latching import latch
from lottogrid.cli.options import ledger_path, ledger_place
from lottogrid.clock import SystemClock
from lottogrid.control.commands import Answer, Command, Request, Step, answered, refused
from lottogrid.control.latch import Latch
from lottogrid.control.record import CommandRecord
from lottogrid.errors import Missing
from lottogrid.ledger.database import exists
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.lock import LedgerLock
from lottogrid.ledger.place import Place
from lottogrid.ledger.records import EngineMoved, HaltCleared, HaltSet, Noted, Record
from lottogrid.risk.reasons import Reason
from lottogrid.settings import Settings
from machines.engine import ENGINE, EngineState

_TRIGGERS = {
    Command.START: ("resume",),
    Command.RESUME: ("resume",),
    Command.PAUSE: ("pause",),
    Command.STOP: ("stop",),
    Command.CANCEL: ("pause",),
    Command.FLATTEN: ("stop",),
    Command.ESTOP: ("halt",),
    Command.REARM: (),
}
"""What the engine's machine is told in the journal; a stopped one starts by itself in the next run."""


def give(settings: Settings, request: Request) -> Answer:
    """Write a command down with the ledger's lock, and return what is left to be done.

    Raises:
        Missing: there is no ledger, or a bot has just begun to work on it.
    """
    path, place = ledger_path(settings), ledger_place(settings)
    if not exists(place):
        raise Missing(f"ledger {place}: expected one to command, found none; give its folder with --ledger")
    record = CommandRecord(settings.storage.directory)
    with LedgerLock(path):
        why_not = _objection(settings, request, place)
        if why_not:
            return refused(request, why_not)
        record.begin(request)
        answer = _carry_out(settings, request, place)
        record.end(answer)
    return answer


def write_down(place: Place, request: Request) -> tuple[str, ...]:
    """Write a command into the ledger at `place`, whose lock is held; return what it holds, in words."""
    with closing(Ledger.open(place)) as ledger:
        ledger.commit(_records(ledger, request))
        return left(ledger)


def left(ledger: Ledger) -> tuple[str, ...]:
    """Return what a ledger says is held or works, in words."""
    held = [f"holding {quantity} of {contract}" for contract, quantity in ledger.holdings().items()]
    orders = [f"order {order.intent.ref}: {order.state.value}" for order in ledger.live_orders()]
    return (*held, *orders)


def rearming(ledger: Ledger, at: datetime, by: str) -> list[Record]:
    """Return what a person's word does: every halt ends, and the engine may be started."""
    reasons = dict.fromkeys(halt.reason for halt in ledger.halts())
    cleared = [HaltCleared(at=at, reason=reason, by=by) for reason in reasons]
    rearmed = EngineMoved(at=at, trigger="rearm", before="halted", after="stopped")
    return [*cleared, rearmed] if cleared else []


def _objection(settings: Settings, request: Request, place: Place) -> str:
    standing = Latch(settings.storage.directory).standing()
    lifts = request.command.terms.lifts
    if request.command is Command.REARM and standing is None and not _has_halts(place):
        return "expected a halt or an order to end, found neither; nothing was done"
    if lifts and standing is not None and standing.command not in lifts:
        ends = "rearm" if standing.command is Command.ESTOP else "start"
        return f"expected nothing stronger to stand, found {standing.words}; use {ends}"
    return ""


def _has_halts(place: Place) -> bool:
    with closing(Ledger.open(place)) as ledger:
        return bool(ledger.halts())


def _carry_out(settings: Settings, request: Request, place: Place) -> Answer:
    command = request.command
    if command is Command.REARM:
        Latch(settings.storage.directory).ease(request)
        step = Step("no entry until it is started, also after a restart", is_confirmed=True)
    elif command.terms.lifts:
        Latch(settings.storage.directory).lift()
        step = Step("nothing that was ordered stands any more", is_confirmed=True)
    else:
        step = latch(settings, request)
    remaining = write_down(place, request)
    steps = [step, Step("written in the journal", is_confirmed=True)]
    text = "no bot runs: the next `lottogrid run` finds it"
    if command in {Command.CANCEL, Command.FLATTEN}:
        steps.append(Step("nothing works or is held", is_confirmed=not remaining, detail="; ".join(remaining)))
        if remaining:
            text = (
                "no bot runs, so nothing is cancelled or sold: `lottogrid run` does it first, or use `lottogrid estop`"
            )
    return answered(request, tuple(steps), remaining, text)


def _records(ledger: Ledger, request: Request) -> list[Record]:
    last = ledger.journal(after_seq=ledger.last_sequence() - 1, limit=1)
    # In the bot's own time, which may be that of another day.
    at = last[0].at if last else SystemClock().now()
    said = f"{request.command.value} by {request.by} ({request.via}): while no bot ran [{request.id}]"
    records: list[Record] = [Noted(at=at, actor="operator", kind="command", text=said)]
    if request.command is Command.REARM:
        return [*records, *rearming(ledger, at, request.by)]
    if request.command is Command.ESTOP:
        records.append(HaltSet(at=at, reason=Reason.EMERGENCY_STOP, detail=f"by {request.by} ({request.via})"))
    row = ledger.engine()
    life = ENGINE.life(EngineState(row.state) if row else EngineState.STOPPED)
    reason = Reason.EMERGENCY_STOP if request.command is Command.ESTOP else Reason.OPERATOR
    for trigger in _TRIGGERS[request.command]:
        if life.can(trigger):
            move = life.fire(trigger)
            records.append(
                EngineMoved(at=at, trigger=trigger, before=move.before.value, after=move.after.value, reason=reason)
            )
    return records

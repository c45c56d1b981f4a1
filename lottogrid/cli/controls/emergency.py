"""`lottogrid estop`: asks the bot, and where it does not confirm, goes past it to the broker."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

from lottogrid.brokers.ib.port import make_port
from lottogrid.brokers.ib.settings import IbSettings
from lottogrid.brokers.takeover import Leg, NotConnected, Takeover, TakingOver
from lottogrid.cli.controls import offline, whereabouts
from lottogrid.cli.controls.latching import latch
from lottogrid.cli.options import ledger_path, ledger_place
from lottogrid.cli.wiring import ib_settings_of
from lottogrid.clock import SystemClock, real_seconds
from lottogrid.control.channel import ask
from lottogrid.control.commands import Answer, Request, Step, answered
from lottogrid.control.record import CommandRecord
from lottogrid.errors import LottogridError, Missing
from lottogrid.ledger.database import exists
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.lock import LedgerLock, holder
from lottogrid.market.contracts import spec_of
from lottogrid.settings import Settings

Tell = Callable[[str], None]
CLIENT_IDS = (991, 992, 993, 994)
"""Tried in turn: none of them is the bot's, which may still hold its own."""
_IS_TAKEN = "client id is taken"
TO_LET_GO = 1.0
"""Real seconds after the latch, in which what the bot had in hand leaves and is seen."""
PAST_THE_BOT = 40.0
"""Real seconds for cancelling and selling past the bot."""


def stop(settings: Settings, request: Request, within: float | None, tell: Tell) -> Answer:
    """Stop everything and return what is confirmed; the bot has `within` real seconds, then this process does it."""
    path = ledger_path(settings)
    if holder(path) is not None:
        try:
            answer = ask(settings.storage.directory, request, within)
        except LottogridError as error:
            tell(f"the bot does not confirm: {error}")
        else:
            if answer.is_done:
                return answer
            missing = [step for step in answer.steps if step.is_vital and not step.is_confirmed]
            tell(f"the bot has not confirmed: {'; '.join(f'{step.what}: {step.detail}' for step in missing)}")
    record = CommandRecord(settings.storage.directory)
    past = replace(request, id=f"{request.id}past")
    record.begin(past)
    answer = _past_the_bot(settings, past, tell)
    record.end(answer)
    return answer


def _past_the_bot(settings: Settings, request: Request, tell: Tell) -> Answer:
    latched = latch(settings, request, is_taken_over=True)
    tell(f"latched: {latched.detail or 'the bot sends nothing any more'}" if latched.is_confirmed else latched.detail)
    threading.Event().wait(TO_LET_GO)
    journal = _write_down(settings, request)
    found = whereabouts.load(settings.storage.directory)
    if found is not None and found.is_inside and holder(ledger_path(settings)) is None:
        return _exchange_is_gone(settings, request, (latched, journal))
    ib = ib_settings_of(settings) if found is None else found.connection
    try:
        done = _take_over(settings, ib, tell)
    except (NotConnected, LottogridError) as error:
        reached = Step("the broker was reached", is_confirmed=False, detail=f"{ib.host}:{ib.port}: {error}")
        text = "nothing was cancelled or sold: use the broker's own screen now"
        return answered(request, (latched, journal, reached), _words(settings), text)
    text = (
        "the bot takes what was sold here into its ledger when it compares the books; then `lottogrid rearm`"
        if done.sold
        else ""
    )
    return answered(request, (latched, journal, *done.steps), done.left, text)


def _take_over(settings: Settings, ib: IbSettings, tell: Tell) -> Takeover:
    spec = spec_of(settings.market.instrument)
    clock = SystemClock()
    deadline = real_seconds() + PAST_THE_BOT
    why = NotConnected("no client id is free")
    for client_id in (number for number in CLIENT_IDS if number != ib.client_id):
        ours = replace(ib, client_id=client_id, state_file=ib.state_file.with_name(f"{ib.state_file.name}-{client_id}"))
        port = make_port(ours, spec, clock)
        try:
            return TakingOver(port, spec, clock, _legs(settings), tell=tell).run(deadline - real_seconds())
        except NotConnected as error:
            tell(f"client id {client_id}: {error}")
            why = error
        finally:
            port.join(TO_LET_GO)
        if real_seconds() >= deadline or _IS_TAKEN not in str(why):
            break
    raise why


def _exchange_is_gone(settings: Settings, request: Request, steps: tuple[Step, ...]) -> Answer:
    """Answer for the simulated exchange, which lived in a process that has ended: nothing can trade there now."""
    words = _words(settings)
    flat = Step("nothing works or is held", is_confirmed=not words, detail="; ".join(words))
    text = "the simulated exchange has ended with the bot: nothing trades; the next `lottogrid run` flattens first"
    return answered(request, (*steps, flat), words, text if words else "")


def _write_down(settings: Settings, request: Request) -> Step:
    """Latch it in the ledger too where nobody works on it; a bot that does reads the file instead."""
    path, place = ledger_path(settings), ledger_place(settings)
    what = "written in the journal"
    try:
        with LedgerLock(path):
            if not exists(place):
                return Step(what, is_confirmed=False, is_vital=False, detail="there is no ledger")
            offline.write_down(place, request)
    except Missing as error:
        detail = "the bot holds it; it reads the latch, now or later" if holder(path) else str(error)
        return Step(what, is_confirmed=False, is_vital=False, detail=detail)
    except (LottogridError, OSError) as error:
        return Step(what, is_confirmed=False, is_vital=False, detail=str(error))
    return Step(what, is_confirmed=True, is_vital=False)


def _legs(settings: Settings) -> tuple[Leg, ...]:
    """Return what the ledger holds by its last word; nothing where it cannot be read, as the broker's word counts."""
    try:
        with closing(Ledger.open_read_only(ledger_place(settings))) as ledger:
            positions = ledger.open_positions()
    except LottogridError:
        return ()
    return tuple(
        Leg(
            position_id=position.position_id,
            number=leg.plan.number,
            contract=leg.plan.contract,
            held=leg.held,
        )
        for position in positions
        for leg in position.legs
        if leg.held > 0
    )


def _words(settings: Settings) -> tuple[str, ...]:
    try:
        with closing(Ledger.open_read_only(ledger_place(settings))) as ledger:
            return offline.left(ledger)
    except LottogridError as error:
        return (f"orders and holdings unknown: {error}",)

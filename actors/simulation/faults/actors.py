"""F1 to F9: what can happen to an actor."""

from __future__ import annotations

from copy import copy
from datetime import timedelta
from typing import TYPE_CHECKING

from actors import messages as m
from actors.runtime.cell import Cell
from actors.simulation.chaos import POSITION, Arm, Moment, Planted
from actors.simulation.faults.base import Fault, on_actor
from lottogrid.alerts.codes import AlertCode

if TYPE_CHECKING:
    from actors.simulation.plan import Strike
    from actors.simulation.world import World

ACTORS = (
    m.CLOCK,
    m.NOTIFIER,
    m.TRADING,
    m.LEDGER,
    m.BROKER,
    m.MARKET_DATA,
    m.RISK,
    m.ENGINE,
    m.STRATEGIST,
    m.POSITIONS,
    POSITION,
    POSITION,
)
_WORKERS = tuple(name for name in ACTORS if name not in {m.TRADING, m.POSITIONS})
_BURST = 200
_HUNG_FOR = timedelta(seconds=30)
_HARMLESS: dict[str, object] = {
    m.CLOCK: m.TellSession(m.RISK),
    m.LEDGER: m.RecallOpenPositions(m.POSITIONS),
    m.BROKER: m.TellBrokerState(m.ENGINE),
    m.MARKET_DATA: m.TellQuotes((), m.STRATEGIST),
    m.RISK: m.BookChanged(),
    m.ENGINE: m.TellBrokerState(m.ENGINE),
    m.POSITIONS: m.OpenPositionsRecalled(()),
    m.STRATEGIST: m.TellBook(m.STRATEGIST),
    m.NOTIFIER: m.Alarm(AlertCode.TEST, "a burst"),
}


def _die(cell: Cell) -> None:
    raise Planted(f"{cell.name} dies by plan")


def _leave(cell: Cell) -> None:
    raise SystemExit(f"{cell.name} calls sys.exit by plan")


def crash_before(world: World, strike: Strike) -> None:
    """Raise before the victim's next handler."""
    world.chaos.arm(Arm("F1", strike.victim, Moment.BEFORE, _die))


def crash_after(world: World, strike: Strike) -> None:
    """Raise when the effects of the victim's next message are out."""
    world.chaos.arm(Arm("F2", strike.victim, Moment.AFTER, _die))


def crash_in_start(world: World, strike: Strike) -> None:
    """Raise in the victim's next start; to have one, it is killed first where it lives."""
    world.chaos.arm(Arm("F3", strike.victim, Moment.START, _die))
    if strike.victim != POSITION:
        world.kill(strike.victim)


def crash_in_stop(world: World, strike: Strike) -> None:
    """Raise in the victim's `on_stop`, when what it leans on fails."""
    cell = world.living(strike.victim)
    if cell is None or cell.actor is None:
        return

    def fail() -> None:
        world.struck("F4")
        raise Planted(f"{strike.victim} dies in on_stop by plan")

    cell.actor.on_stop = fail  # type: ignore[method-assign]
    world.kill(m.LEDGER)


def base_exception(world: World, strike: Strike) -> None:
    """Raise what is no Exception in the victim's next handler."""
    world.chaos.arm(Arm("F5", strike.victim, Moment.BEFORE, _leave))


def hang(world: World, strike: Strike) -> None:
    """Let the victim hang until it is given up; what it still says then must not be heard.

    Under virtual time supervisors do not look for hung children, so that the simulation gives them up in their place,
    after the time that the child specs name.
    """
    process, cell = world.process, world.living(strike.victim)
    if process is None or cell is None:
        return
    if strike.variant == 0:
        process.hold(cell, _HUNG_FOR + timedelta(seconds=1))
        world.later(_HUNG_FOR, lambda: _give_up(world, cell))
    else:
        # Given up in the middle of a message, of which the rest is done and said all the same.
        world.chaos.arm(Arm("F6", strike.victim, Moment.BEFORE, lambda hung: process.fence(hung, "hung by plan")))


def _give_up(world: World, cell: Cell) -> None:
    process = world.process
    if process is None or cell.ending or not process.is_held(cell):
        return
    world.struck("F6")
    process.fence(cell, "hung by plan")
    process.send(m.RISK, m.BookChanged(), sender=cell)


def slow(world: World, strike: Strike) -> None:
    """Give the victim no turn for a while."""
    cell = world.living(strike.victim)
    if world.process is not None and cell is not None:
        world.process.hold(cell, timedelta(seconds=strike.size))
        world.struck("F7")


def burst(world: World, strike: Strike) -> None:
    """Fill the victim's mailbox with harmless messages."""
    if world.process is not None and world.living(strike.victim) is not None:
        world.struck("F8")
        for _ in range(_BURST):
            world.process.send(strike.victim, copy(_HARMLESS[strike.victim]))


def poison(world: World, strike: Strike) -> None:
    """Kill the victim at each of its next messages: few heal, many are given up."""
    world.chaos.arm(Arm("F9", strike.victim, Moment.BEFORE, _die, times=2 + strike.variant))


FAULTS = (
    Fault(
        id="F1",
        name="crash before the handler",
        sentence="an actor dies with a message unhandled",
        where="around a message",
        strike=crash_before,
        draw=on_actor(*ACTORS),
        rough=0.5,
        hell=0.8,
    ),
    Fault(
        id="F2",
        name="crash after the effects",
        sentence="an actor dies when its message has had its effects",
        where="around a message",
        strike=crash_after,
        draw=on_actor(*ACTORS),
        rough=0.5,
        hell=0.8,
    ),
    Fault(
        id="F3",
        name="crash in on_start",
        sentence="an actor dies while it starts",
        where="around a start",
        strike=crash_in_start,
        draw=on_actor(*ACTORS),
        rough=0.1,
        hell=0.25,
    ),
    Fault(
        id="F4",
        name="crash in on_stop",
        sentence="an actor raises while it is stopped because another failed",
        where="on_stop",
        strike=crash_in_stop,
        draw=on_actor(m.BROKER, m.MARKET_DATA, m.RISK, m.ENGINE, m.STRATEGIST),
        rough=0.0,
        hell=0.15,
    ),
    Fault(
        id="F5",
        name="BaseException",
        sentence="a handler calls sys.exit",
        where="around a message",
        strike=base_exception,
        draw=on_actor(*ACTORS),
        rough=0.0,
        hell=0.2,
    ),
    Fault(
        id="F6",
        name="hang",
        sentence="an actor hangs, is given up, and speaks again",
        where="turns of an actor; the fence",
        strike=hang,
        draw=on_actor(*_WORKERS, variants=2),
        rough=0.0,
        hell=0.25,
    ),
    Fault(
        id="F7",
        name="slow",
        sentence="an actor handles nothing for a while",
        where="turns of an actor",
        strike=slow,
        draw=on_actor(*_WORKERS, least=0.2, most=28),
        rough=0.2,
        hell=0.4,
    ),
    Fault(
        id="F8",
        name="mailbox burst",
        sentence=f"{_BURST} messages at once",
        where="a mailbox",
        strike=burst,
        draw=on_actor(*_HARMLESS),
        rough=0.0,
        hell=0.1,
    ),
    Fault(
        id="F9",
        name="crash loop",
        sentence="an actor dies at each of its next messages, two to nine times",
        where="around a message",
        strike=poison,
        draw=on_actor(*ACTORS, variants=8),
        rough=0.0,
        hell=0.15,
    ),
)

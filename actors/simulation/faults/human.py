"""F45 and F46: what people do."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from actors import messages as m
from actors.simulation.faults.base import Fault, lasting
from lottogrid.risk.reasons import Reason

if TYPE_CHECKING:
    from actors.simulation.plan import Strike
    from actors.simulation.world import World

_BACK_AFTER = timedelta(seconds=2)
_STOPS: tuple[tuple[object, frozenset[str]], ...] = (
    (m.Halt(Reason.OPERATOR, "kill switch"), frozenset({"halted"})),
    (m.FlattenAll(), frozenset({"flattening", "stopped", "halted"})),
    (m.StopEngine(), frozenset({"stopped", "halted"})),
    (m.PauseEntries(), frozenset({"paused", "stopped", "halted"})),
)
"""Commands, and the states of the engine in which the operator is content."""
_LOOKS_AFTER = timedelta(seconds=5)
_OTHER_SETTINGS = (
    ("strategy.profit_target_multiplier", ("1.3", "3")),
    ("risk.max_trades_per_day", ("1", "8")),
    ("risk.max_open_trades", ("1", "5")),
    ("risk.min_time_between_trades", ("1", "3")),
    ("strategy.quantity", ("1", "2")),
    ("strategy.max_premium_per_strangle", ("50", "500")),
)


def stop_trading(world: World, strike: Strike) -> None:
    """Give a command that ends entries, whatever state the engine is in; later let it go on, or restart the process."""
    if world.process is None or world.living(m.ENGINE) is None:
        return
    world.struck("F45")
    insist(world, *_STOPS[strike.variant // 2])
    later = timedelta(seconds=strike.size)
    if strike.variant % 2:
        world.later(later, lambda: go_on(world))
    else:
        # What was commanded must outlive the process.
        world.later(later / 4, lambda: world.stop_process(restart_after=_BACK_AFTER))


def insist(world: World, command: object, content: frozenset[str]) -> None:
    """Give a command until it is obeyed: where the engine was just dead, the operator sees that nothing happened."""
    world.operator_wants = content

    def give() -> None:
        if world.operator_wants is content and world.books.engine not in content:
            world.command(command)
            world.later(_LOOKS_AFTER, give)

    world.command(command)
    world.later(_LOOKS_AFTER, give)


def go_on(world: World) -> None:
    """Let a person look, and start the engine again."""
    world.operator_wants = frozenset()
    for command in (m.Rearm("operator"), m.ResumeEntries(), m.StartEngine()):
        world.command(command)


def other_settings(world: World, strike: Strike) -> None:
    """Stop the process, and start it with other settings."""
    if world.process is None:
        return
    chance = Random(strike.number)  # noqa: S311 - a draw of settings, no secret
    key, values = _OTHER_SETTINGS[strike.variant]
    world.struck("F46")
    world.change_settings(f"{key}={chance.choice(values)}")
    world.stop_process(restart_after=timedelta(seconds=strike.size))


FAULTS = (
    Fault(
        id="F45",
        name="kill switch",
        sentence="the operator halts, flattens, stops or pauses, in whatever state",
        where="the engine's mailbox",
        strike=stop_trading,
        draw=lasting(20, 200, variants=8),
        rough=0.1,
        hell=0.25,
    ),
    Fault(
        id="F46",
        name="configuration change",
        sentence="the process is restarted with other settings while it trades",
        where="the settings",
        strike=other_settings,
        draw=lasting(0.5, 10, variants=len(_OTHER_SETTINGS)),
        rough=0.05,
        hell=0.15,
    ),
)

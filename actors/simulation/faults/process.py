"""F10 to F13: what can happen to the process."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from actors.simulation.faults.base import Fault, lasting
from lottogrid.errors import Missing
from lottogrid.ledger.lock import LedgerLock

if TYPE_CHECKING:
    from actors.simulation.plan import Strike
    from actors.simulation.world import World


def kill_at_commit(world: World, strike: Strike) -> None:
    """Kill the process before, in the middle of, or after its next commit."""
    world.disk.arm_power_cut(strike.variant, strike.size)


def terminate(world: World, strike: Strike) -> None:
    """Stop the process in good order while it trades."""
    if world.process is not None:
        world.struck("F11")
        world.stop_process(restart_after=timedelta(seconds=strike.size))


def restart_on_another_day(world: World, strike: Strike) -> None:
    """Kill the process, and start it again on the next trading day."""
    del strike
    if world.process is not None and len(world.setting.sessions) > 1:
        world.struck("F12")
        world.skip_to_next_session()


def second_instance(world: World, strike: Strike) -> None:
    """Try to work on the same ledger beside the running process."""
    del strike
    if world.process is None:
        return
    lock = LedgerLock(world.ledger_path)
    world.struck("F13")
    try:
        lock.acquire()
    except Missing:
        return
    lock.release()
    world.violate("I14", "a second process was let at the ledger")


FAULTS = (
    Fault(
        id="F10",
        name="kill -9 at a write boundary",
        sentence="the process ends before, within or after a commit",
        where="the ledger's commit",
        strike=kill_at_commit,
        draw=lasting(0.5, 30, variants=3),
        rough=0.3,
        hell=0.5,
    ),
    Fault(
        id="F11",
        name="SIGTERM",
        sentence="the process is stopped in order while it trades, and started again",
        where="the root of the tree",
        strike=terminate,
        draw=lasting(0.5, 30),
        rough=0.1,
        hell=0.2,
    ),
    Fault(
        id="F12",
        name="restart on another day",
        sentence="the process is killed and comes back on the next trading day",
        where="the process",
        strike=restart_on_another_day,
        draw=lasting(0, 0),
        rough=0.1,
        hell=0.3,
        any_session=False,
    ),
    Fault(
        id="F13",
        name="second instance",
        sentence="a second process wants to work on the ledger",
        where="the ledger's lock",
        strike=second_instance,
        draw=lasting(0, 0),
        rough=0.05,
        hell=0.1,
    ),
)

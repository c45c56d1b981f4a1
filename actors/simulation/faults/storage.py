"""F40 to F44: what can happen to the ledger's file."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from actors.simulation.faults.base import Fault, lasting

if TYPE_CHECKING:
    from actors.simulation.plan import Strike
    from actors.simulation.world import World


def disk_full(world: World, strike: Strike) -> None:
    """Let the file grow no more."""
    world.disk.fill_until(world.now() + timedelta(seconds=strike.size))


def locked(world: World, strike: Strike) -> None:
    """Let another process hold the write lock."""
    world.disk.lock_for(timedelta(seconds=strike.size))


def torn(world: World, strike: Strike) -> None:
    """Let the disk fail in the middle of the next transaction that has more than one record."""
    world.disk.arm_torn_write(strike.variant)


def older_backup(world: World, strike: Strike) -> None:
    """Take a backup now; bring it back a little later, over what was written since."""
    world.take_backup()
    world.later(timedelta(seconds=strike.size), world.restore_backup)


def schema_mismatch(world: World, strike: Strike) -> None:
    """Stop the process, and start it on a file of a newer schema; a person puts it right."""
    if world.process is not None:
        world.struck("F44")
        world.start_on_newer_schema(timedelta(seconds=strike.size))


FAULTS = (
    Fault(
        id="F40",
        name="disk full",
        sentence="the file cannot grow: SQLite refuses the commit",
        where="the ledger's file",
        strike=disk_full,
        draw=lasting(0.5, 20),
        rough=0.0,
        hell=0.15,
    ),
    Fault(
        id="F41",
        name="database locked",
        sentence="another process holds the write lock longer than SQLite waits",
        where="the ledger's file",
        strike=locked,
        draw=lasting(0.5, 20),
        rough=0.0,
        hell=0.15,
    ),
    Fault(
        id="F42",
        name="torn transaction",
        sentence="the disk fails in the middle of a transaction, which is rolled back",
        where="the ledger's commit",
        strike=torn,
        draw=lasting(0, 0, variants=2),
        rough=0.05,
        hell=0.2,
    ),
    Fault(
        id="F43",
        name="older backup restored",
        sentence="the file is replaced by a backup of some minutes ago",
        where="the ledger's file",
        strike=older_backup,
        draw=lasting(30, 240),
        rough=0.0,
        hell=0.05,
    ),
    Fault(
        id="F44",
        name="schema mismatch",
        sentence="the file was written by a newer lottogrid; a person puts it right",
        where="the ledger's file",
        strike=schema_mismatch,
        draw=lasting(1, 30),
        rough=0.0,
        hell=0.04,
    ),
)

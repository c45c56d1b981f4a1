"""The disk under the ledger: full, locked, torn, or without power at the worst moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from actors.simulation.storage import PowerCut, TornWrite, WatchedLedger, lock
from lottogrid.ledger.records import Record

if TYPE_CHECKING:
    from actors.simulation.world import World

_BEFORE, _WITHIN, _AFTER = range(3)
_SQLITE_WAITS = 5000


class FaultyDisk:
    """What happens to the commits of one world, process after process."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.commits = 0
        self.opened: list[WatchedLedger] = []
        """Files open in the present process."""
        self._cut: tuple[int, float] | None = None
        self._torn: int | None = None
        self._full_until: datetime | None = None
        self._release: Callable[[], None] | None = None
        self.cut_at: int | None = None
        """Number of the commit (from 1) after which the power goes, once; for a walk over all of them."""

    # --- what is armed

    def arm_power_cut(self, where: int, back_after: float) -> None:
        """Kill the process at its next commit: before (0), within (1) or after it (2)."""
        self._cut = (where, back_after)

    def arm_torn_write(self, record: int) -> None:
        """Fail before record `record` (from 0) of the next transaction that has as many."""
        self._torn = record

    def fill_until(self, instant: datetime) -> None:
        """Let no file grow until then."""
        self._full_until = instant

    def lock_for(self, delay: timedelta) -> None:
        """Hold the write lock for so long."""
        if self._release is None:
            self._release = lock(self._world.ledger_path)
            self._world.later(delay, self.unlock)

    def unlock(self) -> None:
        """Give the write lock back."""
        if self._release is not None:
            self._release()
            self._release = None

    def heal(self) -> None:
        """End everything that is in force."""
        self._cut = self._torn = None
        self._full_until = None
        self.unlock()

    def open(self) -> WatchedLedger:
        """Open the world's ledger."""
        ledger = WatchedLedger.on(self, self._world.ledger_path)
        self.opened.append(ledger)
        return ledger

    def close_all(self) -> None:
        """Close what a dead process left open; what it had not committed is rolled back."""
        for ledger in self.opened:
            ledger.close()
        self.opened.clear()

    # --- what the ledger asks

    @property
    def _is_full(self) -> bool:
        return self._full_until is not None and self._world.now() < self._full_until

    def before_commit(self, ledger: WatchedLedger) -> None:
        """Make the file as full or as locked as it is; end the process where that is armed."""
        if self._full_until is not None:
            ledger.set_limit(0 if self._is_full else 1 << 30)
        if self._release is not None:
            ledger.wait_for_locks(0)
        if self._cut is not None and self._cut[0] == _BEFORE:
            self._power_cut()

    def within_commit(self, number: int) -> None:
        """Fail in the middle, or end the process there."""
        if self._torn == number:
            self._torn = None
            self._world.struck("F42")
            raise TornWrite(5, "Input/output error by plan")
        if self._cut is not None and self._cut[0] == _WITHIN:
            self._power_cut()

    def after_commit(self, applied: Sequence[Record]) -> None:
        """Let the world see what lasts; end the process where that is armed."""
        self.commits += 1
        self._world.on_committed(applied)
        if self._cut is not None and self._cut[0] == _AFTER:
            self._power_cut()
        if self.cut_at == self.commits:
            self.cut_at = None
            self._cut = (_AFTER, 1.0)
            self._power_cut()

    def failed_commit(self, error: Exception) -> None:
        """Count what the disk refused."""
        text = str(error)
        if "full" in text and self._is_full:
            self._world.struck("F40")
        elif "locked" in text and self._release is not None:
            self._world.struck("F41")

    def _power_cut(self) -> None:
        assert self._cut is not None
        back_after = timedelta(seconds=self._cut[1])
        self._cut = None
        self._world.struck("F10")
        self._world.doom(back_after)
        raise PowerCut("killed by plan")

"""The simulated machine: on it a process is started, killed, stopped and given another file."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from actors import messages as m
from actors.runtime.cell import Cell
from actors.runtime.messages import Down
from actors.simulation.books import Books
from actors.simulation.chaos import POSITION, Chaos, Planted
from actors.simulation.clock import SkewedClock
from actors.simulation.disk import FaultyDisk
from actors.simulation.exchange import FaultyExchange
from actors.simulation.invariants import Invariants
from actors.simulation.line import FaultyLine
from actors.simulation.options import House
from actors.simulation.process import Onlooker, Process
from actors.simulation.storage import pretend_schema
from actors.simulation.swarm import Setting
from actors.tree import root
from lottogrid.ledger.backup import backup
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.lock import LedgerLock
from lottogrid.ledger.models import SCHEMA_VERSION
from lottogrid.ledger.records import HaltSet
from lottogrid.market.contracts import OptionContract
from lottogrid.market.sessions import Session
from lottogrid.risk.reasons import Reason

MINUTE = timedelta(minutes=1)
SOON = timedelta(seconds=5)
_PERSON_COMES = timedelta(seconds=20)
"""After how long a person looks at a process that has given up, and starts it again."""


class Host(Onlooker, ABC):
    """What a world has of processes: one at a time, its file, its lock and its clock.

    A life ends by a kill, in good order, or because the tree gives up; the next one begins on the same file.
    """

    exchange: FaultyExchange
    line: FaultyLine
    disk: FaultyDisk
    chaos: Chaos
    invariants: Invariants
    machine_clock: SkewedClock
    starts: datetime

    def __init__(self, house: House, setting: Setting, ledger_path: Path, seed: int) -> None:
        self.house = house
        self.setting = setting
        self.settings = setting.settings
        self.ledger_path = ledger_path
        self.process: Process | None = None
        self.lives = 0
        self.books = Books()
        self.session_number = 0
        self.is_calm = False
        self.was_away: set[int] = set()
        """Numbers of the sessions over whose flatten time the process or its link was not there."""
        self.operator_wants: frozenset[str] = frozenset()
        """States of the engine of which the operator has ordered one; empty where trading may go on."""
        self.halts_expected: list[tuple[datetime, str]] = []
        """Since when and why a person is needed: then a halt and an alarm must follow."""
        self.books_may_differ = False
        """Something happened that no bot can repair."""
        self.disputed: set[OptionContract] = set()
        """Of which contracts the books then speak differently."""
        self.gave_up_unsaid = 0
        """Ends of the process that could not be written down."""
        self.is_file_foreign = False
        """Whether the ledger's file was written by a newer program."""
        self._seed = seed
        self._overrides = list(setting.overrides)
        self._lent: Ledger | None = None
        self._doomed_for: timedelta | None = None
        self._root_down: Down | None = None
        self._is_skipping = False
        self._repair_schema: Callable[[], None] = lambda: None

    @property
    @abstractmethod
    def session(self) -> Session:
        """The session that is played, or comes next."""

    @abstractmethod
    def now(self) -> datetime:
        """Return true time."""

    @abstractmethod
    def struck(self, fault: str) -> None:
        """Count a fault that struck."""

    @abstractmethod
    def at(self, instant: datetime, action: Callable[[], None]) -> None:
        """Let something happen outside of the process at an instant of true time."""

    def later(self, delay: timedelta, action: Callable[[], None]) -> None:
        """Let something happen outside of the process after `delay` of true time."""
        self.at(self.now() + delay, action)

    def expect_halt(self, why: str, *, books_differ: bool = False) -> None:
        """From here on a person is needed: silence would be a violation."""
        self.halts_expected.append((self.now(), why))
        self.books_may_differ = self.books_may_differ or books_differ

    # --- what is in the process

    def living(self, name: str) -> Cell | None:
        """Return the living incarnation of an actor; of the positions the first."""
        if self.process is None:
            return None
        cells = self.process.cells
        found = [cells[name]] if name in cells else []
        if name == POSITION:
            found = [cell for key, cell in cells.items() if key.startswith("LG-")]
        return next((cell for cell in found if not cell.ending and cell.begun), None)

    def kill(self, name: str) -> None:
        """Kill an actor between two messages."""
        cell = self.living(name)
        if self.process is not None and cell is not None and cell.actor is not None:
            cell.error = Planted(f"{name} killed by plan")
            cell.actor.end_life()

    def command(self, message: object) -> None:
        """Give the engine a command."""
        if self.process is not None:
            self.invariants.commanded(message)
            self.process.send(m.ENGINE, message)

    def change_settings(self, override: str) -> None:
        """Let the next process run with another value."""
        self._overrides.append(override)
        self.settings = self.house.settings(self._overrides)

    def correct_clock(self) -> None:
        """Put the machine's clock right again."""
        self.machine_clock.error = timedelta(0)

    # --- its lives

    def start_process(self) -> None:
        """Start the process: the lock, then the tree."""
        if self.process is not None or self._is_skipping:
            return
        self.lives += 1
        clock = self.machine_clock
        process = Process(clock, seed=self._seed * 100 + self.lives, interference=self.chaos, onlooker=self)
        process.on_orphan_down = self._on_root_down
        self._lock = LedgerLock(self.ledger_path)
        self._lock.acquire()
        self.process = process
        self._root_down = None
        self.invariants.process_started()
        parts = self.house.parts(self.settings, self.disk.open, self.line.connect, self.starts)
        self._root = process.spawn(m.ROOT, lambda: root(parts))

    def _on_root_down(self, down: Down) -> None:
        self._root_down = down

    def stop_process(self, restart_after: timedelta) -> None:
        """Stop the process in good order; the machine starts it again."""
        process = self.process
        if process is None:
            return
        self._stop(process)
        self._leave(restart_after)

    def _stop(self, process: Process) -> None:
        self.invariants.process_stopping()
        process.terminate(self._root, SOON)
        self.invariants.process_stopped(process)

    def doom(self, back_after: timedelta) -> None:
        """Kill the process in the middle of a step: its driver throws it away before the next."""
        if self.process is not None:
            self.process.doomed = True
            self.line.hang_up()
            self._doomed_for = back_after

    def _leave(self, restart_after: timedelta | None) -> None:
        """Throw the process away."""
        self.line.hang_up()
        self.process = None
        self.disk.close_all()
        self._lock.release()
        self._doomed_for = None
        self.chaos.disarm()
        if restart_after is not None:
            self.later(restart_after, self.start_process)

    def skip_to_next_session(self) -> None:
        """Kill the process and let it come back before the next session."""
        following = self.setting.sessions[self.session_number + 1]
        self.was_away.add(self.session_number)
        self._leave(None)
        self._is_skipping = True

        def come_back() -> None:
            self._is_skipping = False
            self.start_process()

        self.at(following.bars[0].start - MINUTE, come_back)

    def take_backup(self) -> None:
        """Copy the ledger as it is now."""
        target = self.ledger_path.with_name("backup.sqlite")
        target.unlink(missing_ok=True)
        self.disk.unlock()
        backup(self.ledger_path, target)

    def restore_backup(self) -> None:
        """Stop the process, put the backup in the ledger's place, start again."""
        if self.process is None or self.is_calm:
            return
        self.struck("F43")
        self.disk.unlock()
        self.stop_process(SOON)
        for suffix in ("-wal", "-shm"):
            Path(f"{self.ledger_path}{suffix}").unlink(missing_ok=True)
        shutil.copyfile(self.ledger_path.with_name("backup.sqlite"), self.ledger_path)
        self.reread_books()
        unknown = set(self.exchange.orders) - set(self.books.intents)
        if unknown:
            self.disputed |= {self.exchange.orders[ref].intent.contract for ref in unknown}
            self.expect_halt(f"a backup was restored that lacks {len(unknown)} orders", books_differ=True)

    @contextmanager
    def reading(self) -> Iterator[Ledger]:
        """Lend the file, opened for reading beside the process; within a lending it is not opened again."""
        if self._lent is not None:
            yield self._lent
            return
        self._lent = Ledger.open_read_only(self.ledger_path)
        try:
            yield self._lent
        finally:
            self._lent.close()
            self._lent = None

    def reread_books(self) -> None:
        """Fold the journal of the file anew."""
        with self.reading() as ledger:
            self.books = Books.read(ledger)

    def start_on_newer_schema(self, repaired_after: timedelta) -> None:
        """Stop the process and start it on a file of another schema, which a person repairs some time later."""
        self.disk.unlock()
        self.stop_process(timedelta(seconds=1))
        self._repair_schema = pretend_schema(self.ledger_path, SCHEMA_VERSION + 1)
        self.is_file_foreign = True
        self.later(repaired_after, self.repair_schema)

    def repair_schema(self) -> None:
        """Let a person put the right file back; a process that died on it is started anew."""
        if self.is_file_foreign:
            self._stop_at_once()
            self._repair_schema()
            self.is_file_foreign = False
            self.start_process()

    def _stop_at_once(self) -> None:
        if self.process is not None:
            self._leave(None)

    def cut_across_flatten(self, lasts: timedelta) -> None:
        """Let the link be down over the flatten time of the session."""
        session = self.session
        number = self.session_number
        self.was_away.add(number)

        def cut() -> None:
            if self.line.connected_at is not None:
                self.struck("F14")
            self.line.cut_by = "F14"
            self.line.cut_until = self.now() + lasts

        self.at(session.day.flatten - SOON, cut)

    def _give_up(self, down: Down) -> None:
        """The tree has given up: the process ends with an error, a person is told and starts it again."""
        self.disk.close_all()
        halt = HaltSet(at=self.now(), reason=Reason.RESTART_INTENSITY, detail=down.error or "no error")
        try:
            self.disk.open().commit([halt])
        except Exception:  # noqa: BLE001 - a file that cannot be written: the exit code is all that tells of it
            self.gave_up_unsaid += 1
        self._leave(_PERSON_COMES)

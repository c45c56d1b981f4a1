"""The work of `lottogrid run`: one paper day, from the lock on its ledger to its result."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from actors.runtime.messages import Down
from lottogrid import __version__
from lottogrid.cli import logs
from lottogrid.cli.desk import Desk
from lottogrid.cli.display import Show, display
from lottogrid.cli.options import ledger_path
from lottogrid.cli.output import console, moment
from lottogrid.cli.page import page
from lottogrid.cli.paperday import Account, Asked, PaperDay, choose
from lottogrid.cli.report import Result
from lottogrid.cli.worlds import world_of
from lottogrid.clock import SystemClock, new_york, real_seconds, trading_date
from lottogrid.errors import BadInput, Missing, NeedsOperator
from lottogrid.exchange.store import Store
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.lock import LedgerLock
from lottogrid.ledger.records import EngineMoved, HaltCleared, HaltSet, Record, RunStarted
from lottogrid.risk.reasons import Reason
from lottogrid.settings import Settings
from lottogrid.trades import trades

LOOK_EVERY = 0.25
"""Real seconds between two looks at the whole."""
ACCOUNT = "SIMULATED"


def play(settings: Settings, asked: Asked) -> Result:
    """Play the day that is asked for to its end, or until a signal asks to stop.

    Raises:
        BadInput: the settings, the bars, the day or the ledger are not what they should be, or another process works
            on the ledger.
        Missing: a file is absent, or the page's port is taken.
        NeedsOperator: the supervision tree gave up.
    """
    if settings.mode.trade_mode != "paper":
        raise BadInput("mode.trade_mode: expected paper, found live; this version of `run` trades on paper only")
    logs.to_terminal("WARNING")
    path = ledger_path(settings)
    account = path.with_name("paper.sqlite")
    with _lock(path) as lock:
        recorded = _last_recorded(path)
        today = trading_date(SystemClock().now())
        day = choose(asked, settings, Account.read(account), today=today, recorded=recorded)
        run = _Run(settings, day, path, real_seconds(), asked.rearm, asked.broker)
        if day.is_over:
            _say(f"The session of {day.date} is over; nothing is started, this is how it went.")
            return run.result(is_finished=True)
        with closing(Store(account)) as store:
            return run.play(lock, store)


@dataclass(frozen=True, slots=True)
class _Run:
    settings: Settings
    day: PaperDay
    ledger: Path
    began: float
    rearm: bool
    broker: str

    def play(self, lock: LedgerLock, store: Store) -> Result:
        world = world_of(self.broker, self.settings, self.day, store)
        desk = Desk(self.settings, self.day, self.ledger, world)
        with logs.files(self.settings, desk.runtime.clock):
            end = self._trade(desk, lock, store)
        if isinstance(end, Down):
            self._record_halt(end, desk.runtime.clock.now())
            raise NeedsOperator(
                f"run: expected {end.name} to live, found it ended: {end.error or 'without an error'}; halted: see "
                f"{self.settings.log_directory / 'errors.log'}, then run again with --rearm: the day goes on"
            )
        if end is None:
            return self.result(is_finished=True, desk=desk)
        stopped = f"{new_york(desk.runtime.clock.now()):%H:%M:%S} ET"
        _say(f"Stopped at {stopped} by {end}; the same command goes on from there, with what is held still held.")
        return self.result(is_finished=False)

    def _trade(self, desk: Desk, lock: LedgerLock, store: Store) -> Down | str | None:
        """Keep everything alive until an end: the session's (None), a death, or a signal."""
        try:
            with page(self.settings, desk) as url, _signals(desk):
                # Nothing is written down before the page has its port, the last thing that can be refused.
                lock.announce(url)
                _say(self._greeting(url))
                self._record_start(store)
                desk.start()
                with display(console(error=True), url) as show:
                    return _watch(desk, show)
        finally:
            desk.stop()

    def result(self, *, is_finished: bool, desk: Desk | None = None) -> Result:
        with closing(Ledger.open(self.ledger)) as ledger:
            return Result(
                settings=self.settings,
                feed=self.day.feed,
                trades=trades(ledger.positions(self.day.date)),
                faults=desk.day_end(ledger).faults if desk else [],
                seconds=real_seconds() - self.began,
                more={
                    "date": self.day.date.isoformat(),
                    "finished": is_finished,
                    "open_positions": len(ledger.open_positions()),
                    "ledger": str(self.ledger),
                },
            )

    def _record_start(self, store: Store) -> None:
        store.put(self.day.date.isoformat(), self.day.market)
        store.flush()
        simulator = self.settings.simulator
        started = RunStarted(
            at=self.day.starts_at,
            mode=self.settings.mode.trade_mode,
            account=ACCOUNT,
            settings_hash=self.settings.hash,
            version=__version__,
            detail=f"{self.day.date}, {self.day.feed.name}, profile {simulator.profile}, speed {simulator.speed:g}",
        )
        with closing(Ledger.open(self.ledger)) as ledger:
            ledger.commit([started])
            if self.rearm:
                ledger.commit(self._rearming(ledger))
            for halt in ledger.halts():
                why = f"{halt.reason.value}: {halt.detail}"
                _say(f"Halted since {moment(halt.at)}: {why}. No entry before a run with --rearm.")

    def _rearming(self, ledger: Ledger) -> list[Record]:
        """Return what a person's word does: every halt ends, and the engine may be started."""
        at, halts = self.day.starts_at, ledger.halts()
        reasons = dict.fromkeys(halt.reason for halt in halts)
        rearmed = EngineMoved(at=at, trigger="rearm", before="halted", after="stopped")
        cleared = [HaltCleared(at=at, reason=reason, by="operator") for reason in reasons]
        return [*cleared, rearmed] if cleared else []

    def _record_halt(self, end: Down, at: datetime) -> None:
        """Latch: what could not be kept alive is not started again before a person has looked."""
        detail = end.error or f"{end.name} ended without an error"
        with closing(Ledger.open(self.ledger)) as ledger:
            ledger.commit([HaltSet(at=at, reason=Reason.RESTART_INTENSITY, detail=detail)])

    def _greeting(self, url: str) -> str:
        day, speed = self.day, self.settings.simulator.speed
        verb = "goes on" if day.is_continued else "begins"
        shown = f" The page is {url}." if url else ""
        begins = f"{day.date} ({day.feed.name}) {verb} at {new_york(day.starts_at):%H:%M:%S} ET"
        return f"{begins}, {speed:g} times as fast as the clock.{shown} Ctrl-C stops in order."


def _watch(desk: Desk, show: Show) -> Down | str | None:
    while True:
        view = desk.look()
        show(view)
        if desk.is_over(view):
            return None
        if (end := desk.wait(LOOK_EVERY)) is not None:
            return end


def _say(text: str) -> None:
    console(error=True).print(text, soft_wrap=True)


@contextmanager
def _lock(path: Path) -> Iterator[LedgerLock]:
    lock = LedgerLock(path)
    try:
        lock.acquire()
    except Missing as error:
        # Nothing is out of reach here: this command was given once too often.
        raise BadInput(str(error)) from error
    try:
        yield lock
    finally:
        lock.release()


def _last_recorded(path: Path) -> datetime | None:
    if not path.exists():
        return None
    with closing(Ledger.open(path)) as ledger:
        last = ledger.journal(after_seq=ledger.last_sequence() - 1, limit=1)
        return last[0].at if last else None


@contextmanager
def _signals(desk: Desk) -> Iterator[None]:
    """Let the first Ctrl-C or SIGTERM ask for an orderly stop; while that is under way a second one breaks off."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, lambda found, _: desk.ask_to_stop(signal.Signals(found).name))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

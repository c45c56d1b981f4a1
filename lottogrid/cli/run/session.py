"""The work of `lottogrid run`: one day, from the lock on its ledger to its result."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from actors.runtime.messages import Down
from lottogrid import __version__
from lottogrid.alerts.codes import AlertCode
from lottogrid.cli import logs
from lottogrid.cli.controls.offline import rearming
from lottogrid.cli.controls.serving import controller_of, serving
from lottogrid.cli.controls.whereabouts import Whereabouts, save
from lottogrid.cli.options import ledger_path, ledger_place
from lottogrid.cli.output import console, moment
from lottogrid.cli.results import Result
from lottogrid.cli.run.alerting import Alerting, alerting
from lottogrid.cli.run.desk import Desk
from lottogrid.cli.run.display import Show, display
from lottogrid.cli.run.ledger import last_recorded, locked, refuse_another_account
from lottogrid.cli.run.page import page
from lottogrid.cli.run.paperday import IB, Account, Asked, PaperDay, choose
from lottogrid.cli.run.sd_reporter import reporting
from lottogrid.cli.run.winding_down import wind_down
from lottogrid.cli.run.worlds import Stage, ThroughGateway
from lottogrid.clock import ScaledClock, SystemClock, new_york, real_seconds, trading_date
from lottogrid.control.latch import Latch
from lottogrid.errors import BadInput, NeedsOperator
from lottogrid.exchange.store import Store
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.lock import LedgerLock
from lottogrid.ledger.place import Place
from lottogrid.ledger.records import HaltSet, Record, RunStarted
from lottogrid.risk.reasons import Reason
from lottogrid.service.notify import ServiceManager
from lottogrid.settings import Settings
from lottogrid.trades import trades

LOOK_EVERY = 0.25
"""Real seconds between two looks at the whole."""
ACCOUNT = "SIMULATED"
"""Whose books a ledger keeps that was traded on the exchange inside this program."""


def play(settings: Settings, asked: Asked) -> Result:
    """Play the day that is asked for to its end, or until a signal asks to stop.

    Raises:
        BadInput: the settings, the bars, the day or the ledger are not what they should be, or another process works
            on the ledger or trades the account.
        Missing: a file or the broker's gateway is absent, or the page's port is taken.
        NeedsOperator: the supervision tree gave up.
    """
    if asked.broker != IB and settings.mode.trade_mode != "paper":
        raise BadInput("mode.trade_mode: expected paper, found live; real money is traded with --broker ib only")
    logs.to_terminal("WARNING")
    path = ledger_path(settings)
    with locked(path) as lock:
        return (_at_broker if asked.broker == IB else _on_paper)(settings, asked, path, lock)


def _on_paper(settings: Settings, asked: Asked, path: Path, lock: LedgerLock) -> Result:
    place = ledger_place(settings)
    refuse_another_account(place, ACCOUNT)
    account = path.with_name("paper.sqlite")
    today = trading_date(SystemClock().now())
    day = choose(asked, settings, Account.read(account), today=today, recorded=last_recorded(place))
    run = _Run(settings, day, path, place, real_seconds(), asked.rearm)
    if day.is_over:
        return run.how_it_went()

    def remember() -> None:
        store.put(day.date.isoformat(), day.market)
        store.flush()

    with closing(Store(account)) as store:
        world = ThroughGateway(settings, day, store)
        clock = ScaledClock(day.starts_at, settings.simulator.speed)  # which goes from now on
        return run.play(lock, Stage(world=world, clock=clock, account=ACCOUNT, remember=remember))


def _at_broker(settings: Settings, asked: Asked, path: Path, lock: LedgerLock) -> Result:
    from lottogrid.cli.run.ib.day import stage_of  # noqa: PLC0415 - the client library takes a moment

    began = real_seconds()
    place = ledger_place(settings)
    day, stage = stage_of(settings, asked, last_recorded(place))
    refuse_another_account(place, stage.account)
    run = _Run(settings, day, path, place, began, asked.rearm)
    return run.how_it_went() if day.is_over else run.play(lock, stage)


@dataclass(frozen=True, slots=True)
class _Run:
    settings: Settings
    day: PaperDay
    ledger: Path
    place: Place
    began: float
    rearm: bool

    def how_it_went(self) -> Result:
        over = f"The session of {self.day.date} is over; nothing is started, this is how it went."
        _say(over)
        _service_manager().ready(over)  # a service that ends without a word would count as failed
        return self.result(is_finished=True)

    def play(self, lock: LedgerLock, stage: Stage) -> Result:
        ordered = Latch(self.ledger.parent).standing
        desk = Desk(
            self.settings, self.day, self.ledger, stage.world, place=self.place, clock=stage.clock, ordered=ordered
        )
        with logs.files(self.settings, stage.clock), alerting(self.settings) as alerts:
            end = self._trade(desk, lock, stage, alerts)
            self._record_end(end, desk.runtime.clock.now(), alerts)
        if isinstance(end, Down):
            raise NeedsOperator(
                f"run: expected {end.name} to live, found it ended: {end.error or 'without an error'}; halted: see "
                f"{self.settings.log_directory / 'errors.log'}, then run again with --rearm: the day goes on"
            )
        if end is None:
            return self.result(is_finished=True, desk=desk)
        stopped = f"{new_york(desk.runtime.clock.now()):%H:%M:%S} ET"
        result = self.result(is_finished=False)
        held = "with what is held still held" if result.more["open_positions"] else "with nothing held"
        _say(f"Stopped at {stopped} by {end}; the same command goes on from there, {held}.")
        return result

    def _trade(self, desk: Desk, lock: LedgerLock, stage: Stage, alerts: Alerting) -> Down | str | None:
        """Keep everything alive until an end: the session's (None), a death, or a signal."""
        try:
            controller = controller_of(desk.runtime, self.ledger, self.place)
            with page(self.settings, desk, controller) as url, serving(controller, self.ledger), _signals(desk):
                # Nothing is written down before the page has its port, the last thing that can be refused.
                lock.announce(url)
                _say(self._greeting(url, stage.clock.speed))
                stage.remember()
                self._record_start(stage)
                desk.start()
                self._tell_whereabouts(stage)
                with (
                    display(console(error=True), url) as show,
                    reporting(desk, alerts.showing(show, desk.runtime.send), _service_manager()) as report,
                ):
                    end = _watch(desk, report)
                    if isinstance(end, str):
                        wind_down(desk, report, self.settings.session.on_stop)
                    return end
        finally:
            desk.stop()

    def result(self, *, is_finished: bool, desk: Desk | None = None) -> Result:
        with closing(Ledger.open(self.place)) as ledger:
            return Result(
                settings=self.settings,
                feed=self.day.feed,
                trades=trades(ledger.positions(self.day.date)),
                faults=desk.faults(ledger) if desk else [],
                seconds=real_seconds() - self.began,
                more={
                    "date": self.day.date.isoformat(),
                    "finished": is_finished,
                    "open_positions": len(ledger.open_positions()),
                    "ledger": str(self.place),
                },
            )

    def _record_start(self, stage: Stage) -> None:
        started = RunStarted(
            at=self.day.starts_at,
            mode=self.settings.mode.trade_mode,
            account=stage.account,
            settings_hash=self.settings.hash,
            version=__version__,
            detail=self._detail(stage.clock.speed),
        )
        with closing(Ledger.open(self.place)) as ledger:
            ledger.commit([started])
            if self.rearm:
                Latch(self.ledger.parent).lift()
                ledger.commit(rearming(ledger, self.day.starts_at, "operator"))
            for halt in ledger.halts():
                why = f"{halt.reason.value}: {halt.detail}"
                _say(f"Halted since {moment(halt.at)}: {why}. No entry before `lottogrid rearm`.")
        if (standing := Latch(self.ledger.parent).standing()) is not None:
            _say(f"Ordered: {standing.words}. It stands until it is lifted.")

    def _tell_whereabouts(self, stage: Stage) -> None:
        """Let an emergency stop find the broker where this process does not answer."""
        save(self.ledger.parent, Whereabouts(stage.world.connection, is_inside=self.day.broker != IB))

    def _detail(self, speed: float) -> str:
        on_paper = "" if self.day.broker == IB else f"profile {self.settings.simulator.profile}, "
        return f"{self.day.date}, {self.day.feed.name}, broker {self.day.broker}, {on_paper}speed {speed:g}"

    def _record_end(self, end: Down | str | None, at: datetime, alerts: Alerting) -> None:
        """Tell of the day; latch what could not be kept alive: it is not started again before a person has looked."""
        records: list[Record | None] = []
        if isinstance(end, Down):
            detail = end.error or f"{end.name} ended without an error"
            records.append(HaltSet(at=at, reason=Reason.RESTART_INTENSITY, detail=detail))
            records.append(alerts.tell(AlertCode.ACTORS_GAVE_UP, detail, at))
        elif end is None:
            records.append(alerts.day_ended())
        if wanted := [record for record in records if record is not None]:
            with closing(Ledger.open(self.place)) as ledger:
                ledger.commit(wanted)

    def _greeting(self, url: str, speed: float) -> str:
        day = self.day
        verb = "goes on" if day.is_continued else "begins"
        shown = f" The page is {url}." if url else ""
        begins = f"{day.date} ({day.feed.name}) {verb} at {new_york(day.starts_at):%H:%M:%S} ET"
        money = "REAL MONEY: " if self.settings.mode.trade_mode == "live" else ""
        pace = "" if speed == 1 else f", {speed:g} times as fast as the clock"
        return f"{money}{begins}{pace}.{shown} Ctrl-C stops in order."


def _watch(desk: Desk, show: Show) -> Down | str | None:
    while True:
        view = desk.look()
        show(view)
        if desk.is_over(view):
            # A fast day can be over before the death of its actors was heard of.
            end = desk.wait(0)
            return end if isinstance(end, Down) else None
        if (end := desk.wait(LOOK_EVERY)) is not None:
            return end


def _service_manager() -> ServiceManager:
    return ServiceManager.of(os.environ, os.getpid())


def _say(text: str) -> None:
    console(error=True).print(text, soft_wrap=True)


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

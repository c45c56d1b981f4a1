"""The recorder actor: writes down what the page would show, so that any moment of the day can be looked at again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

from loguru import logger

from actors import messages as m
from actors.ledger_view import LedgerView
from actors.runtime.actor import Actor
from actors.runtime.runtime import Timer
from actors.supervision.spec import ChildSpec, Directive
from actors.supervision.supervisor import Supervisor
from actors.view import View, look
from actors.view_form import change, whole
from lottogrid.alerts.codes import AlertCode
from lottogrid.clock import NEW_YORK, trading_date
from lottogrid.errors import LottogridError
from lottogrid.flight.file import FlightWriter
from lottogrid.market.contracts import ContractSpec

CHAIN = 60
"""Frames from one whole picture to the next: what a look back has to read at most."""
MOST_BYTES = 512 * 1024 * 1024
"""What the file may hold; the oldest moments go first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often a picture is taken. Real time; the clock's own under virtual time."""

    glance: timedelta = timedelta(milliseconds=250)
    """How often the recorder looks whether the journal has a new row; then it takes a picture."""
    longest: timedelta = timedelta(seconds=1)
    """From one picture to the next at most."""
    retry: timedelta = timedelta(minutes=1)
    """After the disk has refused one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Where to record, and what of the process."""

    path: Path
    spec: ContractSpec
    header: Callable[[timedelta], str]
    """Tells of the process, given the clock's time after which silence means that nothing was recorded."""
    keep: timedelta
    """How long a moment is kept."""
    pace: Pace = Pace()
    look: Callable[..., View] = look


@dataclass(frozen=True, slots=True)
class Glance:
    """Take a picture if something has happened, or the last one is old."""


class Recorder(Actor):
    """Thread: its own. Nobody sends it anything; it reads what the others show and asks nobody.

    A disk that refuses costs the past from then on, one alarm, and nothing else: it is tried again once a minute. A
    crash costs the moments until the restart, which begins with a whole picture.
    """

    def __init__(self, recording: Recording) -> None:
        super().__init__()
        self._recording = recording
        self._writer: FlightWriter | None = None
        self._last: View | None = None
        self._length = 0
        """Of the chain that is being written, frames."""
        self._is_failing = False
        self._next: Timer | None = None

    def on_start(self) -> None:
        """Look soon; the disk is touched only then, so that nobody waits for it."""
        self._glance_after(self._recording.pace.glance)

    def on_receive(self, message: object) -> None:
        """Look."""
        if not isinstance(message, Glance):
            return
        pace = self._recording.pace
        try:
            if self._is_due():
                self._record(self._recording.look(self.runtime, self._recording.spec))
        except (LottogridError, OSError) as error:
            self._fail(str(error))
            self._glance_after(pace.retry)
        else:
            self._glance_after(pace.glance)

    def on_stop(self) -> None:
        """Take a last picture: those who trade are stopped after this."""
        if self._writer is not None and not self.cell.fenced:
            try:
                self._record(self._recording.look(self.runtime, self._recording.spec))
            except (LottogridError, OSError) as error:
                self._fail(str(error))

    def release(self) -> None:
        """Close the file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _glance_after(self, delay: timedelta) -> None:
        if self._next is not None:
            self._next.cancel()
        self._next = self.after(self.patience(delay), Glance())

    def _is_due(self) -> bool:
        last = self._last
        if last is None or self.now() - last.at >= self.patience(self._recording.pace.longest):
            return True
        shown = self.runtime.board.get(m.LEDGER)
        return isinstance(shown, LedgerView) and shown.sequence != last.sequence

    def _record(self, view: View) -> None:
        writer = self._writer or self._open(view)
        last = self._last
        if last is None or self._length >= CHAIN or trading_date(last.at) != trading_date(view.at):
            writer.append(view.at, view.sequence, whole(view), is_whole=True)
            writer.forget(view.at - self._recording.keep, most_bytes=MOST_BYTES)
            self._length = 0
        elif (body := change(last, view)) is not None:
            writer.append(view.at, view.sequence, body, is_whole=False)
        self._length += 1
        self._last = view
        if self._is_failing:
            self._is_failing = False
            logger.info("recording again")

    def _open(self, view: View) -> FlightWriter:
        silence = 5 * self.patience(self._recording.pace.longest)
        self._writer = FlightWriter(self._recording.path, self._recording.header(silence))
        midnight = datetime.combine(trading_date(view.at) + timedelta(days=1), time.min, NEW_YORK)
        self._writer.supersede(view.at, midnight)
        return self._writer

    def _fail(self, why: str) -> None:
        """Begin anew with the next picture: nobody knows how much of this one was written."""
        self._last = None
        self.release()
        if not self._is_failing:
            self._is_failing = True
            logger.warning("not recording: {}", why)
            self.send(m.NOTIFIER, m.Alarm(AlertCode.RECORDING_FAILED, f"nothing is recorded: {why}"))


def recording_spec(recording: Recording) -> ChildSpec:
    """Return the recorder below a supervisor of its own, which starts it again however often it fails.

    So nothing that happens to it counts against those who trade.
    """
    child = ChildSpec(name=m.RECORDER, factory=lambda: Recorder(recording))
    return ChildSpec(name=m.FLIGHT, factory=lambda: Supervisor([child], directives={BaseException: Directive.RETRY}))

"""The notifier actor: alarms to the journal, the log and the page; what carries them further reads what it shows."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from loguru import logger

from actors import messages as m
from actors.runtime.actor import Actor
from actors.runtime.messages import Repeated
from lottogrid.alerts.codes import AlertCode, Severity
from lottogrid.alerts.standing import Alarms, Standing
from lottogrid.ledger.records import AlarmAcknowledged, AlarmRaised, Record

_LEVELS = {Severity.INFO: "INFO", Severity.WARNING: "WARNING", Severity.CRITICAL: "ERROR"}


@dataclass(frozen=True, slots=True)
class AlarmsView:
    """The latest alarms, newest last, and what stands of them: one entry a code, the most severe first."""

    alarms: tuple[tuple[datetime, m.Alarm], ...]
    standing: tuple[Standing, ...] = ()


class Notifier(Actor):
    """Keeps the last alarms, and which of them a person has seen.

    A crash loses nothing: alarms last over it, and the next incarnation goes on with what this one has shown. An alarm
    that was in hand comes once more, and is raised again unless it was shown: what was shown is on its way to the
    journal, and what is sent outside is read from what is shown.
    """

    def __init__(self) -> None:
        super().__init__()
        self._latest: deque[tuple[datetime, m.Alarm]] = deque(maxlen=50)
        self._alarms = Alarms()

    def on_start(self) -> None:
        """Go on with what was shown; a later incarnation asks what stands. At first the ledger says so by itself."""
        shown = self.runtime.board.get(self.name)
        if isinstance(shown, AlarmsView):
            self._latest.extend(shown.alarms)
            self._alarms.take_recalled(shown.standing)
        self._show()
        if self.cell.generation > 1:
            self.send(m.LEDGER, m.RecallAlarms(self.name))

    def on_receive(self, message: object) -> None:
        """Write an alarm or an acknowledgement down and show it."""
        match message:
            case Repeated(m.Alarm() as alarm):
                if not any(shown is alarm for _, shown in self._latest):
                    self._on_alarm(alarm)
            case m.Alarm():
                self._on_alarm(message)
            case m.AcknowledgeAlarms(codes=codes, by=by) | Repeated(m.AcknowledgeAlarms(codes=codes, by=by)):
                self._acknowledge(codes, by)
            case m.AlarmsRecalled(standing=standing):
                self._alarms.take_recalled(standing)
        self._show()  # last: an alarm that is shown is taken for written

    def _on_alarm(self, alarm: m.Alarm) -> None:
        now = self.now()
        logger.log(_LEVELS[alarm.code.severity], "alarm {}: {}", alarm.code.name, alarm.text)
        self._latest.append((now, alarm))
        self._alarms.take_raised(alarm.code, alarm.text, now)
        if not alarm.is_written:
            self._write(AlarmRaised(at=now, code=alarm.code, text=alarm.text))

    def _acknowledge(self, codes: tuple[AlertCode, ...], by: str) -> None:
        for code in codes:
            if self._alarms.take_acknowledged(code, by, self.now()):
                logger.info("alarm {} acknowledged by {}", code.name, by)
                self._write(AlarmAcknowledged(at=self.now(), code=code, by=by))

    def _write(self, record: Record) -> None:
        self.send(m.LEDGER, m.CommitAlarm(self.name, (record,)))

    def _show(self) -> None:
        self.publish(AlarmsView(tuple(self._latest), self._alarms.all()))

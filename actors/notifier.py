"""The notifier actor: alarms to the journal, the log and the page."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from loguru import logger

from actors import messages as m
from actors.runtime.actor import Actor
from lottogrid.ledger.records import Noted


@dataclass(frozen=True, slots=True)
class AlarmsView:
    """The latest alarms, newest last."""

    alarms: tuple[tuple[datetime, m.Alarm], ...]


class Notifier(Actor):
    """Keeps the last alarms. A crash loses the list on the page; the journal has them all."""

    def __init__(self) -> None:
        super().__init__()
        self._alarms: deque[tuple[datetime, m.Alarm]] = deque(maxlen=50)

    def on_start(self) -> None:
        """Show an empty list."""
        self.publish(AlarmsView(()))

    def on_receive(self, message: object) -> None:
        """Write an alarm down and show it."""
        match message:
            case m.Alarm():
                now = self.now()
                logger.log("ERROR" if message.urgent else "WARNING", "alarm: {}", message.text)
                self._alarms.append((now, message))
                self.publish(AlarmsView(tuple(self._alarms)))
                note = Noted(at=now, actor=self.name, kind="alarm", text=message.text)
                self.send(m.LEDGER, m.Commit(self.name, (note,)))

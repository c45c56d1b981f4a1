"""What of the alarms leaves this machine: each trouble once, reminders of what nobody has seen, and never a flood."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from lottogrid.alerts.codes import ALERTS, AlertCode, Severity
from lottogrid.alerts.standing import Standing
from lottogrid.clock import new_york

HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Message:
    """What a person gets."""

    severity: Severity
    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Who is disturbed for what. Real time."""

    least: Severity = Severity.WARNING
    """Nothing less severe is sent; news of the day have a switch of their own."""
    repeat_seconds: float = 1800.0
    """A trouble that lasts is sent again at most so often; a critical one that nobody acknowledges, so often."""
    per_hour: int = 20
    """More messages in an hour are held back, but for the first of a critical trouble."""


@dataclass(frozen=True, slots=True)
class _Sent:
    standing: Standing
    at: float


class Throttle:
    """Decides, asked again and again with what stands, what is to be sent now."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._sent: dict[AlertCode, _Sent] = {}
        self._hour: deque[float] = deque()
        self._withheld: set[tuple[AlertCode, int]] = set()

    def due(self, standing: Iterable[Standing], now: float) -> list[Message]:
        """Return the messages to be sent at `now`, real seconds."""
        while self._hour and now - self._hour[0] >= HOUR:
            self._hour.popleft()
        return [self._send(each, now) for each in standing if self._is_due(each, now)]

    def _is_due(self, found: Standing, now: float) -> bool:
        if found.acknowledged_at is not None or found.code.severity.rank < self._policy.least.rank:
            return False
        is_critical = found.code.severity is Severity.CRITICAL
        sent = self._sent.get(found.code)
        is_new = sent is None or sent.standing.first_at != found.first_at
        if is_new and is_critical:
            return True
        if not is_new and not self._is_worth_repeating(found, now):
            return False
        if len(self._hour) >= self._policy.per_hour:
            self._withheld.add((found.code, found.count))
            return False
        return True

    def _is_worth_repeating(self, found: Standing, now: float) -> bool:
        sent = self._sent[found.code]
        is_critical = found.code.severity is Severity.CRITICAL
        if is_critical and found.text != sent.standing.text:
            return True
        return now - sent.at >= self._policy.repeat_seconds and (is_critical or found.count > sent.standing.count)

    def _send(self, found: Standing, now: float) -> Message:
        self._sent[found.code] = _Sent(found, now)
        self._hour.append(now)
        message = message_of(found, withheld=len(self._withheld))
        self._withheld.clear()
        return message


def message_of(found: Standing, *, withheld: int = 0) -> Message:
    """Return what a person is told of an alarm; `withheld` messages before it were held back."""
    alert = ALERTS[found.code]
    lines = [found.text, "", alert.text, f"What to do: {alert.action}", f"Runbook: docs/runbook/{found.code.value}.md"]
    if found.count > 1:
        lines.insert(1, f"{found.count} times since {new_york(found.first_at):%H:%M:%S} ET.")
    if withheld:
        lines.append(f"{withheld} messages before this one were held back; the page and the journal have all alarms.")
    severity = found.code.severity
    title = f"lottogrid {severity.value.upper()}: {found.code.name}, {new_york(found.last_at):%H:%M:%S} ET"
    return Message(severity, title, "\n".join(lines))

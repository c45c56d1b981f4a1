"""Alerts of a run: what the watch sees goes to the notifier, what the notifier shows goes out to a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from loguru import logger

from actors import messages as m
from actors.figures import figures
from actors.view import View
from actors.watch import Watch
from lottogrid.alerts.codes import AlertCode, Severity
from lottogrid.alerts.courier import Courier
from lottogrid.alerts.outside import lanes
from lottogrid.alerts.standing import Standing
from lottogrid.alerts.throttle import Policy, Throttle, message_of
from lottogrid.alerts.urls import urls_of
from lottogrid.cli.output import money
from lottogrid.cli.run.display import Show
from lottogrid.clock import real_seconds
from lottogrid.ledger.records import AlarmRaised
from lottogrid.settings import Settings

CLOSE_WITHIN = 10.0
"""Real seconds that the last messages have to leave, before the process ends without them."""

Send = Callable[[str, object], None]
"""Sends a message to the actor of a name."""


class Alerting:
    """Watches a run and carries its alarms away. Nothing here can stop the bot: other threads do what may hang."""

    def __init__(self, courier: Courier, policy: Policy, *, summarises: bool) -> None:
        self._watch = Watch()
        self._courier = courier
        self._throttle = Throttle(policy)
        self._summarises = summarises
        self._seen: View | None = None

    def showing(self, show: Show, send: Send) -> Show:
        """Return `show`, which looks for alarms before."""

        def look_and_show(view: View) -> None:
            try:
                self.look(view, send)
            except Exception:  # noqa: BLE001 - whoever only tells of trouble must not make any
                logger.exception("alerts: a look has failed")
            show(view)

        return look_and_show

    def look(self, view: View, send: Send) -> None:
        """Raise what the watch finds in `view`, and send what stands."""
        self._seen = view
        for alarm in self._watch.look(view):
            send(m.NOTIFIER, alarm)
        if view.alarms is not None:
            for message in self._throttle.due(view.alarms.standing, real_seconds()):
                self._courier.send(message)

    def day_ended(self) -> AlarmRaised | None:
        """Send the summary of the day, and return what the journal is to hold of it; None where none is wanted."""
        view = self._seen
        if view is None or not self._summarises:
            return None
        return self.tell(AlertCode.DAY_ENDED, summary(view), view.at)

    def tell(self, code: AlertCode, text: str, at: datetime) -> AlarmRaised:
        """Send an alarm when there is no notifier any more, and return what the journal is to hold of it."""
        self._courier.send(message_of(Standing(code=code, text=text, first_at=at, last_at=at)))
        return AlarmRaised(at=at, code=code, text=text)


@contextmanager
def alerting(settings: Settings) -> Iterator[Alerting]:
    """Yield what carries alarms away, as the settings say; at the end the last ones have some seconds to leave.

    Raises:
        BadInput: the file of addresses is readable by others, or holds what is none.
        Missing: there is no such file, or apprise is not installed.
    """
    courier = Courier(lanes(urls_of(settings.alerts.urls_file)))
    courier.start()
    try:
        yield Alerting(courier, policy_of(settings), summarises=settings.alerts.daily_summary)
    finally:
        courier.close(CLOSE_WITHIN)


def policy_of(settings: Settings) -> Policy:
    """Return who is disturbed for what."""
    alerts = settings.alerts
    return Policy(
        least=Severity(alerts.least_severity),
        repeat_seconds=timedelta(minutes=alerts.repeat_minutes).total_seconds(),
        per_hour=alerts.per_hour,
    )


def summary(view: View) -> str:
    """Return how the day went, in some lines."""
    sums = figures(view)
    trades = view.ledger.trades if view.ledger else ()
    won = sum(1 for trade in trades if trade.pnl is not None and trade.pnl > 0)
    restarts = sum(row.restarts for row in view.actors)
    alarms = len(view.alarms.alarms) if view.alarms else 0
    breaks = view.ledger.reconciled.breaks if view.ledger and view.ledger.reconciled else ()
    day = view.session.day.date.isoformat() if view.session else "the day"
    return "\n".join(
        [
            f"{day}: {money(sums.realised_usd)} realised.",
            f"{len(trades)} strangles closed, {won} of them won; {len(view.open_positions)} still open.",
            f"Alarms: {alarms}. Restarts of actors: {restarts}. "
            + (f"The books differ: {'; '.join(breaks)}" if breaks else "The books agree."),
        ]
    )

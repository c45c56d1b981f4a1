"""Watches the picture of the bot for trouble that no single actor sees, and says it once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from actors import messages as m
from actors.figures import figures
from actors.view import View
from lottogrid.alerts.codes import AlertCode
from lottogrid.orders import OrderState
from lottogrid.risk.reasons import Reason
from machines.connection import ConnectionState
from machines.session import SessionState

PRICE_OLD = timedelta(minutes=3)
"""Of the underlying; where bars come once a minute, two of them are missing."""
LASTS = timedelta(minutes=1)
"""How long a link may be away, and an order unknown: both happen, and pass by themselves."""

_AT_WORK = {SessionState.TRADING, SessionState.EXITS_ONLY, SessionState.FLATTENING}


@dataclass(frozen=True, slots=True)
class _Trouble:
    name: str
    alarm: m.Alarm
    patience: timedelta = timedelta(0)
    """How long it must last before it is said."""


class Watch:
    """Looks at one view after the other; a trouble is said when it lasts, and again when it has been gone."""

    def __init__(self) -> None:
        self._since: dict[str, datetime] = {}
        self._said: set[str] = set()
        self._restarts: dict[str, int] | None = None

    def look(self, view: View) -> list[m.Alarm]:
        """Return the alarms that are due with `view`, which must not be older than the one before."""
        troubles = {trouble.name: trouble for trouble in _troubles(view)}
        self._since = {name: self._since.get(name, view.at) for name in troubles}
        self._said &= troubles.keys()
        due = [
            trouble
            for name, trouble in troubles.items()
            if name not in self._said and view.at - self._since[name] >= trouble.patience
        ]
        self._said |= {trouble.name for trouble in due}
        return [*(trouble.alarm for trouble in due), *self._restarted(view)]

    def _restarted(self, view: View) -> Iterator[m.Alarm]:
        """Name the actors that failed; those that were started again with one of them are not at fault."""
        before, self._restarts = self._restarts, {row.name: row.restarts for row in view.actors}
        for row in view.actors:
            if before is not None and row.restarts > before.get(row.name, 0):
                yield m.Alarm(AlertCode.ACTOR_RESTARTED, f"{row.name} was started again: {row.last_error}")


def _troubles(view: View) -> Iterator[_Trouble]:
    if view.session is not None and view.session.state in _AT_WORK:
        yield from _link(view)
        yield from _price(view)
    yield from _orders(view)
    if view.strategist is not None and Reason.LOSS_LIMIT in view.strategist.decision.refusals:
        worst = figures(view).worst_usd
        shown = "unknown" if worst is None else f"${worst:.2f}"
        yield _Trouble("loss limit", m.Alarm(AlertCode.LOSS_LIMIT, f"the day's worst loss is {shown} by now"))


def _link(view: View) -> Iterator[_Trouble]:
    if view.broker is not None and view.broker.state is not ConnectionState.READY:
        text = f"the link is {view.broker.state.value}: {view.broker.detail}"
        yield _Trouble("link", m.Alarm(AlertCode.LINK_LOST, text), LASTS)


def _price(view: View) -> Iterator[_Trouble]:
    age = figures(view).price_age
    if age is not None and age >= PRICE_OLD:
        text = f"the underlying's last price is {age.total_seconds():.0f} s old"
        yield _Trouble("price", m.Alarm(AlertCode.DATA_STALE, text))


def _orders(view: View) -> Iterator[_Trouble]:
    for row in view.open_positions:
        for leg in row.record.legs:
            for order in leg.orders:
                if order.state is OrderState.UNKNOWN:
                    ref = order.intent.ref
                    yield _Trouble(ref, m.Alarm(AlertCode.ORDER_UNKNOWN, f"the outcome of {ref} is not known"), LASTS)

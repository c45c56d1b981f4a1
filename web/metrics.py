"""The bot in numbers, as Prometheus reads them: `/metrics`. One table of names, made from one picture."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

from actors.figures import figures
from actors.view import View
from lottogrid.alerts.codes import AlertCode
from lottogrid.orders import OrderState
from lottogrid.positions import PositionState
from machines.connection import ConnectionState
from machines.engine import EngineState
from machines.session import SessionState
from web.about import About
from web.picture import Picture

PREFIX = "lottogrid_"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
POSITION = "position"
"""The label of all position actors together: one for each would be a new series for each strangle, for ever."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A name, and what it means. What is unknown has no sample."""

    name: str
    text: str
    labels: tuple[str, ...] = ()
    kind: str = "gauge"


METRICS = (
    Metric("lottogrid_info", "1, with what the process is.", ("version", "mode", "settings")),
    Metric("lottogrid_doubts", "Reasons not to believe the picture behind these numbers; 0 is good."),
    Metric("lottogrid_time_seconds", "The bot's own clock, seconds since 1970."),
    Metric("lottogrid_engine_state", "1 for the state of the engine, 0 for the others.", ("state",)),
    Metric("lottogrid_session_state", "1 for the state of the session, 0 for the others.", ("state",)),
    Metric("lottogrid_link_state", "1 for the state of the link to the broker, 0 for the others.", ("state",)),
    Metric("lottogrid_quote_age_seconds", "Age of the underlying's last price, by the bot's clock."),
    Metric("lottogrid_positions", "Strangles that are shown, by state.", ("state",)),
    Metric("lottogrid_orders", "Orders of these strangles, by state.", ("state",)),
    Metric("lottogrid_entries_today", "Strangles entered today."),
    Metric("lottogrid_premium_at_risk_dollars", "Premium of all that is open or on its way, with commissions to come."),
    Metric("lottogrid_pnl_dollars", "Gain of the day, realised or open at the bids.", ("kind",)),
    Metric("lottogrid_worst_loss_dollars", "What the day loses if all that is open expires worthless."),
    Metric("lottogrid_loss_limit_dollars", "What that may reach at most."),
    Metric("lottogrid_actor_up", "1 where the actor runs.", ("actor",)),
    Metric("lottogrid_actor_restarts_total", "Failures after which it was started again.", ("actor",), "counter"),
    Metric("lottogrid_actor_mailbox", "Messages that wait.", ("actor",)),
    Metric("lottogrid_actor_busy_seconds", "Real time that it has been at the message in hand; 0 idle.", ("actor",)),
    Metric("lottogrid_dead_letters_total", "Messages that reached nobody.", (), "counter"),
    Metric("lottogrid_ledger_sequence", "Number of the journal's last row."),
    Metric("lottogrid_books_agree", "1 where the last comparison with the broker's book found no difference."),
    Metric("lottogrid_books_age_seconds", "Age of that comparison, by the bot's clock."),
    Metric("lottogrid_alarms", "Times that it was raised since a person last looked.", ("code", "severity")),
    Metric("process_resident_memory_bytes", "Resident memory of the process; Linux."),
    Metric("process_virtual_memory_bytes", "Virtual memory of the process; Linux."),
    Metric("process_cpu_seconds_total", "Processor time of the process; Linux.", (), "counter"),
    Metric("process_open_fds", "Open files of the process; Linux."),
    Metric("process_max_fds", "Files that it may open; Linux."),
    Metric("process_start_time_seconds", "When the process began, seconds since 1970; Linux."),
)
"""All metrics. Those of the process have the names that every Prometheus client gives them."""

Sample = tuple[str, tuple[str, ...], float]
"""Name without prefix, values of the labels, value."""


def exposition(picture: Picture, about: About) -> bytes:
    """Return `picture` in Prometheus' text format."""
    from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest  # noqa: PLC0415

    registry = CollectorRegistry()
    registry.register(_Collector(picture, about))
    ProcessCollector(registry=registry)
    return generate_latest(registry)


class _Collector:
    """Hands the samples of a picture to the client library."""

    def __init__(self, picture: Picture, about: About) -> None:
        self._picture = picture
        self._about = about

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily  # noqa: PLC0415

        found = defaultdict[str, list[tuple[tuple[str, ...], float]]](list)
        for name, labels, value in samples(self._picture, self._about):
            found[PREFIX + name].append((labels, value))
        for metric in METRICS:
            if metric.name.startswith(PREFIX):
                kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
                family = kind(metric.name, metric.text, labels=metric.labels)
                for labels, value in found[metric.name]:
                    family.add_metric(labels, value)
                yield family


def samples(picture: Picture, about: About) -> Iterator[Sample]:
    """Yield every number of a picture; what is unknown is left out."""
    view = picture.view
    yield "info", (about.version, about.mode, about.settings_hash), 1
    yield "doubts", (), len(picture.doubts)
    yield "time_seconds", (), view.at.timestamp()
    yield from _state("engine_state", EngineState, view.engine.state if view.engine else None)
    yield from _state("session_state", SessionState, view.session.state if view.session else None)
    yield from _state("link_state", ConnectionState, view.broker.state if view.broker else None)
    yield from _counts(view)
    yield from _money(view)
    yield from _actors(view)
    yield from _books(view)
    for code in AlertCode:
        yield "alarms", (code.name, code.severity.value), _standing(view, code)


def _state(name: str, states: type[Enum], now: Enum | None) -> Iterator[Sample]:
    if now is not None:
        yield from ((name, (state.value,), float(state is now)) for state in states)


def _counts(view: View) -> Iterator[Sample]:
    positions = Counter(row.record.state for row in view.positions)
    orders = view.machines["order"]
    yield from (("positions", (state.value,), positions[state]) for state in PositionState)
    yield from (("orders", (state.value,), orders[state]) for state in OrderState)
    if view.risk is not None:
        yield "entries_today", (), view.risk.book.entries_today


def _money(view: View) -> Iterator[Sample]:
    sums = figures(view)
    if sums.price_age is not None:
        yield "quote_age_seconds", (), sums.price_age.total_seconds()
    known: tuple[tuple[str, tuple[str, ...], Decimal | None], ...] = (
        ("premium_at_risk_dollars", (), sums.at_risk_usd),
        ("pnl_dollars", ("realised",), sums.realised_usd),
        ("pnl_dollars", ("open",), sums.open_usd),
        ("worst_loss_dollars", (), sums.worst_usd),
        ("loss_limit_dollars", (), sums.limit_usd),
    )
    yield from ((name, labels, float(value)) for name, labels, value in known if value is not None)


def _actors(view: View) -> Iterator[Sample]:
    positions = {row.record.position_id for row in view.positions}
    restarts, mailbox, busy = Counter[str](), Counter[str](), defaultdict[str, float](float)
    up = dict[str, bool]()
    for row in view.actors:
        is_position = row.name in positions
        name = POSITION if is_position else row.name
        restarts[name] += row.restarts
        mailbox[name] += row.mailbox
        busy[name] = max(busy[name], row.busy_seconds or 0.0)
        # a position that is over has stopped by itself
        up[name] = up.get(name, True) and (row.state == "running" or (is_position and row.state == "stopped"))
    for name, is_up in up.items():
        yield "actor_up", (name,), float(is_up)
        yield "actor_restarts_total", (name,), restarts[name]
        yield "actor_mailbox", (name,), mailbox[name]
        yield "actor_busy_seconds", (name,), busy[name]
    yield "dead_letters_total", (), view.dead_letter_count


def _books(view: View) -> Iterator[Sample]:
    yield "ledger_sequence", (), view.sequence
    compared = view.ledger.reconciled if view.ledger else None
    if compared is not None:
        yield "books_agree", (), float(not compared.breaks)
        yield "books_age_seconds", (), (view.at - compared.at).total_seconds()


def _standing(view: View, code: AlertCode) -> int:
    standing = view.alarms.standing if view.alarms else ()
    return sum(each.count for each in standing if each.code is code and each.is_open)

"""Everything that the page shows, as text: made from one picture, so that no two places can disagree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from actors.figures import Figures, figures
from actors.view import View
from lottogrid.clock import new_york
from lottogrid.settings.kinds import show
from lottogrid.settings.model import FIELDS
from web import text
from web.about import About
from web.books import Books, books
from web.charts import Chart, profit_today
from web.diagrams import Drawn, machine_lines
from web.holdings import Holdings, holdings
from web.journal import Line, line
from web.orders import OrderLine, live_orders
from web.picture import Picture
from web.strip import Strip, strip
from web.timetravel import Journey
from web.tree import ActorLine, LetterLine, actor_lines, letter_lines
from web.why import Answer, answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A label, what it says, and what that means."""

    label: str
    value: str
    note: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmLine:
    """One alarm."""

    at: str
    text: str
    urgent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltLine:
    """One halt that stands."""

    since: str
    why: str
    detail: str
    ends: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The page."""

    at: str
    """ISO 8601 in New York: the picture's name."""
    clock: str
    sequence: int
    is_stale: bool
    doubts: tuple[str, ...]
    past: Journey | None
    """Of a page of the past; None where it shows the present."""
    strip: Strip
    why: Answer
    holdings: Holdings
    money: tuple[Row, ...]
    actors: tuple[ActorLine, ...]
    dead_letter_count: int
    dead_letters: tuple[LetterLine, ...]
    machines: tuple[Drawn, ...]
    decisions: tuple[Line, ...]
    journal: tuple[Line, ...]
    books: Books
    halts: tuple[HaltLine, ...]
    orders: tuple[OrderLine, ...]
    """Those that may still trade."""
    today: Chart | None
    """The day's profit and loss; None while the ledger has not reported."""
    alarms: tuple[AlarmLine, ...]
    settings: tuple[Row, ...]
    process: tuple[Row, ...]


def page(picture: Picture, about: About) -> Page:
    """Return the page of a picture."""
    view = picture.view
    sums = figures(view)
    return Page(
        at=new_york(view.at).isoformat(),
        clock=text.clock(view.at),
        sequence=view.sequence,
        is_stale=picture.is_stale,
        doubts=picture.doubts,
        past=picture.then.journey() if picture.then else None,
        strip=strip(view, sums, about),
        why=answer(view),
        holdings=holdings(view, about),
        money=tuple(_money(view, sums)),
        actors=actor_lines(view),
        dead_letter_count=view.dead_letter_count,
        dead_letters=letter_lines(view),
        machines=machine_lines(view),
        decisions=tuple(line(each, view.at) for each in reversed(view.ledger.decisions)) if view.ledger else (),
        journal=tuple(line(each, view.at) for each in reversed(view.ledger.tail)) if view.ledger else (),
        books=books(view),
        halts=_halts(view),
        orders=live_orders(view),
        today=profit_today(view, sums),
        alarms=_alarms(view),
        settings=_settings(about),
        process=_process(view, about),
    )


def _money(view: View, sums: Figures) -> list[Row]:
    rows = [
        Row(
            label="Today",
            value=text.gain(sums.day_usd),
            note="realised and open, before the commissions of sales to come",
            tone=text.tone(sums.day_usd),
        ),
        Row(label="Realised", value=text.gain(sums.realised_usd), note="closed contracts, less all commissions"),
        Row(label="Open", value=text.gain(sums.open_usd), note="what is held, at the bids"),
        Row(label="Premium at risk", value=text.money(sums.at_risk_usd), note="with commissions still to come"),
        Row(label="Worst case today", value=_negated(sums), note="if all that is open expires worthless"),
        Row(label="Loss limit", value=text.money(sums.limit_usd), note="entries that could pass it are refused"),
    ]
    if view.risk is not None:
        rows.append(Row(label="Day began with", value=text.money(view.risk.book.baseline_usd)))
        rows.append(_spacing(view))
    marks = view.ledger.equity.recent if view.ledger else ()
    if marks:
        rows.append(
            Row(
                label="Account",
                value=text.money(marks[-1].equity_usd),
                note=f"marked at the bids of {text.moment(marks[-1].at, view.at)} ET",
            )
        )
    return rows


def _negated(sums: Figures) -> str:
    return text.UNKNOWN if sums.worst_usd is None else text.gain(-sums.worst_usd)


def _spacing(view: View) -> Row:
    assert view.risk is not None
    last, wait = view.risk.book.last_entry_at, view.risk.limits.min_time_between
    if last is None:
        return Row(label="Last entry", value="none today")
    left = last + wait - view.at
    note = f"the next may come in {text.span(left)}" if left > timedelta(0) else "long enough ago for another"
    return Row(label="Last entry", value=f"{text.moment(last, view.at)} ET", note=note)


def _halts(view: View) -> tuple[HaltLine, ...]:
    return tuple(
        HaltLine(
            since=text.moment(halt.at, view.at),
            why=text.because(halt.reason),
            detail=halt.detail,
            ends=f"with the trading day {halt.trading_date}" if halt.trading_date else "when a person re-arms",
        )
        for halt in (view.ledger.halts if view.ledger else ())
    )


def _alarms(view: View) -> tuple[AlarmLine, ...]:
    if view.alarms is None:
        return ()
    return tuple(
        AlarmLine(at=text.moment(at, view.at), text=alarm.text, urgent=alarm.urgent)
        for at, alarm in reversed(view.alarms.alarms)
    )


@lru_cache(maxsize=4)
def _settings(about: About) -> tuple[Row, ...]:
    return tuple(
        Row(
            label=key,
            value=show(about.settings.value(key)),
            note=origin,
            tone="" if about.settings.value(key) == FIELDS[key].default else "set",
        )
        for key, origin in about.settings.origins.items()
    )


def _process(view: View, about: About) -> tuple[Row, ...]:
    return (
        Row(label="lottogrid", value=about.version),
        Row(label="settings", value=about.settings_hash),
        Row(label="started", value=f"{text.moment(about.started_at, view.at)} ET"),
        Row(label="journal row", value=str(view.sequence)),
    )

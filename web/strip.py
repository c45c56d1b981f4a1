"""The strip at the top: what must be seen within five seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from actors.figures import Figures
from actors.view import View
from lottogrid.alerts.codes import Severity
from lottogrid.calendar import NoTrading
from lottogrid.clock import new_york
from machines.connection import ConnectionState
from machines.engine import ENGINE, EngineState
from machines.session import SessionState
from web import text
from web.about import About

_ENGINE_TONES = {EngineState.RUNNING: "good", EngineState.HALTED: "bad"}
_SESSION_TONES = {SessionState.TRADING: "good", SessionState.FLATTENING: "warn"}
_WARN_SHARE = 75
"""Per cent of the loss limit from which the bar warns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vital:
    """One cell of the strip."""

    label: str
    value: str
    notes: tuple[str, ...] = ()
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The day's loss against its limit, per cent of the limit, 0 to 100."""

    lost: float
    """What is lost already, at the bids."""
    worst: float
    """What is lost if all that is open expires worthless."""
    label: str
    """The bar in one sentence, for those who do not see it."""
    notes: tuple[str, ...]
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """What stands above everything else."""

    mode: str
    account: str
    engine: Vital
    date: str
    new_york: str
    local: str
    alarms: Vital | None
    """How many a person has still to look at; None where there is none."""
    vitals: tuple[Vital, ...]
    bar: Bar | None
    """None while the loss or its limit is unknown."""


def strip(view: View, sums: Figures, about: About) -> Strip:
    """Return the strip of a picture."""
    there = new_york(view.at)
    return Strip(
        mode=about.mode.upper(),
        account=(view.broker.account if view.broker else "") or about.account or "account unknown",
        engine=_engine(view),
        date=f"{there:%a %d %b %Y}",
        new_york=f"{there:%H:%M:%S} ET",
        local=f"{view.at.astimezone():%H:%M:%S %Z}",
        alarms=_alarms(view),
        vitals=(_session(view, sums), _broker(view), _price(view, sums, about), _profit(sums), _premium(view, sums)),
        bar=_bar(sums),
    )


def _engine(view: View) -> Vital:
    engine = view.engine
    if engine is None:
        return Vital(label="Engine", value=text.UNKNOWN, tone="warn")
    why = text.because(engine.reason)
    if engine.state is EngineState.STOPPED and not why:  # nothing is wrong, and it will not begin by itself
        why = ENGINE.rests[engine.state]
    notes = [f"since {text.moment(engine.since, view.at)} ET", why]
    return Vital(
        label="Engine",
        value=text.words(engine.state),
        notes=tuple(note for note in notes if note),
        tone=_ENGINE_TONES.get(engine.state, "warn"),
    )


def _alarms(view: View) -> Vital | None:
    codes = [each.code for each in (view.alarms.standing if view.alarms else ()) if each.is_open]
    if not codes:
        return None
    is_critical = Severity.CRITICAL in {code.severity for code in codes}
    value = f"{len(codes)} alarm{'s' if len(codes) > 1 else ''} to look at"
    return Vital(label="Alarms", value=value, tone="bad" if is_critical else "warn")


def _session(view: View, sums: Figures) -> Vital:
    session = view.session
    if session is None:
        return Vital(label="Session", value=text.UNKNOWN, tone="warn")
    value = text.words(session.state)
    if isinstance(session.day, NoTrading):
        begins = f"next session {new_york(session.next_day.opens):%a %d %b, %H:%M} ET"
        return Vital(label="Session", value=value, notes=(text.because(session.day.reason), begins), tone="")
    day = session.day
    lines = (
        ("open", day.opens, sums.to_open),
        ("last entry", day.last_entry, sums.to_last_entry),
        ("flatten", day.flatten, sums.to_flatten),
        ("close and fixing", day.closes, sums.to_close),
    )
    notes = [f"{name} {new_york(at):%H:%M}, {_to(left)}" for name, at, left in lines if left and _is_shown(left)]
    label = "Session, ET: half day" if day.is_half_day else "Session, ET"
    over = ("over for today",)
    return Vital(label=label, value=value, notes=tuple(notes) or over, tone=_SESSION_TONES.get(session.state, ""))


def _is_shown(left: timedelta) -> bool:
    return left > timedelta(0)


def _to(left: timedelta) -> str:
    return f"in {left // timedelta(minutes=1)} min" if left >= timedelta(minutes=1) else f"in {text.span(left)}"


def _broker(view: View) -> Vital:
    broker = view.broker
    if broker is None:
        return Vital(label="Broker", value=text.UNKNOWN, tone="warn")
    return Vital(
        label="Broker",
        value=text.words(broker.state),
        notes=(f"since {text.moment(broker.since, view.at)} ET", broker.detail),
        tone="good" if broker.state is ConnectionState.READY else "bad",
    )


def _price(view: View, sums: Figures, about: About) -> Vital:
    label = f"{about.spec.symbol} price"
    if view.market is None or sums.price_age is None:
        return Vital(label=label, value=text.UNKNOWN, notes=(f"{about.data} data", "no price yet"), tone="warn")
    is_old = sums.price_age.total_seconds() > about.settings.risk.data_stale_seconds
    age = f"{text.span(sums.price_age)} old" + (", too old to enter on" if is_old else "")
    notes = (f"{about.data} data", age)
    return Vital(label=label, value=text.points(view.market.underlying), notes=notes, tone="warn" if is_old else "")


def _profit(sums: Figures) -> Vital:
    return Vital(
        label="P&L today",
        value=text.gain(sums.day_usd),
        notes=(f"realised {text.gain(sums.realised_usd)}", f"open {text.gain(sums.open_usd)}"),
        tone=text.tone(sums.day_usd),
    )


def _premium(view: View, sums: Figures) -> Vital:
    notes: tuple[str, ...] = ()
    if view.risk is not None:
        book, limits = view.risk.book, view.risk.limits
        notes = (
            f"{book.open_count} of {limits.max_open} open",
            f"{book.entries_today} of {limits.max_per_day} entries today",
        )
    return Vital(label="Premium at risk", value=text.money(sums.at_risk_usd), notes=notes)


def _bar(sums: Figures) -> Bar | None:
    if sums.worst_usd is None or sums.limit_usd is None:
        return None
    lost = _share(-sums.day_usd if sums.day_usd is not None else Decimal(0), sums.limit_usd)
    worst = _share(sums.worst_usd, sums.limit_usd)
    room = sums.limit_usd - sums.worst_usd
    tone = "bad" if room <= 0 else "warn" if worst >= _WARN_SHARE else ""
    end, limit = text.gain(-sums.worst_usd), text.money(-sums.limit_usd)
    left = f"{text.money(room)} left" if room > 0 else "nothing left: no entries"
    return Bar(
        lost=lost,
        worst=max(worst, lost),
        label=f"If all that is open expires worthless the day ends at {end}; the limit is {limit}, {left}",
        notes=(f"worst case {end}", f"of {limit}: {left}"),
        tone=tone,
    )


def _share(part: Decimal, whole: Decimal) -> float:
    return float(min(max(part / whole, Decimal(0)), Decimal(1)) * 100)

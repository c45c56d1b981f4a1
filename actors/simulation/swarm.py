"""The day that is played: its date, its hours, its settings, all drawn from the seed, so that days differ in kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from random import Random

from actors.simulation.options import Options
from lottogrid.calendar import Calendar, TradingDay
from lottogrid.clock import new_york
from lottogrid.market.contracts import spec_of
from lottogrid.market.generated import generate_sessions
from lottogrid.market.sessions import Session
from lottogrid.settings import Settings


class Kind(Enum):
    """What sort of day it is."""

    SHORT = "the last minutes of an ordinary day"
    FULL = "a whole day"
    HALF = "the last minutes before an early close"
    NIGHT = "two short days, with the night between them"
    HOLIDAY = "two short days with a holiday between them"
    DST = "two short days with a change of the clocks between them"


_PAIRS = {Kind.NIGHT, Kind.DST, Kind.HOLIDAY}
_SHARES = (
    (Kind.SHORT, 0.80),
    (Kind.HALF, 0.10),
    (Kind.NIGHT, 0.05),
    (Kind.DST, 0.02),
    (Kind.HOLIDAY, 0.02),
    (Kind.FULL, 0.01),
)
_HALF_DAYS = (date(2024, 11, 29), date(2024, 12, 24), date(2025, 7, 3), date(2025, 11, 28), date(2026, 11, 27))
_BEFORE_CLOCKS = (date(2025, 3, 7), date(2025, 10, 31), date(2026, 3, 6), date(2026, 10, 30))
_BEFORE_HOLIDAYS = (date(2025, 1, 17), date(2025, 4, 17), date(2025, 5, 23), date(2025, 6, 18), date(2025, 8, 29))
_FIRST, _SPAN = date(2025, 1, 2), 600
_WINDOWS = {Kind.FULL: (390, 390), Kind.SHORT: (13, 30)}
_SHORTEST, _LONGEST = 14, 24
_COMBO = 0.25
"""Share of the days on which a strangle is ordered as one, of those whose entries keep their price."""
_THROUGH_FLATTEN = 0.4
"""Share of the days on which faults go on after the flatten time."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One simulated day, before anything goes wrong."""

    number: int
    kind: Kind
    overrides: tuple[str, ...]
    settings: Settings
    sessions: tuple[Session, ...]
    through_flatten: bool
    """Whether faults go on while everything is being sold."""

    @property
    def text(self) -> str:
        """The day in words."""
        days = " and ".join(
            f"{session.day.date} {new_york(session.day.opens):%H:%M} to {new_york(session.day.closes):%H:%M} ET"
            for session in self.sessions
        )
        more = ", faults through the flatten time" if self.through_flatten else ""
        return f"{days} ({self.kind.value}{more}); {', '.join(self.overrides)}"


def draw_setting(options: Options, number: int) -> Setting:
    """Return day `number` of the seed."""
    chance = Random(f"lottogrid swarm {options.seed} {number}")  # noqa: S311 - a draw of days, no secret
    kinds, shares = zip(*_SHARES, strict=True)
    kind = chance.choices(kinds, shares)[0]
    if options.real:
        return _real(options, number, chance)
    minutes = chance.randint(*_WINDOWS.get(kind, (_SHORTEST, _LONGEST)))
    closes = 13 * 60 if kind is Kind.HALF else 16 * 60
    through_flatten = chance.random() < _THROUGH_FLATTEN
    overrides = _overrides(chance, kind, closes - minutes, through_flatten=through_flatten)
    overrides, settings = _settings(options, number, overrides)
    days = _days(Calendar(settings.session), kind, chance)
    sessions = generate_sessions(
        days,
        seed=options.seed * 1_000_003 + number,
        tick=spec_of(settings.market.instrument).underlying_tick,
        premarket_minutes=settings.strategy.realised_window + 3,
    )
    return Setting(number, kind, overrides, settings, tuple(sessions), through_flatten)


def _overrides(chance: Random, kind: Kind, opens: int, *, through_flatten: bool) -> tuple[str, ...]:
    flatten = 6 if through_flatten else chance.randint(4, 5)
    drawn: dict[str, object] = {
        "session.market_open": f"{opens // 60:02}:{opens % 60:02}",
        "session.flatten_minutes": flatten,
        "session.last_entry_minutes": flatten + chance.randint(1, 3),
        "strategy.realised_window": chance.randint(5, 8),
        "strategy.volatility_threshold": chance.choice(("0.67", "5", "5", "5")),
        "strategy.quantity": chance.choice((1, 2, 3, 8)),
        "strategy.profit_target_multiplier": chance.choice(("1.2", "1.5", "2", "4")),
        "strategy.max_premium_per_strangle": chance.choice(("60", "200", "700")),
        "strategy.levels": chance.choice(("first", "both")),
        "strategy.entry_timeout_seconds": chance.choice((5, 12, 30)),
        "strategy.reprice_seconds": chance.choice((3, 8, 15)),
        "strategy.entry_reprices": chance.choice((0, 0, 0, 2)),
        "strategy.lone_leg": chance.choice(("keep", "keep", "sell", "chase")),
        "strategy.lone_leg_chases": chance.randint(1, 3),
        "strategy.lone_leg_after_chase": chance.choice(("keep", "sell")),
        "risk.min_time_between_trades": chance.choice((0, 0, 1, 3)),
        "risk.max_trades_per_day": chance.choice((3, 9, 30, 30)),
        "risk.max_open_trades": chance.choice((1, 3, 5, 15, 30)),
        "risk.max_draw": chance.choice((150, 5000, 20000, 20000)),
        "risk.start_cash": chance.choice((1000, 50000, 50000, 50000)),
        "simulator.profile": chance.choice(("ideal", "paper", "rough")),
        "risk.reconcile_seconds": 120 if kind in _PAIRS else chance.choice((20, 60, 120)),
        "simulator.seed": chance.randrange(1_000_000),
    }
    return tuple(f"{key}={value}" for key, value in drawn.items())


def _settings(options: Options, number: int, overrides: tuple[str, ...]) -> tuple[tuple[str, ...], Settings]:
    """Return what was drawn and what holds; combos have a stream of their own, so that days stay what they were."""
    chance = Random(f"lottogrid entries {options.seed} {number}")  # noqa: S311 - a draw of days, no secret
    settings = options.house.settings(overrides)
    if settings.strategy.entry_reprices or chance.random() >= _COMBO:  # a combo is not repriced
        return overrides, settings
    overrides = (*overrides, "strategy.entry_as=combo")
    return overrides, options.house.settings(overrides)


def _days(calendar: Calendar, kind: Kind, chance: Random) -> list[TradingDay]:
    given = {Kind.HALF: _HALF_DAYS, Kind.DST: _BEFORE_CLOCKS, Kind.HOLIDAY: _BEFORE_HOLIDAYS}.get(kind)
    while True:
        on = chance.choice(given) if given else _FIRST + timedelta(days=chance.randrange(_SPAN))
        day = calendar.day(on)
        if isinstance(day, TradingDay):
            break
    return [day, calendar.next_day(on)] if kind in _PAIRS else [day]


def _real(options: Options, number: int, chance: Random) -> Setting:
    """Cut the last minutes of a real session out of its bars."""
    found = chance.choice(options.real)
    minutes = chance.randint(*_WINDOWS[Kind.SHORT])
    closes = new_york(found.day.closes)
    through_flatten = chance.random() < _THROUGH_FLATTEN
    opens = closes.hour * 60 + closes.minute - minutes
    overrides = _overrides(chance, Kind.SHORT, opens, through_flatten=through_flatten)
    overrides, settings = _settings(options, number, overrides)
    day = Calendar(settings.session).day(found.day.date)
    assert isinstance(day, TradingDay)
    kept = minutes + settings.strategy.realised_window + 3
    return Setting(number, Kind.SHORT, overrides, settings, (Session(day, found.bars[-kept:]),), through_flatten)

"""The fault plan: what strikes whom and when, drawn from the seed before the day begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from actors.simulation.faults import FAULTS
from actors.simulation.faults.base import Fault
from actors.simulation.options import Options
from actors.simulation.swarm import Setting
from lottogrid.clock import new_york
from lottogrid.errors import BadInput
from lottogrid.market.sessions import Session

CALM = timedelta(seconds=150)
"""Before the flatten time no fault begins any more: what was broken must heal by then."""
THROUGH = timedelta(seconds=60)
"""So long after the flatten time faults go on, on days on which they do."""
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Strike:
    """One entry of a fault plan."""

    number: int
    """Its place in the whole plan; `--only` names it."""
    fault: str
    at: datetime
    victim: str
    size: float
    """Seconds that it lasts, or by which it is wrong; what it means is the class's affair."""
    variant: int
    """Which of the forms of its class."""

    def __str__(self) -> str:
        victim = f" {self.victim}" if self.victim else ""
        what = FAULTS[self.fault].name
        when = f"{new_york(self.at):%Y-%m-%d %H:%M:%S.%f}"
        return f"{self.number:3} {when} {self.fault} {what}{victim} size {self.size:g} variant {self.variant}"


def calm_from(setting: Setting, session: Session) -> datetime:
    """Return when the faults of a session stop."""
    return session.day.flatten + THROUGH if setting.through_flatten else session.day.flatten - CALM


def draw_plan(options: Options, setting: Setting) -> tuple[Strike, ...]:
    """Return the plan of a day, in the order of time; `options.only` keeps some of its entries."""
    chance = Random(f"lottogrid faults {options.seed} {setting.number}")  # noqa: S311 - a draw of faults, no secret
    rates = _rates(options)
    found: list[tuple[datetime, str, str, float, int]] = []
    for fault in FAULTS.values():
        rate = rates[fault.id]
        for _ in range(int(rate) + (chance.random() < rate % 1)):
            victim, size, variant = fault.draw(chance)
            at = _when(fault, setting, chance)
            if variant in fault.all_day:
                at = max(begin for begin in map(_begin, setting.sessions) if begin <= at)
            found.append((at, fault.id, victim, size, variant))
    found.sort()
    strikes = (Strike(number, fault, at, *rest) for number, (at, fault, *rest) in enumerate(found))  # type: ignore[arg-type]
    return tuple(strike for strike in strikes if options.only is None or strike.number in options.only)


def _rates(options: Options) -> dict[str, float]:
    unknown = set(options.rates) - set(FAULTS)
    if unknown:
        raise BadInput(f"fault: expected one of F1 to F46, found {', '.join(sorted(unknown))}")
    return {fault.id: options.rates.get(fault.id, _of_profile(fault, options.profile)) for fault in FAULTS.values()}


def _of_profile(fault: Fault, profile: str) -> float:
    rates: Mapping[str, float] = {"calm": 0.0, "rough": fault.rough, "hell": fault.hell}
    return rates[profile]


def _when(fault: Fault, setting: Setting, chance: Random) -> datetime:
    """Return an instant: half of the time one shortly after a minute, when orders are under way."""
    session = chance.choice(setting.sessions) if fault.any_session else setting.sessions[0]
    begin, end = _begin(session), calm_from(setting, session)
    seconds = chance.uniform(0, (end - begin).total_seconds())
    if chance.random() < 0.5:  # noqa: PLR2004
        seconds = min(seconds // 60 * 60 + chance.uniform(0, 4), (end - begin).total_seconds() - 1)
    return begin + timedelta(microseconds=round(seconds * 1e6))


def _begin(session: Session) -> datetime:
    """Return from when on faults strike in a session."""
    return session.day.opens - _MINUTE


def listing(strikes: Sequence[Strike]) -> list[str]:
    """Return the plan as lines for a person."""
    return [str(strike) for strike in strikes] or ["no faults"]

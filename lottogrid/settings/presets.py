"""Named sets of settings: three tempers, and four kinds of day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lottogrid.errors import BadInput


@dataclass(frozen=True, slots=True)
class Preset:
    """A set of values that belong together."""

    name: str
    description: str
    values: Mapping[str, str]
    """Text of each value by `section.key`."""


def _preset(
    name: str,
    description: str,
    *,
    threshold: str,
    levels: tuple[str, str],
    premium: int,
    target: str,
    minutes: int,
    trades: int,
    open_trades: int,
    draw: int,
) -> Preset:
    values = {
        "strategy.volatility_threshold": threshold,
        "strategy.implied_move_multiplier_1": levels[0],
        "strategy.implied_move_multiplier_2": levels[1],
        "strategy.max_premium_per_strangle": str(premium),
        "strategy.profit_target_multiplier": target,
        "risk.min_time_between_trades": str(minutes),
        "risk.max_trades_per_day": str(trades),
        "risk.max_open_trades": str(open_trades),
        "risk.max_draw": str(draw),
    }
    return Preset(name, description, MappingProxyType(values))


_ALL = (
    _preset(
        "conservative",
        "Few, cheap and far strangles, taken early: for learning what the bot does.",
        threshold="0.5",
        levels=("1.5", "1.75"),
        premium=15,
        target="3",
        minutes=45,
        trades=6,
        open_trades=6,
        draw=200,
    ),
    _preset(
        "moderate",
        "The defaults.",
        threshold="0.67",
        levels=("1.25", "1.5"),
        premium=25,
        target="4",
        minutes=30,
        trades=12,
        open_trades=15,
        draw=750,
    ),
    _preset(
        "aggressive",
        "More, nearer and dearer strangles, held for more: the day's loss limit is in reach.",
        threshold="0.85",
        levels=("1", "1.25"),
        premium=40,
        target="5",
        minutes=20,
        trades=18,
        open_trades=18,
        draw=1000,
    ),
    _preset(
        "quiet_day",
        "Small implied moves and cheap options: the usual strikes at a lower cap, a nearer target.",
        threshold="0.67",
        levels=("1.25", "1.5"),
        premium=15,
        target="3",
        minutes=30,
        trades=12,
        open_trades=12,
        draw=300,
    ),
    _preset(
        "normal_day",
        "An ordinary day: the defaults, with the loss limit nearer to what the day can cost.",
        threshold="0.67",
        levels=("1.25", "1.5"),
        premium=25,
        target="4",
        minutes=30,
        trades=12,
        open_trades=12,
        draw=400,
    ),
    _preset(
        "volatile_day",
        "Dear options: a cap that lets them in, and half the entries to pay for it.",
        threshold="0.67",
        levels=("1.25", "1.5"),
        premium=60,
        target="4",
        minutes=45,
        trades=6,
        open_trades=6,
        draw=450,
    ),
    _preset(
        "event_day",
        "A scheduled release (FOMC, CPI, payrolls): few entries, far strikes, a high target.",
        threshold="0.5",
        levels=("1.5", "2"),
        premium=35,
        target="5",
        minutes=60,
        trades=4,
        open_trades=4,
        draw=200,
    ),
)

PRESETS: Mapping[str, Preset] = MappingProxyType({preset.name: preset for preset in _ALL})


def preset_named(name: str) -> Preset:
    """Return the preset called `name`; BadInput with all names where there is none."""
    try:
        return PRESETS[name]
    except KeyError:
        raise BadInput(f"preset: expected one of {', '.join(PRESETS)}, found {name!r}; choose one") from None

"""The names a setting goes by: `section.key`, the bare key where only one section has it, the original's names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

from lottogrid.errors import BadInput
from lottogrid.settings.model import FIELDS

CLOCK_NAMES = (
    "MARKET_OPEN_HOUR",
    "MARKET_OPEN_MINUTE",
    "MARKET_CLOSE_HOUR",
    "MARKET_CLOSE_MINUTE",
    "FLATTEN_HOUR",
    "FLATTEN_MINUTE",
)
"""Names of the original that give half of a time of day; they are translated into the session's settings."""

BARE_ENVIRONMENT_NAMES = frozenset(
    {
        "TRADE_MODE",
        "VOLATILITY_THRESHOLD",
        "IMPLIED_MOVE_MULTIPLIER_1",
        "IMPLIED_MOVE_MULTIPLIER_2",
        "MAX_PREMIUM_PER_STRANGLE",
        "PROFIT_TARGET_MULTIPLIER",
        "MIN_TIME_BETWEEN_TRADES",
        "MAX_TRADES_PER_DAY",
        "MAX_OPEN_TRADES",
        "MAX_DRAW",
        "START_CASH",
        *CLOCK_NAMES,
    }
)
"""The only environment names that are read without the prefix `LOTTOGRID_`."""


def resolve(name: str, origin: str) -> str:
    """Return the `section.key` (or the one of `CLOCK_NAMES`) that `name`, in any case, stands for.

    Raises:
        BadInput: no setting is called so, with the closest name that exists; or more than one is.
    """
    wanted = name.strip().lower()
    if wanted in FIELDS:
        return wanted
    if wanted.upper() in CLOCK_NAMES:
        return wanted.upper()
    homes = _BY_BARE_NAME.get(wanted, ())
    if len(homes) == 1:
        return homes[0]
    if homes:
        raise BadInput(f"setting: expected one of {' or '.join(homes)}, found {name!r} in {origin}; name the section")
    raise BadInput(f"setting: expected a known name, found {name!r} in {origin}; {_advice(wanted)}")


def _advice(wanted: str) -> str:
    known = [*FIELDS, *_BY_BARE_NAME, *(name.lower() for name in CLOCK_NAMES)]
    close = get_close_matches(wanted, known, n=1)
    return f"did you mean {close[0]}?" if close else "the settings reference lists all names"


def _by_bare_name() -> dict[str, tuple[str, ...]]:
    found: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for key in FIELDS:
        found[key.partition(".")[2]] += (key,)
    return dict(found)


_BY_BARE_NAME: Mapping[str, tuple[str, ...]] = MappingProxyType(_by_bare_name())

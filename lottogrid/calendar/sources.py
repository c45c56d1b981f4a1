"""What the exchanges say about a date: the NYSE by its calendar, CME by a table of dated exceptions."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

FIRST_DATE = date(2016, 1, 1)
LAST_DATE = date(2035, 12, 31)


@dataclass(frozen=True, slots=True)
class CmeException:
    """How CME's equity futures left their usual hours on a date. `ends` is New York time; None: no session."""

    ends: time | None
    why: str


# To 2025-11 from the last ES bar of each date; futures outlive the cash market by a quarter of an hour on half days.
CME_EXCEPTIONS: Mapping[date, CmeException] = MappingProxyType(
    {
        date(2024, 12, 24): CmeException(time(13, 15), "Christmas Eve"),
        date(2024, 12, 25): CmeException(None, "Christmas"),
        date(2025, 1, 1): CmeException(None, "New Year's Day"),
        date(2025, 1, 9): CmeException(time(9, 30), "day of mourning for Jimmy Carter"),
        date(2025, 1, 20): CmeException(time(13, 0), "Martin Luther King Jr. Day"),
        date(2025, 2, 17): CmeException(time(13, 0), "Presidents' Day"),
        date(2025, 4, 18): CmeException(None, "Good Friday"),
        date(2025, 5, 26): CmeException(time(13, 0), "Memorial Day"),
        date(2025, 6, 19): CmeException(time(13, 0), "Juneteenth"),
        date(2025, 7, 3): CmeException(time(13, 15), "eve of Independence Day"),
        date(2025, 7, 4): CmeException(time(13, 0), "Independence Day"),
        date(2025, 9, 1): CmeException(time(13, 0), "Labor Day"),
        date(2025, 11, 27): CmeException(time(13, 0), "Thanksgiving"),
        date(2025, 11, 28): CmeException(time(13, 15), "day after Thanksgiving"),
        date(2026, 11, 27): CmeException(time(13, 15), "day after Thanksgiving"),
    }
)


@dataclass(frozen=True, slots=True)
class Nyse:
    """The NYSE's sessions (open and close, aware, UTC) and the names of its regular holidays, by New York date."""

    sessions: Mapping[date, tuple[datetime, datetime]]
    holidays: Mapping[date, str]


@lru_cache(maxsize=1)
def nyse() -> Nyse:
    """Return the NYSE's calendar from `FIRST_DATE` to `LAST_DATE`; half a second at the first call, then nothing.

    The first call must not come under frozen time: pandas cannot be imported while `datetime` is replaced.
    """
    import exchange_calendars  # noqa: PLC0415 - slow, and wanted by few commands

    # Explicit, because the default span hangs on today's date.
    span = FIRST_DATE.isoformat(), LAST_DATE.isoformat()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its use of pandas, not ours
        xnys = exchange_calendars.get_calendar("XNYS", start=span[0], end=span[1])
    hours = xnys.schedule[["open", "close"]].itertuples()
    return Nyse(
        sessions={row.Index.date(): (_plain(row.open), _plain(row.close)) for row in hours},
        holidays={
            stamp.date(): str(name) for stamp, name in xnys.regular_holidays.holidays(*span, return_name=True).items()
        },
    )


def _plain(stamp: pd.Timestamp) -> datetime:
    return stamp.to_pydatetime().astimezone(UTC)

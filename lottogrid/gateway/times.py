"""Instants as the protocol writes and reads them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lottogrid.clock import NEW_YORK
from lottogrid.errors import BadInput

ZONE = "America/New_York"
"""The gateway's own time zone, as a user may set it in the real one; this name is known on every system."""
_ZONED_EXECUTIONS = 165
"""First version whose execution times name their zone. Modelled: recordings differ, and it is a user's setting."""
_WITH_ZONE = 3


def written(instant: datetime) -> str:
    """Return `instant` with the gateway's zone behind it."""
    return f"{instant.astimezone(NEW_YORK):%Y%m%d %H:%M:%S} {ZONE}"


def execution_time(instant: datetime, version: int) -> str:
    """Return the time of a fill; older versions leave the zone out and put two blanks in the middle."""
    if version >= _ZONED_EXECUTIONS:
        return written(instant)
    return f"{instant.astimezone(NEW_YORK):%Y%m%d  %H:%M:%S}"


def read(text: str) -> datetime:
    """Return the instant that a client names: `20250409 15:30:00 US/Eastern`, `20250409-19:30:00` (UTC), or a day.

    Without a zone it is the gateway's own.

    Raises:
        BadInput: it is no such text.
    """
    try:
        if "-" in text and " " not in text:
            return datetime.strptime(text, "%Y%m%d-%H:%M:%S").replace(tzinfo=UTC)
        words = text.split()
        zone = ZoneInfo(words[2]) if len(words) == _WITH_ZONE else NEW_YORK
        clock = words[1] if len(words) > 1 else "23:59:59"
        return datetime.strptime(f"{words[0]} {clock}", "%Y%m%d %H:%M:%S").replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, IndexError, ZoneInfoNotFoundError, OSError) as error:
        raise BadInput(f"time: expected yyyymmdd hh:mm:ss with a zone, found {text!r}; write it so") from error

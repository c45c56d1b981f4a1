"""When a contract trades, from the gateway's own words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lottogrid.errors import BadInput


@dataclass(frozen=True, slots=True)
class Hours:
    """Spans of time, aware, in which a contract trades; days beyond those that were told are unknown."""

    spans: tuple[tuple[datetime, datetime], ...]

    def is_open(self, now: datetime) -> bool:
        """Return whether the contract is known to trade at `now`."""
        return any(begins <= now < ends for begins, ends in self.spans)


def hours_of(text: str, zone: str) -> Hours:
    """Return the hours written as `20250409:1700-20250410:1600;20250411:CLOSED` in the time zone named.

    Raises:
        BadInput: they are written otherwise, or the zone is unknown.
    """
    try:
        return Hours(tuple(_spans(text, ZoneInfo(zone))))
    except (ValueError, ZoneInfoNotFoundError, OSError) as error:
        raise BadInput(f"trading hours: expected yyyymmdd:hhmm-yyyymmdd:hhmm, found {text[:60]!r} {zone}") from error


def _spans(text: str, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    for part in text.split(";"):
        if part and not part.endswith("CLOSED"):
            begins, ends = part.split("-")
            yield _instant(begins, zone), _instant(ends, zone)


def _instant(text: str, zone: ZoneInfo) -> datetime:
    return datetime.strptime(text, "%Y%m%d:%H%M").replace(tzinfo=zone)

"""The checks of `lottogrid check`."""

from __future__ import annotations

import argparse
import os
import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryFile

from lottogrid.calendar import Calendar, NoTrading
from lottogrid.calendar.sources import FIRST_DATE, LAST_DATE
from lottogrid.cli import options
from lottogrid.clock import NEW_YORK, SystemClock, new_york, trading_date
from lottogrid.errors import BadInput, LottogridError, Missing
from lottogrid.ledger.backup import check
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.lock import holder
from lottogrid.settings import Settings

# Winter and summer time, as the law has had them since 2007.
_OFFSETS = {
    datetime(2026, 1, 15, 12, tzinfo=UTC): timedelta(hours=-5),
    datetime(2026, 7, 15, 12, tzinfo=UTC): timedelta(hours=-4),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What was looked at, whether it is in order, and what was found; where it is not, what to do."""

    name: str
    passed: bool
    found: str


def checks_of(args: argparse.Namespace) -> list[Check]:
    """Return every check; without settings there is nothing else to check."""
    try:
        settings = options.settings_of(args, *options.ledger_values(args))
    except LottogridError as error:
        return [Check(name="settings", passed=False, found=str(error))]
    given = [origin for origin in settings.origins.values() if origin != "default"]
    found = f"{settings.mode.trade_mode}, hash {settings.hash}, {len(given)} given, the rest at their defaults"
    looks: dict[str, Callable[[Settings], str]] = {
        "folder": _folder,
        "ledger": _ledger,
        "clock": _clock,
        "calendar": _calendar,
        "page": _page,
        "diagrams": _diagrams,
    }
    return [Check(name="settings", passed=True, found=found), *(_look(name, settings, looks[name]) for name in looks)]


def _look(name: str, settings: Settings, look: Callable[[Settings], str]) -> Check:
    try:
        return Check(name=name, passed=True, found=look(settings))
    except LottogridError as error:
        return Check(name=name, passed=False, found=str(error))
    except OSError as error:
        return Check(name=name, passed=False, found=f"{error.filename}: {_reason(error)}; see to it")


def _folder(settings: Settings) -> str:
    found = []
    for folder in (settings.storage.directory, settings.log_directory):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with TemporaryFile(dir=folder):
                found.append(str(folder))
        except OSError as error:
            raise Missing(
                f"folder {folder}: expected it to be writable, found: {_reason(error)}; see to its rights, or set "
                "storage.directory"
            ) from error
    return f"{' and '.join(found)} can be written to"


def _ledger(settings: Settings) -> str:
    path = options.ledger_path(settings)
    if not path.exists():
        return f"none yet at {path}; the first run makes it"
    check(path)
    with closing(Ledger.open_read_only(path)) as ledger:
        held = holder(path)
        use = f"process {held.pid} works on it" if held else "nobody works on it"
        return f"{path} is whole, {ledger.last_sequence()} lines in its journal, {use}"


def _clock(_: Settings) -> str:
    for instant, offset in _OFFSETS.items():
        if (found := instant.astimezone(NEW_YORK).utcoffset()) != offset:
            raise BadInput(
                f"time zones: expected New York at UTC{offset / timedelta(hours=1):+g} on {instant:%Y-%m-%d}, found "
                f"{found}; update tzdata"
            )
    now = SystemClock().now()
    if not FIRST_DATE <= trading_date(now) <= LAST_DATE:
        raise BadInput(f"clock: expected a day from {FIRST_DATE} to {LAST_DATE}, found {now}; set the machine's clock")
    return f"{now:%Y-%m-%d %H:%M:%S} UTC is {new_york(now):%Y-%m-%d %H:%M:%S} in New York"


def _calendar(settings: Settings) -> str:
    calendar, today = Calendar(settings.session), trading_date(SystemClock().now())
    day, following = calendar.day(today), calendar.next_day(today)
    soon = f"next session {following.date}, {_span(following.opens, following.closes)}"
    if isinstance(day, NoTrading):
        return f"no session today, {today}: {day.detail}; {soon}"
    kind = ", a half day" if day.is_half_day else ""
    return f"session today, {today}, {_span(day.opens, day.closes)}{kind}; {soon}"


def _span(start: datetime, end: datetime) -> str:
    return f"{new_york(start):%H:%M} to {new_york(end):%H:%M} ET"


def _page(settings: Settings) -> str:
    web = settings.web
    if not web.enabled:
        return "not served: web.enabled is false"
    held = holder(options.ledger_path(settings))
    if held and held.url:
        return f"served at {held.url} by process {held.pid}"
    try:
        with socket.create_server((web.host, web.port), family=_family(web.host)):
            return f"port {web.port} of {web.host} is free"
    except OSError as error:
        raise Missing(
            f"page: expected port {web.port} of {web.host} to be free, found: {_reason(error)}; set web.port to "
            "another, or to 0 for any that is free"
        ) from error


def _reason(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else str(error)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _diagrams(_: Settings) -> str:
    from machines import diagrams  # noqa: PLC0415 - WebAssembly takes a moment
    from machines.catalog import ALL  # noqa: PLC0415

    for spec in ALL.values():
        diagrams.svg(spec)
    return f"{len(ALL)} machines can be drawn"

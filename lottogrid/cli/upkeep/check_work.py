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
from lottogrid.ledger.database import exists
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.lock import holder
from lottogrid.ledger.place import Server
from lottogrid.market.contracts import spec_of
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
    warns: bool = False
    """It passed, and is worth a look."""
    found: str


def checks_of(args: argparse.Namespace) -> list[Check]:
    """Return every check; without settings there is nothing else to check."""
    try:
        settings = options.settings_of(args, *_gateway(args), *options.ledger_values(args))
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
        "alerts": _alerts,
    }
    checks = [Check(name="settings", passed=True, found=found), *(_look(name, settings, looks[name]) for name in looks)]
    return checks + (_broker(settings) if args.broker == "ib" else [])


def _gateway(args: argparse.Namespace) -> list[str]:
    if args.gateway is None:
        return []
    if args.broker != "ib":
        raise BadInput("--gateway: expected none without --broker ib, where it means nothing; leave it out")
    host, port = options.address(args.gateway)
    return [*([] if host is None else [f"mode.host={host}"]), f"mode.port={port}"]


def _look(name: str, settings: Settings, look: Callable[[Settings], str]) -> Check:
    try:
        return Check(name=name, passed=True, found=look(settings))
    except LottogridError as error:
        return Check(name=name, passed=False, found=str(error))
    except OSError as error:
        return Check(name=name, passed=False, found=f"{error.filename}: {_reason(error)}; see to it")


def _alerts(settings: Settings) -> str:
    from lottogrid.alerts.outside import lanes  # noqa: PLC0415 - what sends alerts takes a moment
    from lottogrid.alerts.urls import urls_of  # noqa: PLC0415

    ways = lanes(urls_of(settings.alerts.urls_file))
    if not ways:
        return "sent nowhere; alerts.urls_file names a file with addresses"
    return f"sent by {', '.join(way.name for way in ways)}; `lottogrid alerts --test` tries them"


def _broker(settings: Settings) -> list[Check]:
    from lottogrid.cli.upkeep.ib_check.checks import ib_checks  # noqa: PLC0415 - only where it is asked for
    from lottogrid.cli.wiring import ib_settings_of  # noqa: PLC0415

    held = holder(options.ledger_path(settings))
    try:
        ib, spec = ib_settings_of(settings), spec_of(settings.market.instrument)
        return ib_checks(ib, spec, Calendar(settings.session), SystemClock(), held)
    except LottogridError as error:
        return [Check(name="broker", passed=False, found=str(error))]


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
    path, place = options.ledger_path(settings), options.ledger_place(settings)
    is_there = exists(place)
    on_server = f"{_server(place)}; " if isinstance(place, Server) else ""
    if not is_there:
        return f"{on_server}none yet at {place}; the first run makes it"
    check(place)
    with closing(Ledger.open_read_only(place)) as ledger:
        held = holder(path)
        use = f"process {held.pid} works on it" if held else "nobody works on it"
        return f"{on_server}{place} is whole, {ledger.last_sequence()} lines in its journal, {use}"


def _server(server: Server) -> str:
    from lottogrid.ledger.postgres.health import health  # noqa: PLC0415 - its driver is an extra

    return health(server, SystemClock().now)


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

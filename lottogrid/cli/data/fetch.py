"""The work of `lottogrid data fetch`."""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from rich.table import Table

from lottogrid.brokers.ib.history import PACE_SECONDS, Fetching, fetch_days
from lottogrid.calendar import Calendar, TradingDay
from lottogrid.cli import logs
from lottogrid.cli.data.work import Done, store_of, written_line
from lottogrid.cli.feed import days_from
from lottogrid.cli.output import console
from lottogrid.cli.wiring import ib_settings_of
from lottogrid.clock import SystemClock, trading_date
from lottogrid.errors import BadInput
from lottogrid.market import yahoo
from lottogrid.market.bars import Bar
from lottogrid.market.contracts import spec_of
from lottogrid.market.store import BarStore, Written
from lottogrid.settings import Settings


def fetch(args: argparse.Namespace, settings: Settings) -> Done:
    """Fetch bars into the store.

    Raises:
        BadInput: the days are not what they should be, or a fetched bar differs from the one kept.
        Missing: the broker or Yahoo cannot be reached.
    """
    return _fetch_yahoo(args, settings) if args.yahoo else _fetch_ib(args, settings)


def _fetch_yahoo(args: argparse.Namespace, settings: Settings) -> Done:
    if args.first is not None or args.last is not None:
        raise BadInput(
            f"--yahoo: expected no --from and no --to, as Yahoo has the last {yahoo.DAYS} days only; leave them out"
        )
    instrument, store = settings.market.instrument, store_of(args, settings)
    tick = spec_of(instrument).underlying_tick
    bars = yahoo.fetch_yahoo(instrument, tick=tick, now=SystemClock().now(), fetch=yahoo.get)
    written = store.write(bars, tick=tick, replace=args.replace)
    note = f"Yahoo has bars of a minute for the last {yahoo.DAYS} days only, delayed and unchecked."
    return Done({"store": str(store.folder), **asdict(written), "note": note}, [written_line(store, written), note])


@dataclass(slots=True)
class _Kept:
    """What a fetch has kept so far."""

    store: BarStore
    tick: Any
    replace: bool
    written: list[Written] = field(default_factory=list)
    empty: list[date] = field(default_factory=list)

    def keep(self, day: date, bars: list[Bar]) -> None:
        """Keep a day at once, so that a fetch that is stopped has lost nothing."""
        if bars:
            self.written.append(self.store.write(bars, tick=self.tick, replace=self.replace))
        else:
            self.empty.append(day)
        console(error=True).print(f"{day}: {len(bars)} bars")


def _fetch_ib(args: argparse.Namespace, settings: Settings) -> Done:
    spec, calendar = spec_of(settings.market.instrument), Calendar(settings.session)
    kept = _Kept(store_of(args, settings), spec.underlying_tick, args.replace)
    wanted = _days_to_fetch(args, calendar)
    missing = [day.date for day in wanted if not _is_whole(kept, day)]
    if missing:
        logs.to_terminal("WARNING")
        ib = replace(ib_settings_of(settings), client_id=args.client_id)
        fetch_days(Fetching(settings=ib, spec=spec, pace=PACE_SECONDS), missing, kept.keep)
    total = Written(*(sum(getattr(each, name) for each in kept.written) for name in ("days", "bars", "known")))
    document = {
        "store": str(kept.store.folder),
        **asdict(total),
        "whole_before": len(wanted) - len(missing),
        "without_bars": [day.isoformat() for day in kept.empty],
    }
    lines: list[str | Table] = [written_line(kept.store, total)]
    if len(wanted) > len(missing):
        lines.append(f"{len(wanted) - len(missing)} days were there already, whole")
    if kept.empty:
        lines.append(f"no bars of {', '.join(map(str, kept.empty))}")
    return Done(document, lines, 1 if kept.empty else 0)


def _days_to_fetch(args: argparse.Namespace, calendar: Calendar) -> list[TradingDay]:
    """Return the traded days asked for that are over; by default the last one."""
    now = SystemClock().now()
    last = args.last or trading_date(now)
    first = args.first or (last if args.last else calendar.previous_day(last).date)
    days = [day for day in days_from(calendar, first, last, None) if day.closes <= now]
    if not days:
        raise BadInput(f"days: expected a session that is over from {first} to {last}, found none; choose others")
    return days


def _is_whole(kept: _Kept, day: TradingDay) -> bool:
    """Return whether every minute of a session is in the store."""
    if day.date not in kept.store.days():
        return False
    bars = kept.store.read(tick=kept.tick, first=day.date, last=day.date)
    return sum(day.opens <= bar.start < day.closes for bar in bars) == int(day.minutes)

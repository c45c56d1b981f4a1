"""Same-day option quotes made from a known model, for the tests of what reads them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from pathlib import Path

import numpy as np

from lottogrid.clock import NEW_YORK, to_utc
from lottogrid.market.chains import Chain, chains_of
from lottogrid.market.option_quotes import Snapshot
from lottogrid.pricing.black76 import price
from lottogrid.pricing.moves import expected_move
from lottogrid.pricing.smile import FLAT, SmileSource
from lottogrid.pricing.time import total_sd
from tests.market.made import Weekdays, trading_days

HEADER = ("quote_ts", "root", "expiry", "right", "strike", "bid", "ask", "mid", "underlying")
TIMES = (time(9, 35), time(10, 0), time(11, 0), time(12, 0), time(13, 0), time(14, 0), time(15, 0), time(15, 30))
FORWARD = 6003.0


def snapshot(on: date, at: time, volatility: float, smile: SmileSource = FLAT, spread: float | None = None) -> Snapshot:
    """Return quotes of strikes 5 points apart as the model has them; `spread` is a fraction of each option's price."""
    instant = to_utc(datetime.combine(on, at, tzinfo=NEW_YORK))
    (day,) = trading_days(1, on)
    minutes_left = day.minutes_left(instant)
    sd = total_sd(volatility, minutes_left)
    strikes = np.arange(5850.0, 6155.0, 5.0)
    z = (strikes - FORWARD) / expected_move(FORWARD, sd)
    sds = sd * smile.at(volatility, minutes_left).multiplier(z)
    mid = np.concatenate([price(FORWARD, strikes, sds, True), price(FORWARD, strikes, sds, False)])
    half = np.full_like(mid, np.nan) if spread is None else mid * spread / 2
    is_call = np.arange(len(mid)) < len(strikes)
    return Snapshot(instant, "SPXW", on, FORWARD, np.tile(strikes, 2), is_call, mid - half, mid + half, mid)


def snapshots(
    days: int,
    smile: SmileSource = FLAT,
    spread: float | None = None,
    volatility: Callable[[int, time], float] = lambda _, __: 0.12,
    times: Sequence[time] = TIMES,
) -> list[Snapshot]:
    """Return quotes of some weekdays from Monday on, with the volatility of each day's number and time."""
    return [
        snapshot(day.date, at, volatility(number, at), smile, spread)
        for number, day in enumerate(trading_days(days))
        for at in times
    ]


def chains(made: Iterable[Snapshot]) -> list[Chain]:
    """Return the chains of quotes, all of which must be readable."""
    found, left_out = chains_of(made, Weekdays())
    assert not left_out
    return found


def write_quotes(path: Path, made: Iterable[Snapshot]) -> Path:
    """Write quotes as a file."""
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(HEADER)
        for each in made:
            for place in range(len(each.strike)):
                prices = (each.bid[place], each.ask[place], each.mid[place])
                right = "C" if each.is_call[place] else "P"
                head = (each.at.isoformat(), each.root, each.expiry, right, float(each.strike[place]))
                rows.writerow((*head, *("" if np.isnan(known) else float(known) for known in prices), each.underlying))
    return path

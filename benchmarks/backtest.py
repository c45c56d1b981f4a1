"""Speed of the fast backtest beside a plain Python loop of the same rule, in one process.

    python benchmarks/backtest.py [--json] [--days 252] [--loop-days 3] [--rounds 5]

A year of generated sessions, the full rule: smile, bid and ask, ticks, commissions, limits, both levels. The loop is
that of `benchmarks/replay.py`, on the same exchange; it plays the first days of the year, and the engine must come to
the same trades on them. Measured by themselves are

- the engine from arrays of bars to all its decisions and their profit: volatilities, prices, entries and exits;
- the same for another setting on the same bars, as in a sweep: what has been priced is not priced again;
- the bars' way from objects into arrays, and the trades' way out of them.

How near the engine is to what prices alone cost is told in marks, the legs times the minutes that they were held: what
an engine without bounds would have to value. Where numba is installed its loops take turns with the vectors, must come
to the same, and are set against marks that such a loop prices. Rounds are interleaved, so that a busy machine slows
all; the medians are printed. Only ratios mean anything on another machine.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np
from loguru import logger

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.replay import PlainLoop, Row
from lottogrid.backtest.engine import Ground, Outcome, run
from lottogrid.backtest.kernels import Kernel
from lottogrid.backtest.sweep import fingerprint
from lottogrid.backtest.tape import Tape
from lottogrid.calendar import Calendar
from lottogrid.cli.feed import FIRST_GENERATED, days_from, generated
from lottogrid.cli.research.backtest_work import plan_of
from lottogrid.cli.wiring import forecast_of
from lottogrid.clock import trading_date
from lottogrid.market.contracts import OptionContract
from lottogrid.market.sessions import Session
from lottogrid.pricing.black76 import price
from lottogrid.pricing.blocks import Floats
from lottogrid.settings import Settings, load
from lottogrid.trades import Trade

SETTINGS = ("simulator.profile=ideal",)
OTHER = (*SETTINGS, "volatility_threshold=0.6", "profit_target_multiplier=3", "max_premium_per_strangle=30")


def rows_of(settings: Settings, trades: list[Trade]) -> list[Row]:
    """Return trades as the loop tells of them."""
    symbol = settings.market.instrument
    return [
        (
            str(
                OptionContract(symbol=symbol, expiry=trading_date(trade.opened_at), right=leg.right, strike=leg.strike)
            ),
            leg.entry_at.isoformat(),
            f"{leg.entry_price:.4f}",
            f"{leg.exit_price:.4f}",
        )
        for trade in trades
        for leg in trade.legs
    ]


def marks_of(found: Outcome) -> int:
    """Return the legs times the minutes that they were held."""
    held = found.exits.columns - found.positions.columns[:, np.newaxis]
    return int(held.sum())


def price_marks(count: int) -> None:
    """Price as many options as there are marks, by the bare kernel."""
    rng = np.random.default_rng(1)
    price(6300.0, 6300 + 60 * rng.standard_normal(count), 0.005 * rng.random(count) + 0.001, True)


def mark_loop() -> Callable[[int], None]:
    """Return what prices as many options in a compiled loop."""
    from lottogrid.backtest.compiled.jit import compiled  # noqa: PLC0415 - numba is an extra
    from lottogrid.backtest.compiled.values import worth  # noqa: PLC0415

    @compiled
    def fill_in(strike: Floats, sd: Floats, out: Floats) -> None:
        for place in range(len(strike)):
            out[place] = worth(6300.0, strike[place], sd[place], True)

    def priced(count: int) -> None:
        rng = np.random.default_rng(1)
        fill_in(6300 + 60 * rng.standard_normal(count), 0.005 * rng.random(count) + 0.001, np.empty(count))

    return priced


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that `work` takes."""
    began = perf_counter()
    work()
    return perf_counter() - began


def measure(days: int, loop_days: int, rounds: int) -> dict[str, float | int]:
    """Return the speeds and their ratios."""
    settings, other = load(None, {}, list(SETTINGS)), load(None, {}, list(OTHER))
    feed = generated(settings, days_from(Calendar(settings.session), FIRST_GENERATED, None, days))
    tape = Tape.of(feed.sessions)
    ground = Ground(tape, forecast_of(settings))
    found = run(ground, plan_of(settings))
    marks = marks_of(found)
    works: dict[str, Callable[[], object]] = {
        "engine": lambda: run(Ground(tape, forecast_of(settings)), plan_of(settings)).gains_usd,
        "again": lambda: run(ground, plan_of(other)).gains_usd,
        "in": partial(Tape.of, feed.sessions),
        "out": lambda: replace(found).trades,
        "marks": partial(price_marks, marks),
    }
    if Kernel.NUMBA.is_installed:
        fast = Ground(tape, forecast_of(settings), Kernel.NUMBA)
        if fingerprint(run(fast, plan_of(settings))) != fingerprint(found):
            raise RuntimeError("backtest: expected both kernels to come to the same, found that they do not")
        fresh = partial(Ground, tape, kernel=Kernel.NUMBA)
        works |= {
            "numba_engine": lambda: run(fresh(forecast=forecast_of(settings)), plan_of(settings)).gains_usd,
            "numba_again": lambda: run(fast, plan_of(other)).gains_usd,
            "numba_marks": partial(mark_loop(), marks),
        }
        for work in works.values():
            work()
    seconds: dict[str, list[float]] = {name: [] for name in (*works, "loop")}
    for _ in range(rounds):
        for name, work in works.items():
            seconds[name].append(timed(work))
        loop = PlainLoop(settings)
        seconds["loop"].append(timed(partial(loop.play, feed.sessions[:loop_days])))
    check(settings, found, loop, feed.sessions[:loop_days])
    middle = {name: statistics.median(values) for name, values in seconds.items()}
    loop_bars = sum(len(session.bars) for session in feed.sessions[:loop_days])
    return {
        "days": len(feed.sessions),
        "bars": feed.bars,
        "legs": 2 * len(found.positions),
        "marks": marks,
        "engine_seconds": round(middle["engine"], 4),
        "again_seconds": round(middle["again"], 4),
        "bars_in_seconds": round(middle["in"], 4),
        "trades_out_seconds": round(middle["out"], 4),
        "engine_bars_per_second": round(feed.bars / middle["engine"]),
        "loop_bars_per_second": round(loop_bars / middle["loop"]),
        "times_the_loop": round(feed.bars / middle["engine"] / (loop_bars / middle["loop"]), 1),
        "times_the_marks": round(middle["engine"] / middle["marks"], 2),
    } | (_of_numba(middle) if Kernel.NUMBA.is_installed else {})


def _of_numba(middle: dict[str, float]) -> dict[str, float | int]:
    return {
        "numba_engine_seconds": round(middle["numba_engine"], 4),
        "numba_again_seconds": round(middle["numba_again"], 4),
        "numba_times_the_vectors": round(middle["engine"] / middle["numba_engine"], 2),
        "numba_times_the_marks": round(middle["numba_engine"] / middle["numba_marks"], 2),
    }


def check(settings: Settings, found: Outcome, loop: PlainLoop, sessions: list[Session]) -> None:
    """Refuse a loop and an engine that do not trade the same."""
    days = {session.day.date for session in sessions}
    ours = rows_of(settings, [trade for trade in found.trades if trading_date(trade.opened_at) in days])
    if ours != loop.rows:
        odd = [pair for pair in zip(ours, loop.rows, strict=False) if pair[0] != pair[1]][:1]
        raise RuntimeError(f"backtest: expected equal trades, found {len(ours)} and {len(loop.rows)} legs: {odd}")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--days", type=int, default=252, help="generated sessions")
    parser.add_argument("--loop-days", type=int, default=3, help="of them, those that the loop plays")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds")
    arguments = parser.parse_args()
    logger.remove()
    found = measure(arguments.days, arguments.loop_days, arguments.rounds)
    if arguments.json:
        print(json.dumps(found))
        return
    print(f"{found['days']} days, {found['bars']} bars, {found['legs']} legs, {found['marks']} marks")
    print(
        f"  engine                 {found['engine_seconds']:>8.3f} s, {found['engine_bars_per_second']} bars a second"
    )
    print(f"  another setting        {found['again_seconds']:>8.3f} s")
    print(f"  bars in, trades out    {found['bars_in_seconds']:>8.3f} s, {found['trades_out_seconds']:.3f} s")
    print(f"  plain loop             {found['loop_bars_per_second']:>8} bars a second")
    print(f"  ratios                 {found['times_the_loop']:>8} times the loop's speed,")
    print(f"                         {found['times_the_marks']:>8} times the time that pricing every mark takes")
    if "numba_engine_seconds" not in found:
        print("  with numba             not measured: pip install lottogrid[fast]")
        return
    print(
        f"  with numba             {found['numba_engine_seconds']:>8.4f} s, {found['numba_again_seconds']:.4f} s again,"
    )
    print(f"                         {found['numba_times_the_vectors']:>8} times the speed of the vectors,")
    print(
        f"                         {found['numba_times_the_marks']:>8} times the time of a compiled loop over the marks"
    )


if __name__ == "__main__":
    main()

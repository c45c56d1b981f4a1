"""A fair game: on a driftless walk priced with its own volatility the rule neither gains nor loses.

    python benchmarks/fair_game.py [--json] [--sessions 300] [--seed 1] [--processes 2]

Every trade goes through the real actors. The exchange knows the walk's volatility, there is no smile, no spread, no
commission and next to no tick, so each price is the expected value of what is bought: whatever the rule does, its mean
gain is zero within its standard error. A rule that saw the future, time counted twice, or a fill booked at a wrong
price would show as a gain or a loss.

A gain is the sum of what holding brought and of the edge: how much better than the value at the end of its minute each
fill was. Holding is fair by mathematics, so the edge is where a bias would be, and with far less noise around it. One
is there and stays: the walk goes in steps of five seconds, hence beyond a target before it can be at it, but the target
is filled at its limit. That costs about 0.58 of a step's standard deviation (the mean overshoot of a normal walk; S.
Asmussen, P. Glynn and J. Pitman, 1995) times the option's delta.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import chain, islice
from math import sqrt
from pathlib import Path
from statistics import fmean, stdev
from tempfile import TemporaryDirectory

from loguru import logger

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from actors.replay import Replay, play
from actors.venue import Line
from lottogrid.calendar import Calendar, TradingDay
from lottogrid.cli.wiring import parts_of
from lottogrid.clock import trading_date
from lottogrid.exchange.exchange import Exchange
from lottogrid.exchange.model import MarketModel
from lottogrid.exchange.profiles import profile_of
from lottogrid.ledger.ledger import Ledger
from lottogrid.market.bars import Bar
from lottogrid.market.contracts import OptionContract, spec_of
from lottogrid.market.generated import random_walk_sessions
from lottogrid.market.sessions import Session
from lottogrid.market.ticks import TickLadder
from lottogrid.pricing.smile import FLAT
from lottogrid.settings import Settings, load
from lottogrid.trades import Trade

VOLATILITY = 0.13
START = Decimal(6300)
TICK = Decimal("0.01")
"""Of the underlying, points: at 0.25 rounding would add 13 % to the variance of a minute."""
SPEC = replace(
    spec_of("MES"), underlying_tick=TICK, ladder=TickLadder.of((Decimal(0), Decimal("0.0001"))), strike_step=Decimal(5)
)
MODEL = MarketModel(SPEC.ladder, FLAT, spread_factor=0.0)
FIRST_DAY = date(2026, 2, 2)
CHUNK = 20
"""Sessions of one replay, from one seed: full days all of them."""
MINUTE = timedelta(minutes=1)
NO_LIMITS = (
    "max_premium_per_strangle=1000000",
    "start_cash=100000000",
    "max_draw=100000000",
    "commission_per_contract=0",
)


class KnownVolatility:
    """A forecast that knows."""

    def start_session(self, day: TradingDay) -> None:
        """Every day is alike."""

    def add(self, bar: Bar, day: TradingDay) -> None:
        """Nothing is learnt from it."""

    def annual_volatility(self) -> float:
        """Return the walk's own."""
        return VOLATILITY


@dataclass(frozen=True, slots=True)
class SessionResult:
    """What a session came to. Dollars."""

    gain: float
    edge: float
    premium: float
    trades: int
    targets: int
    """Legs that were sold at their target."""


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of a figure over the sessions, and how far it is from zero. Dollars a session."""

    mean: float
    standard_error: float
    z: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Mean:
        """Return the mean of independent `values`."""
        mean, error = fmean(values), stdev(values) / sqrt(len(values))
        return cls(mean, error, mean / error)

    def __str__(self) -> str:
        return f"{self.mean:+8.2f} dollars a session, standard error {self.standard_error:6.2f}, z {self.z:+.2f}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What all sessions came to."""

    sessions: int
    seed: int
    trades: int
    targets: int
    premium: float
    """Dollars a session."""
    gain: Mean
    edge: Mean


def measure(sessions: int, seed: int, *, processes: int = 1, overrides: tuple[str, ...] = ()) -> Outcome:
    """Play `sessions` in chunks, each with a seed of its own that follows from `seed`."""
    counts = [min(CHUNK, sessions - begun) for begun in range(0, sessions, CHUNK)]
    seeds = [1000 * seed + number for number in range(len(counts))]
    work = partial(play_chunk, overrides=overrides)
    if processes == 1:
        rows = list(chain.from_iterable(map(work, seeds, counts)))
    else:
        with ProcessPoolExecutor(processes) as pool:
            rows = list(chain.from_iterable(pool.map(work, seeds, counts)))
    return Outcome(
        sessions=len(rows),
        seed=seed,
        trades=sum(row.trades for row in rows),
        targets=sum(row.targets for row in rows),
        premium=fmean(row.premium for row in rows),
        gain=Mean.of([row.gain for row in rows]),
        edge=Mean.of([row.edge for row in rows]),
    )


def play_chunk(seed: int, count: int, overrides: tuple[str, ...] = ()) -> list[SessionResult]:
    """Return what each of `count` sessions came to."""
    logger.remove()
    settings = load(None, {}, [*NO_LIMITS, *overrides])
    days = list(islice(_days(Calendar(settings.session)), count))
    sessions = random_walk_sessions(days, seed=seed, start_price=START, annual_volatility=VOLATILITY, tick=TICK)
    by_day: dict[date, list[Trade]] = defaultdict(list)
    for trade in play_sessions(settings, sessions):
        by_day[trading_date(trade.opened_at)].append(trade)
    return [_result(session, by_day[session.day.date]) for session in sessions]


def play_sessions(settings: Settings, sessions: Sequence[Session]) -> list[Trade]:
    """Return the trades of a replay in a fair market; a fault in any day is an error."""
    line = Line()
    profile = replace(profile_of("ideal"), commission_per_contract=Decimal(0), spread_factor=0.0)
    exchange = Exchange(SPEC, profile, settings.simulator.seed, FLAT, KnownVolatility())
    with TemporaryDirectory(prefix="lottogrid-fair-") as folder:
        path = Path(folder) / "ledger.sqlite"
        Ledger.open(path, durable=False).close()
        parts = parts_of(settings, lambda: Ledger.open(path, durable=False), line.connect, compounds=False)
        replay = Replay(replace(parts, spec=SPEC), line, exchange, sessions)
        with closing(Ledger.open_read_only(path)) as ledger:
            result = play(replay, ledger)
    if result.faults:
        raise RuntimeError(f"replay: expected flat days and equal books, found {result.faults}")
    return result.trades


def _result(session: Session, trades: Iterable[Trade]) -> SessionResult:
    trades = list(trades)
    prices = {bar.start + MINUTE: bar.close for bar in session.bars}
    return SessionResult(
        gain=float(sum((trade.pnl for trade in trades if trade.pnl is not None), Decimal(0))),
        edge=sum(_edge(trade, session.day, prices) for trade in trades),
        premium=float(sum((trade.premium for trade in trades), Decimal(0))),
        trades=len(trades),
        targets=sum(leg.exit_reason == "target" for trade in trades for leg in trade.legs),
    )


def _edge(trade: Trade, day: TradingDay, prices: dict[datetime, Decimal]) -> float:
    """Return by how many dollars the fills of a trade were better than the values at the ends of their minutes."""
    edge = 0.0
    for leg in trade.legs:
        contract = OptionContract(symbol=SPEC.symbol, expiry=day.date, right=leg.right, strike=leg.strike)
        worth = [
            MODEL.at(prices[at], VOLATILITY, day.minutes_left(at)).theo(contract) for at in (leg.entry_at, leg.exit_at)
        ]
        edge += leg.quantity * (worth[0] - float(leg.entry_price) + float(leg.exit_price) - worth[1])
    return edge * float(SPEC.multiplier)


def _days(calendar: Calendar) -> Iterator[TradingDay]:
    day = calendar.next_day(FIRST_DAY - timedelta(days=1))
    while True:
        yield day
        day = calendar.next_day(day.date)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--sessions", type=int, default=300, help="how many; 2000 show more and take ten minutes")
    parser.add_argument("--seed", type=int, default=1, help="of the walks")
    parser.add_argument("--processes", type=int, default=2, help="that share the work")
    arguments = parser.parse_args()
    found = measure(arguments.sessions, arguments.seed, processes=arguments.processes)
    if arguments.json:
        print(json.dumps(asdict(found)))
        return
    print(f"{found.sessions} sessions, seed {found.seed}: {found.trades} strangles for {found.premium:.2f} dollars")
    print(f"a session, {found.targets} legs sold at their target")
    print(f"gain {found.gain}")
    print(f"edge {found.edge}, in it already")


if __name__ == "__main__":
    main()

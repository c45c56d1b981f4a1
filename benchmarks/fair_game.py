"""A fair game: on a driftless walk priced with its own volatility the rule neither gains nor loses.

    python benchmarks/fair_game.py [--json] [--sessions 300] [--seed 1] [--processes 2]

Every trade goes through the real actors. The exchange knows the walk's volatility, there is no smile, no spread, no
commission and next to no tick, so each price is the expected value of what is bought: whatever the rule does, its mean
gain is zero within its standard error. A rule that saw the future, time counted twice, or a fill booked at a wrong
price would show as a gain or a loss.

A gain is the sum of what holding brought and of the edge: how much better than the value at the end of its minute each
fill was. Holding is fair by mathematics, so the edge is where a bias would be, and with far less noise around it. One
is known: the walk goes in steps of five seconds, hence beyond a target before it can be at it, but the target is filled
at its limit. The mean overshoot of a normal walk is 0.5826 of a step's standard deviation (D. Siegmund, Sequential
Analysis, 1985, chapter 10); times the option's delta it is what the known part costs. The rest of the edge must be 0.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
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
from lottogrid.market.contracts import OptionContract, Right, spec_of
from lottogrid.market.generated import SUBSTEPS, random_walk_sessions
from lottogrid.market.sessions import Session
from lottogrid.market.ticks import TickLadder
from lottogrid.pricing.smile import FLAT
from lottogrid.pricing.time import MINUTES_PER_YEAR
from lottogrid.settings import Settings, load
from lottogrid.trades import Trade, TradeLeg

VOLATILITY = 0.13
START = Decimal(6300)
TICK = Decimal("0.01")
"""Of the underlying, points: at 0.25 rounding would add 13 % to the variance of a minute."""
SPEC = replace(spec_of("MES"), underlying_tick=TICK, ladder=TickLadder.of((Decimal(0), Decimal("0.0001"))))
MODEL = MarketModel(SPEC.ladder, FLAT, spread_factor=0.0)
FIRST_DAY = date(2026, 2, 2)
CHUNK = 20
"""Sessions of one replay, from one seed: full days all of them."""
MINUTE = timedelta(minutes=1)
OVERSHOOT = 0.5826 * VOLATILITY / sqrt(MINUTES_PER_YEAR * SUBSTEPS)
"""By which a walk is beyond a level when it first is, a fraction of the price."""
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
    overshoot: float
    """What of the edge the overshoot at the targets explains."""
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
    overshoot: float
    """Dollars a session, below 0."""
    booked: Mean
    gain: Mean
    """What was booked, without the overshoot."""
    edge: Mean
    """The part of the gain that the prices of the fills made."""


def measure(sessions: int, seed: int, *, processes: int = 1, overrides: tuple[str, ...] = ()) -> Outcome:
    """Play `sessions` in chunks, each with a seed of its own that follows from `seed`."""
    counts = [min(CHUNK, sessions - begun) for begun in range(0, sessions, CHUNK)]
    seeds = [1000 * seed + number for number in range(len(counts))]
    work = partial(play_chunk, overrides=overrides)
    if processes == 1:
        rows = list(chain.from_iterable(map(work, seeds, counts)))
    else:
        with ProcessPoolExecutor(processes, initializer=logger.remove) as pool:
            rows = list(chain.from_iterable(pool.map(work, seeds, counts)))
    return Outcome(
        sessions=len(rows),
        seed=seed,
        trades=sum(row.trades for row in rows),
        targets=sum(row.targets for row in rows),
        premium=fmean(row.premium for row in rows),
        overshoot=fmean(row.overshoot for row in rows),
        booked=Mean.of([row.gain for row in rows]),
        gain=Mean.of([row.gain - row.overshoot for row in rows]),
        edge=Mean.of([row.edge - row.overshoot for row in rows]),
    )


def play_chunk(seed: int, count: int, overrides: tuple[str, ...] = ()) -> list[SessionResult]:
    """Return what each of `count` sessions came to."""
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


def _result(session: Session, trades: Sequence[Trade]) -> SessionResult:
    legs = [leg for trade in trades for leg in trade.legs]
    targets = [leg for leg in legs if leg.exit_reason == "target"]
    return SessionResult(
        gain=float(sum((trade.pnl for trade in trades if trade.pnl is not None), Decimal(0))),
        edge=sum(_edge(leg, session) for leg in legs) * float(SPEC.multiplier),
        overshoot=sum(_overshoot(leg, session) for leg in targets) * float(SPEC.multiplier),
        premium=float(sum((trade.premium for trade in trades), Decimal(0))),
        trades=len(trades),
        targets=len(targets),
    )


def _edge(leg: TradeLeg, session: Session) -> float:
    """Return by how many points the fills of a leg were better than the values at the ends of their minutes."""
    bought, sold = (
        _worth(leg, session.day, _bar(session, at).close, at) - float(price)
        for at, price in ((leg.entry_at, leg.entry_price), (leg.exit_at, leg.exit_price))
    )
    return leg.quantity * (bought - sold)


def _overshoot(leg: TradeLeg, session: Session) -> float:
    """Return the points that a leg is expected to have lost at its target, below 0."""
    bar, at = _bar(session, leg.exit_at), leg.exit_at
    reached = bar.high if leg.right is Right.CALL else bar.low
    delta = _worth(leg, session.day, reached + 1, at) - _worth(leg, session.day, reached, at)
    return -leg.quantity * abs(delta) * OVERSHOOT * float(reached)


def _worth(leg: TradeLeg, day: TradingDay, price: Decimal, at: datetime) -> float:
    contract = OptionContract(symbol=SPEC.symbol, expiry=day.date, right=leg.right, strike=leg.strike)
    return MODEL.at(price, VOLATILITY, day.minutes_left(at)).theo(contract)


def _bar(session: Session, end: datetime) -> Bar:
    """Return the bar that ended at `end`."""
    return session.bars[(end - session.bars[0].start) // MINUTE - 1]


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
    logger.remove()
    found = measure(arguments.sessions, arguments.seed, processes=arguments.processes)
    if arguments.json:
        print(json.dumps(asdict(found)))
        return
    print(f"{found.sessions} sessions, seed {found.seed}: {found.trades} strangles for {found.premium:.2f} dollars")
    print(f"a session, {found.targets} legs sold at their target")
    print(f"booked    {found.booked}")
    print(f"overshoot {found.overshoot:+8.2f} dollars a session")
    print(f"gain      {found.gain}, without the overshoot")
    print(f"edge      {found.edge}, the part of the gain that fills made")


if __name__ == "__main__":
    main()

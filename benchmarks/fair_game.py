"""A fair game: on a driftless walk priced with its own volatility the rule neither gains nor loses.

    python benchmarks/fair_game.py [--json] [--sessions 300] [--seed 1] [--processes 2]
    python benchmarks/fair_game.py --engine backtest --rules --sessions 20000
    python benchmarks/fair_game.py --engine backtest --costs --sessions 20000

Every trade goes through the real actors, or through the fast engine, which trades the same. The exchange knows the
walk's volatility, there is no smile, no spread, no commission and next to no tick, so each price is the expected value
of what is bought: whatever the rule does, its mean gain is zero within its standard error. A rule that saw the future,
time counted twice, or a fill booked at a wrong price would show as a gain or a loss.

A gain is the sum of what holding brought and of the edge: how much better than the value at the end of its minute each
fill was. Holding is fair by mathematics, so the edge is where a bias would be, and with far less noise around it. Two
are known, both at the targets. The walk goes in steps of five seconds, hence beyond a target before it can be at it,
but the target is filled at its limit: the mean overshoot of a normal walk is 0.5826 of a step's standard deviation
(D. Siegmund, Sequential Analysis, 1985, chapter 10), and times the option's delta it is what that costs. And the path
of a bar is priced with the time that is left behind the bar, so that a target is reached where the option is worth more
than its limit, by the decay of what is left of the minute. Both are told together as the overshoot. The rest of the
edge must be 0.

With `--costs` the options stand on their ticks with the measured spread, and contracts cost their commission. Then the
edge, below 0, is what the spread took; with the commissions it is what a session costs, and what is left beside that
must be 0.
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
from functools import lru_cache, partial
from itertools import chain, islice
from math import sqrt
from pathlib import Path
from statistics import fmean, stdev
from tempfile import TemporaryDirectory

from loguru import logger

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from actors.replay import Replay, play
from actors.venue import Line
from lottogrid.backtest.engine import Ground, run
from lottogrid.calendar import Calendar, TradingDay
from lottogrid.cli.research.backtest_work import plan_of
from lottogrid.cli.wiring import parts_of
from lottogrid.clock import trading_date
from lottogrid.exchange.exchange import Exchange
from lottogrid.exchange.model import MarketModel
from lottogrid.exchange.profiles import BrokerProfile, profile_of
from lottogrid.ledger.ledger import Ledger
from lottogrid.market.bars import Bar
from lottogrid.market.contracts import ContractSpec, OptionContract, Right, spec_of
from lottogrid.market.generated import SUBSTEPS, random_walk_sessions
from lottogrid.market.sessions import PREMARKET, Session
from lottogrid.market.ticks import TickLadder
from lottogrid.pricing.smile import FLAT
from lottogrid.pricing.time import MINUTES_PER_YEAR
from lottogrid.settings import SessionSettings, Settings, load
from lottogrid.trades import Trade, TradeLeg

VOLATILITY = 0.13
START = Decimal(6300)
TICK = Decimal("0.01")
"""Of the underlying, points: at 0.25 rounding would add 13 % to the variance of a minute."""
SPEC = replace(spec_of("MES"), underlying_tick=TICK, ladder=TickLadder.of((Decimal(0), Decimal("0.0001"))))
PROFILE = replace(profile_of("ideal"), commission_per_contract=Decimal(0), spread_factor=0.0)
COSTLY = replace(spec_of("MES"), underlying_tick=TICK), profile_of("ideal")
"""The contract on its own ticks, and the broker with spread and commission."""
MODEL = MarketModel(SPEC.ladder, FLAT, spread_factor=0.0)
FIRST_DAY = date(2026, 2, 2)
CHUNK = 20
"""Sessions of one replay, from one seed: full days all of them."""
MINUTE = timedelta(minutes=1)
OVERSHOOT = 0.5826 * VOLATILITY / sqrt(MINUTES_PER_YEAR * SUBSTEPS)
"""By which a walk is beyond a level when it first is, a fraction of the price."""
LEFT_OF_A_MINUTE = (SUBSTEPS - 1) / (2 * SUBSTEPS)
"""What is left of its minute in the mean when a step of the walk ends."""
NO_LIMITS = (
    "max_premium_per_strangle=1000000",
    "start_cash=100000000",
    "max_draw=100000000",
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


RULES = {
    "target 2 x": ("profit_target_multiplier=2",),
    "target 4 x": (),
    "target 10 x": ("profit_target_multiplier=10",),
    "no target, all sold 2 minutes before the close": ("profit_target_multiplier=100000",),
    "no target, all sold an hour before the close": (
        "profit_target_multiplier=100000",
        "session.flatten_minutes=60",
        "session.last_entry_minutes=90",
    ),
    "strikes at 1.5 implied moves": ("implied_move_multiplier_1=1.5",),
    "strikes at 0.5 implied moves": ("implied_move_multiplier_1=0.5",),
    "both levels": ("levels=both",),
    "entries by annualised volatility": ("entry_measure=annualised", "volatility_threshold=1"),
}
"""Exit rules, levels and entry measures, each beside the defaults."""


Market = tuple[ContractSpec, BrokerProfile]


@dataclass(frozen=True, slots=True)
class SessionResult:
    """What a session came to. Dollars."""

    gain: float
    edge: float
    overshoot: float
    """What of the edge the overshoot at the targets explains."""
    premium: float
    commission: float
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
    costs: Mean
    """Commissions, and what the fills were worse than the values."""
    left: Mean
    """What was booked, without the costs."""


def measure(
    sessions: int,
    seed: int,
    *,
    processes: int = 1,
    overrides: tuple[str, ...] = (),
    engine: str = "actors",
    market: Market = (SPEC, PROFILE),
) -> Outcome:
    """Play `sessions` in chunks, each with a seed of its own that follows from `seed`."""
    (found,) = measure_all(sessions, seed, [overrides], processes=processes, engine=engine, market=market)
    return found


def measure_all(
    sessions: int, seed: int, rules: Sequence[tuple[str, ...]], *, processes: int, engine: str, market: Market
) -> list[Outcome]:
    """Play the same sessions with each of `rules`."""
    counts = [min(CHUNK, sessions - begun) for begun in range(0, sessions, CHUNK)]
    seeds = [1000 * seed + number for number in range(len(counts))]
    work = partial(play_chunk, rules=rules, engine=engine, market=market)
    if processes == 1:
        chunks = list(map(work, seeds, counts))
    else:
        with ProcessPoolExecutor(processes, initializer=logger.remove) as pool:
            chunks = list(pool.map(work, seeds, counts))
    return [_outcome(list(chain.from_iterable(rows)), seed) for rows in zip(*chunks, strict=True)]


def _outcome(rows: Sequence[SessionResult], seed: int) -> Outcome:
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
        costs=Mean.of([row.commission - row.edge for row in rows]),
        left=Mean.of([row.gain + row.commission - row.edge for row in rows]),
    )


def play_chunk(
    seed: int, count: int, rules: Sequence[tuple[str, ...]], engine: str, market: Market
) -> list[list[SessionResult]]:
    """Return what each of `count` sessions came to, by rule."""
    return [_play_rule(seed, count, overrides, engine, market) for overrides in rules]


def _play_rule(seed: int, count: int, overrides: tuple[str, ...], engine: str, market: Market) -> list[SessionResult]:
    commission = f"commission_per_contract={market[1].commission_per_contract}"
    settings = load(None, {}, [*NO_LIMITS, commission, *overrides])
    sessions = _sessions_of(settings.session, seed, count)
    by_day: dict[date, list[Trade]] = defaultdict(list)
    for trade in ENGINES[engine](settings, sessions, market):
        by_day[trading_date(trade.opened_at)].append(trade)
    return [_result(session, by_day[session.day.date]) for session in sessions]


@lru_cache(maxsize=2)
def _sessions_of(hours: SessionSettings, seed: int, count: int) -> tuple[Session, ...]:
    """Return the sessions of a chunk, the same object for rules of the same hours."""
    days = list(islice(_days(Calendar(hours)), count))
    sessions = tuple(Session(day, session.bars) for day, session in zip(days, _walks(seed, count), strict=True))
    return sessions if sessions[0].bars[0].start == days[0].opens - PREMARKET else _sessions(seed, days)


@lru_cache(maxsize=2)
def _ground(sessions: tuple[Session, ...]) -> Ground:
    """Return what can be said of sessions without a rule: made once for all of them."""
    return Ground(sessions, KnownVolatility())


@lru_cache(maxsize=1)
def _walks(seed: int, count: int) -> tuple[Session, ...]:
    """Return the sessions of a chunk for the usual hours: the bars are the same whatever the rule."""
    settings = load(None, {}, [])
    return _sessions(seed, list(islice(_days(Calendar(settings.session)), count)))


def _sessions(seed: int, days: Sequence[TradingDay]) -> tuple[Session, ...]:
    return tuple(random_walk_sessions(days, seed=seed, start_price=START, annual_volatility=VOLATILITY, tick=TICK))


def play_sessions(settings: Settings, sessions: Sequence[Session], market: Market) -> list[Trade]:
    """Return the trades of a replay in a fair market; a fault in any day is an error."""
    line, (spec, profile) = Line(), market
    exchange = Exchange(spec, profile, settings.simulator.seed, FLAT, KnownVolatility())
    with TemporaryDirectory(prefix="lottogrid-fair-") as folder:
        path = Path(folder) / "ledger.sqlite"
        Ledger.open(path, durable=False).close()
        parts = parts_of(settings, lambda: Ledger.open(path, durable=False), line.connect, compounds=False)
        replay = Replay(replace(parts, spec=spec), line, exchange, sessions)
        with closing(Ledger.open_read_only(path)) as ledger:
            result = play(replay, ledger)
    if result.faults:
        raise RuntimeError(f"replay: expected flat days and equal books, found {result.faults}")
    return result.trades


def backtest_sessions(settings: Settings, sessions: Sequence[Session], market: Market) -> list[Trade]:
    """Return the trades of a backtest in the same market."""
    plan = replace(plan_of(settings), spec=market[0], profile=market[1], smile=FLAT)
    return run(_ground(tuple(sessions)), plan).trades


ENGINES = {"actors": play_sessions, "backtest": backtest_sessions}


def _result(session: Session, trades: Sequence[Trade]) -> SessionResult:
    legs = [leg for trade in trades for leg in trade.legs]
    targets = [leg for leg in legs if leg.exit_reason == "target"]
    return SessionResult(
        gain=float(sum((trade.pnl for trade in trades if trade.pnl is not None), Decimal(0))),
        edge=sum(_edge(leg, session) for leg in legs) * float(SPEC.multiplier),
        overshoot=sum(_overshoot(leg, session) for leg in targets) * float(SPEC.multiplier),
        premium=float(sum((trade.premium for trade in trades), Decimal(0))),
        commission=float(sum((trade.commission for trade in trades), Decimal(0))),
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
    price, up = (bar.high, 1) if leg.right is Right.CALL else (bar.low, -1)
    for _ in range(3):  # from beyond the target back to where the option is worth it
        worth = _worth(leg, session.day, price, at)
        delta = _worth(leg, session.day, price + up, at) - worth
        price -= up * Decimal((worth - float(leg.exit_price)) / delta)
    worth = _worth(leg, session.day, price, at)
    decay = _worth(leg, session.day, price, at - MINUTE * LEFT_OF_A_MINUTE) - worth
    return -leg.quantity * (delta * OVERSHOOT * float(price) + decay)


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
    parser.add_argument("--engine", choices=sorted(ENGINES), default="actors", help="what trades")
    parser.add_argument("--costs", action="store_true", help="with ticks, spread and commission")
    parser.add_argument("--rules", action="store_true", help="each exit rule and level by itself")
    arguments = parser.parse_args()
    logger.remove()
    rules = RULES if arguments.rules else {"": ()}
    outcomes = measure_all(
        arguments.sessions,
        arguments.seed,
        list(rules.values()),
        processes=arguments.processes,
        engine=arguments.engine,
        market=COSTLY if arguments.costs else (SPEC, PROFILE),
    )
    found = dict(zip(rules, outcomes, strict=True))
    if arguments.json:
        documents = {name: asdict(outcome) for name, outcome in found.items()}
        print(json.dumps(documents if arguments.rules else documents[""]))
        return
    for name, outcome in found.items():
        show(name, outcome, with_costs=arguments.costs)


def show(name: str, found: Outcome, *, with_costs: bool) -> None:
    """Print for a person."""
    if name:
        print(name)
    print(f"{found.sessions} sessions, seed {found.seed}: {found.trades} strangles for {found.premium:.2f} dollars")
    print(f"a session, {found.targets} legs sold at their target")
    print(f"booked    {found.booked}")
    if with_costs:
        print(f"costs     {found.costs}: commissions, and what the spread took")
        print(f"left      {found.left}, without the costs")
        return
    print(f"overshoot {found.overshoot:+8.2f} dollars a session")
    print(f"gain      {found.gain}, without the overshoot")
    print(f"edge      {found.edge}, the part of the gain that fills made")


if __name__ == "__main__":
    main()

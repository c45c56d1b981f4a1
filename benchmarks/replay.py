"""Speed of a replay through the real actors beside a plain loop of the same rule, in one process.

    python benchmarks/replay.py [--json] [--days 3] [--rounds 3]

Both play the same generated sessions with the same strategy object against the same exchange, and must come to the same
trades. The loop is what a script would be: no actors, no supervision, no machines, no journal; it loses everything when
it dies. The actors write each decision, order and fill to a ledger on disk. Rounds are interleaved, so that a busy
machine slows both; the medians are printed. Only the ratio means anything on another machine.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from loguru import logger

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from actors.replay import Replay, play
from actors.venue import Line
from lottogrid.brokers.port import BrokerEvent, Commissioned, Executed, Settled
from lottogrid.calendar import Calendar, TradingDay
from lottogrid.cli.feed import FIRST_GENERATED, days_from, generated
from lottogrid.cli.wiring import exchange_of, parts_of, strategy_of
from lottogrid.clock import trading_date
from lottogrid.ledger.ledger import Ledger
from lottogrid.market.bars import Bar
from lottogrid.market.contracts import OptionContract, Right, spec_of
from lottogrid.market.quotes import Quote
from lottogrid.market.sessions import Session
from lottogrid.orders import OrderIntent, OrderType, Purpose, Side
from lottogrid.positions import LegPlan, Proposal
from lottogrid.pricing.moves import total_sd_from_straddle
from lottogrid.pricing.realised import RealisedVolatility
from lottogrid.risk.book import RiskBook
from lottogrid.settings import Settings, load
from lottogrid.strategies.base import MarketView
from lottogrid.strategies.lotto_grid import listed_strike
from lottogrid.trades import Trade, TradeLeg

MINUTE = timedelta(minutes=1)
REPRICE = timedelta(seconds=15)
Row = tuple[str, str, str, str]
"""Contract, instant of entry, what was paid and what was got for it."""


@dataclass
class Leg:
    """One leg of the loop."""

    plan: LegPlan
    entry_at: datetime
    multiple: Decimal
    paid: Decimal | None = None
    got: Decimal | None = None
    order: str = ""


@dataclass
class Strangle:
    """One position of the loop."""

    legs: list[Leg]
    reserved: Decimal

    @property
    def is_open(self) -> bool:
        """Whether something of it is held or wanted."""
        return any(leg.got is None for leg in self.legs)


@dataclass
class PlainLoop:
    """The rule without anything round it."""

    settings: Settings
    strangles: list[Strangle] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.spec = spec_of(self.settings.market.instrument)
        self.strategy = strategy_of(self.settings)
        self.exchange = exchange_of(self.settings)
        self.realised = RealisedVolatility(self.settings.strategy.realised_window)
        self.orders: dict[str, Leg] = {}
        self.numbers = count(1)

    def play(self, sessions: list[Session]) -> None:
        """Play all sessions."""
        for session in sessions:
            self._begin(session.day)
            for bar in session.bars:
                self.on_bar(bar, session.day)
            self.exchange.close_session(session.day.closes)
            self._listen(session.day.closes)
            self.rows += [_row(leg) for each in self.strangles for leg in each.legs if leg.paid is not None]

    def _begin(self, day: TradingDay) -> None:
        self.exchange.start_session(day)
        self.strangles, self.orders = [], {}
        self.commissions = Decimal(0)
        self.last_entry: datetime | None = None

    def on_bar(self, bar: Bar, day: TradingDay) -> None:
        """Take in a minute, and decide."""
        now = bar.start + MINUTE
        if now == day.flatten:
            self._flatten(now)
            self._flatten(now + REPRICE)
        self.exchange.advance(bar, now)
        self._listen(now)
        self.realised.add(bar.start, float(bar.close))
        if day.opens <= now <= day.flatten:
            self._decide(bar, day, now)

    def _decide(self, bar: Bar, day: TradingDay, now: datetime) -> None:
        quotes: dict[OptionContract, Quote] = {}
        total_sd = self._total_sd(bar.close, day.date, now)
        view = MarketView(
            at=now,
            day=day,
            spec=self.spec,
            underlying=bar.close,
            underlying_at=now,
            minute_sd=self.realised.minute_sd,
            samples=self.realised.samples,
            total_sd=total_sd,
            minutes_left=day.minutes_left(now),
            quotes=quotes,
        )
        for contract in self.strategy.wanted(view):
            quote = self.exchange.quote(contract, now)
            if quote is not None:
                quotes[contract] = quote
        for proposal in self.strategy.decide(view, self._book(day.date)).proposals:
            self._enter(proposal, now)

    def _total_sd(self, price: Decimal, on: date, now: datetime) -> float | None:
        strike = listed_strike(price, self.spec)
        pair = [OptionContract(symbol=self.spec.symbol, expiry=on, right=right, strike=strike) for right in Right]
        mids = [quote.mid for contract in pair if (quote := self.exchange.quote(contract, now)) is not None]
        if len(mids) < len(pair) or None in mids:
            return None
        straddle = float(sum((mid for mid in mids if mid is not None), Decimal(0)))
        return total_sd_from_straddle(straddle, float(price), float(strike))

    def _book(self, on: date) -> RiskBook:
        closed = [leg for each in self.strangles for leg in each.legs if leg.got is not None and leg.paid is not None]
        gained = sum(((leg.got or 0) - (leg.paid or 0) for leg in closed), Decimal(0)) * self.spec.multiplier
        still_open = [each for each in self.strangles if each.is_open]
        return RiskBook(
            trading_date=on,
            baseline_usd=self.settings.risk.start_cash,
            realised_usd=gained - self.commissions,
            reserved_usd=sum((each.reserved for each in still_open), Decimal(0)),
            entries_today=len(self.strangles),
            open_count=len(still_open),
            last_entry_at=self.last_entry,
        )

    def _enter(self, proposal: Proposal, now: datetime) -> None:
        legs = [Leg(plan, now, proposal.target_multiple) for plan in proposal.legs]
        self.strangles.append(Strangle(legs, proposal.worst_case_usd))
        self.last_entry = now
        for leg in legs:
            self._place(leg, Side.BUY, leg.plan.limit_price, Purpose.ENTRY, now)
        self._listen(now)

    def _flatten(self, now: datetime) -> None:
        held = [leg for each in self.strangles for leg in each.legs if leg.paid is not None and leg.got is None]
        for leg in held:
            self.exchange.cancel(leg.order, now)
        self._listen(now)
        for leg in held:
            quote = self.exchange.quote(leg.plan.contract, now)
            bid = quote.bid if quote is not None else None
            self._place(leg, Side.SELL, bid or self.spec.ladder.smallest, Purpose.EXIT, now)
        self._listen(now)

    def _place(self, leg: Leg, side: Side, price: Decimal, purpose: Purpose, now: datetime) -> None:
        leg.order = f"P-{next(self.numbers)}"
        self.orders[leg.order] = leg
        intent = OrderIntent(
            ref=leg.order,
            position_id="",
            leg=leg.plan.number,
            contract=leg.plan.contract,
            side=side,
            quantity=leg.plan.quantity,
            order_type=OrderType.LIMIT,
            limit_price=price,
            purpose=purpose,
            created_at=now,
        )
        self.exchange.place(intent, now)

    def _listen(self, now: datetime) -> None:
        """Take in what the exchange says; what was bought is offered at its target, which may trade at once."""
        while bought := [leg for event in self.exchange.collect(now) if (leg := self._hear(event)) is not None]:
            for leg in bought:
                assert leg.paid is not None
                target = self.spec.ladder.ceil(leg.paid * leg.multiple)
                self._place(leg, Side.SELL, target, Purpose.TARGET, now)

    def _hear(self, event: BrokerEvent) -> Leg | None:
        """Take in an event; return the leg that it bought."""
        match event:
            case Executed(execution=execution):
                leg = self.orders[execution.order_ref]
                if execution.side is Side.BUY:
                    leg.paid = execution.price
                    return leg
                leg.got = execution.price
            case Commissioned(commission=commission):
                self.commissions += commission
            case Settled(contract=contract, price=price):
                for leg in (leg for each in self.strangles for leg in each.legs):
                    if leg.plan.contract == contract and leg.got is None:
                        leg.got = price
        return None


def _row(leg: Leg) -> Row:
    return str(leg.plan.contract), leg.entry_at.isoformat(), f"{leg.paid:.4f}", f"{leg.got:.4f}"


def play_actors(settings: Settings, sessions: list[Session]) -> tuple[list[Row], int]:
    """Return what the actors traded, and how many messages they handled."""
    line = Line()
    with TemporaryDirectory(prefix="lottogrid-bench-") as folder:
        path = Path(folder) / "ledger.sqlite"
        Ledger.open(path, durable=False).close()
        parts = parts_of(settings, lambda: Ledger.open(path, durable=False), line.connect, compounds=False)
        replay = Replay(parts, line, exchange_of(settings), sessions)
        with closing(Ledger.open_read_only(path)) as ledger:
            result = play(replay, ledger)
    if result.faults:
        raise RuntimeError(f"replay: expected flat days and equal books, found {result.faults}")
    return [_traded(settings, trade, leg) for trade in result.trades for leg in trade.legs], result.steps


def _traded(settings: Settings, trade: Trade, leg: TradeLeg) -> Row:
    on = trading_date(trade.opened_at)
    contract = OptionContract(symbol=settings.market.instrument, expiry=on, right=leg.right, strike=leg.strike)
    return str(contract), leg.entry_at.isoformat(), f"{leg.entry_price:.4f}", f"{leg.exit_price:.4f}"


def measure(days: int, rounds: int) -> dict[str, float | int]:
    """Return the speeds of both and their ratio."""
    settings = load(None, {}, ["simulator.profile=ideal", "max_premium_per_strangle=60"])
    feed = generated(settings, days_from(Calendar(settings.session), FIRST_GENERATED, None, days))
    seconds: dict[str, list[float]] = {"actors": [], "loop": []}
    steps = 0
    for _ in range(rounds):
        began = perf_counter()
        rows, steps = play_actors(settings, feed.sessions)
        seconds["actors"].append(perf_counter() - began)
        began = perf_counter()
        loop = PlainLoop(settings)
        loop.play(feed.sessions)
        seconds["loop"].append(perf_counter() - began)
        if rows != loop.rows:
            odd = [pair for pair in zip(rows, loop.rows, strict=False) if pair[0] != pair[1]][:1]
            raise RuntimeError(f"replay: expected equal trades, found {len(rows)} and {len(loop.rows)} legs: {odd}")
    actors, plain = (statistics.median(seconds[name]) for name in ("actors", "loop"))
    return {
        "days": days,
        "bars": feed.bars,
        "legs": len(rows),
        "actors_bars_per_second": round(feed.bars / actors),
        "loop_bars_per_second": round(feed.bars / plain),
        "actors_steps_per_second": round(steps / actors),
        "steps_per_bar": round(steps / feed.bars, 2),
        "ratio": round(actors / plain, 2),
    }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--days", type=int, default=3, help="generated sessions")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds")
    arguments = parser.parse_args()
    logger.remove()
    found = measure(arguments.days, arguments.rounds)
    if arguments.json:
        print(json.dumps(found))
        return
    print(f"{found['days']} days, {found['bars']} bars, {found['legs']} legs traded, the same by both")
    print(f"  actors, ledger on disk {found['actors_bars_per_second']:>8} bars a second")
    print(f"  plain loop             {found['loop_bars_per_second']:>8} bars a second")
    print(f"  ratio                  {found['ratio']:>8.2f} times the loop's time")
    print(
        f"  actors                 {found['actors_steps_per_second']:>8} steps a second, {found['steps_per_bar']} a bar"
    )


if __name__ == "__main__":
    main()

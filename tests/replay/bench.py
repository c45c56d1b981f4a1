"""A replay on a bench: generated or real sessions, any fault, and the questions every end of a day must answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from actors.replay import Replay, Replayed, play
from actors.runtime.cell import Cell
from actors.runtime.runtime import Interference
from actors.venue import Line
from lottogrid.calendar import Calendar, TradingDay
from lottogrid.cli.wiring import entry_policy_of, exchange_of, parts_of
from lottogrid.entering import LoneLeg
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.place import Place
from lottogrid.market.generated import generate_sessions
from lottogrid.market.sessions import Session
from lottogrid.orders import Purpose, Side
from lottogrid.positions import LegRecord, PositionState
from lottogrid.settings import Settings, load

WILD = ("max_premium_per_strangle=700", "max_draw=5000", "start_cash=50000")


class Killed(Exception):  # noqa: N818
    """Raised in an actor on purpose."""


@dataclass
class Kill(Interference):
    """Kills one actor at its n-th message, before or after it has handled it; `None` is its start."""

    name: str
    at: int
    after_effects: bool
    seen: int = 0
    done: bool = False

    def before(self, cell: Cell, message: object) -> None:
        self._count(cell)
        if not self.after_effects:
            self._strike(cell, message)

    def after(self, cell: Cell, message: object) -> None:
        if self.after_effects:
            self._strike(cell, message)

    def _count(self, cell: Cell) -> None:
        if cell.name == self.name:
            self.seen += 1

    def _strike(self, cell: Cell, message: object) -> None:
        if not self.done and cell.name == self.name and self.seen == self.at:
            self.done = True
            raise Killed(f"{self.name} at message {self.at}: {type(message).__name__}")


class Tally(Interference):
    """Counts the messages of every actor."""

    def __init__(self) -> None:
        self.messages: Counter[str] = Counter()

    def before(self, cell: Cell, message: object) -> None:
        self.messages[cell.name] += 1


def settings(*overrides: str) -> Settings:
    """Return settings that no file and no environment touches."""
    return load(None, {}, list(overrides))


def sessions(settings: Settings, *days: date, seed: int = 1) -> list[Session]:
    """Return generated sessions of trading days."""
    calendar = Calendar(settings.session)
    traded = [found for day in days if isinstance(found := calendar.day(day), TradingDay)]
    assert len(traded) == len(days)
    return generate_sessions(traded, seed=seed)


@dataclass
class Bench:
    """One replay, made ready."""

    replay: Replay
    ledger: Ledger

    def play(self) -> Replayed:
        """Play to the end."""
        return play(self.replay, self.ledger)


def bench(
    folder: Path,
    settings: Settings,
    sessions: Sequence[Session],
    *,
    interference: Interference | None = None,
    seed: int = 0,
    shuffle: bool = False,
    place: Place | None = None,
    durable: bool = False,
    **options: object,
) -> Bench:
    """Return a replay of `sessions` with a ledger of its own in `folder`, or at `place`."""
    path = place or folder / "ledger.sqlite"
    Ledger.open(path, durable=durable).close()
    line = Line()
    parts = parts_of(settings, lambda: Ledger.open(path, durable=durable), line.connect)
    replay = Replay(
        parts,
        line,
        exchange_of(settings),
        sessions,
        seed=seed,
        shuffle=shuffle,
        interference=interference,
        **options,  # type: ignore[arg-type]
    )
    return Bench(replay, Ledger.open_read_only(path))


def promises_broken(settings: Settings, ledger: Ledger, result: Replayed, bench: Bench) -> list[str]:
    """Return what no day may show, whatever went wrong in it."""
    halts = [f"halted: {halt.detail}" for halt in ledger.halts()]
    return [
        *result.faults,
        *_twice(ledger, bench),
        *_odd_positions(settings, ledger),
        *_passed_limits(settings, ledger),
        *halts,
    ]


def _twice(ledger: Ledger, bench: Bench) -> list[str]:
    snapshot = bench.replay.exchange.snapshot(bench.replay.runtime.clock.now())
    refs = Counter(order.ref for order in snapshot.orders)
    return [
        *(f"order {ref} is at the exchange {count} times" for ref, count in refs.items() if count > 1),
        *(f"order {ref} is not in the journal" for ref in refs if ledger.order(ref) is None),
    ]


def _odd_positions(settings: Settings, ledger: Ledger) -> list[str]:
    broken = []
    policy = entry_policy_of(settings)
    most = 1 + policy.reprices + (policy.chases if policy.lone_leg is LoneLeg.CHASE else 0)
    for position in ledger.positions():
        if not position.state.is_final:
            broken.append(f"{position.position_id} ended as {position.state.value}")
        for leg in position.legs:
            name = f"{position.position_id} leg {leg.plan.number}"
            entries = [order for order in leg.orders if order.intent.side is Side.BUY]
            if _lowest(leg) < 0:
                broken.append(f"{name} held {_lowest(leg)}")
            if leg.settlements and all(order.intent.purpose is not Purpose.EXIT for order in leg.orders):
                broken.append(f"{name} came to the fixing without having been offered")
            if len(entries) > most:
                broken.append(f"{name} was entered {len(entries)} times")
    return broken


def _passed_limits(settings: Settings, ledger: Ledger) -> list[str]:
    broken = []
    for day in {position.trading_date for position in ledger.positions()}:
        traded = [each for each in ledger.positions(day) if each.state is not PositionState.ABANDONED]
        if len(traded) > settings.risk.max_trades_per_day:
            broken.append(f"{day}: {len(traded)} strangles")
        if -ledger.realised_usd(day) > settings.risk.max_draw:
            broken.append(f"{day}: lost {-ledger.realised_usd(day)}")
        gaps = [later - earlier for earlier, later in pairwise(sorted(each.planned_at for each in traded))]
        if any(timedelta(0) < gap < timedelta(minutes=settings.risk.min_time_between_trades) for gap in gaps):
            broken.append(f"{day}: entries {min(gaps)} apart")
    return broken


def _lowest(leg: LegRecord) -> int:
    held = low = 0
    for execution in leg.executions:
        held += execution.quantity if execution.side is Side.BUY else -execution.quantity
        low = min(low, held)
    return low

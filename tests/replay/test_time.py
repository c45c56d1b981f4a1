"""Days in frozen time: daylight saving, half days, holidays, midnight. The machine's clock and virtual time are one."""

# ruff: noqa: TID251 - to read the wall clock is what is tested here

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import freezegun
import pytest
from freezegun.api import FrozenDateTimeFactory

from actors import messages as m
from actors.clock import SessionView
from actors.engine import EngineView
from actors.replay import BEFORE_OPEN
from actors.risk import RiskView
from actors.runtime.cell import Cell
from actors.runtime.runtime import Interference
from lottogrid.calendar import NoTrading, TradingDay
from lottogrid.clock import NEW_YORK, to_utc
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import DayOpened, EngineMoved, HaltSet
from lottogrid.market.generated import generate_sessions
from lottogrid.market.sessions import Session
from lottogrid.orders import ExecutionKind, Purpose
from lottogrid.positions import PositionRecord
from lottogrid.risk.reasons import Reason
from lottogrid.settings import Settings
from machines.engine import EngineState
from machines.session import SessionState
from tests.replay.bench import WILD, Bench, Kill, bench, promises_broken, sessions, settings
from tests.runtime.test_frozen_time import FrozenClock

SECOND = timedelta(seconds=1)


class WatchTheClocks(Interference):
    """Looks at the machine's clock whenever an actor handles a message."""

    def __init__(self) -> None:
        self.looked = 0
        self.differed: list[str] = []

    def before(self, cell: Cell, message: object) -> None:
        self.looked += 1
        assert cell.actor is not None
        if datetime.now(UTC) != cell.actor.now():
            self.differed.append(f"{cell.name}: {message}")


@contextmanager
def frozen(start: datetime) -> Iterator[FrozenClock]:
    """Freeze the machine's clock at `start` and lend it as a clock that moves when told to."""
    with freezegun.freeze_time(start) as factory:
        assert isinstance(factory, FrozenDateTimeFactory)
        yield FrozenClock(factory)


@contextmanager
def frozen_bench(
    folder: Path, chosen: Settings, days: list[Session], interference: Interference | None = None
) -> Iterator[Bench]:
    """Lend a replay of `days` in frozen time."""
    with frozen(days[0].day.opens - BEFORE_OPEN) as clock:
        yield bench(folder, chosen, days, clock=clock, interference=interference)


def eastern(on: date, at: str) -> datetime:
    """Return `at` (HH:MM or HH:MM:SS) on a day in New York, in UTC."""
    return to_utc(datetime.combine(on, time.fromisoformat(at), tzinfo=NEW_YORK))


def decided(ledger: Ledger, on: date) -> list[datetime]:
    """Return when the strategy decided on a day, oldest first."""
    return sorted(decision.at for decision in ledger.decisions(on, limit=1000))


def entered(ledger: Ledger, on: date) -> list[datetime]:
    """Return when the positions of a day were planned, oldest first."""
    return [position.planned_at for position in ledger.positions(on)]


def opened_days(ledger: Ledger) -> dict[date, list[DayOpened]]:
    """Return the baselines that were set, by trading date."""
    found: dict[date, list[DayOpened]] = {}
    for row in ledger.journal(kind="DayOpened", limit=100):
        assert isinstance(row.record, DayOpened)
        found.setdefault(row.record.trading_date, []).append(row.record)
    return found


def engine_moves(ledger: Ledger) -> list[tuple[str, str]]:
    """Return every trigger of the engine and the state it led to."""
    rows = [row.record for row in ledger.journal(kind="EngineMoved", limit=100)]
    return [(record.trigger, record.after) for record in rows if isinstance(record, EngineMoved)]


def flattened(positions: tuple[PositionRecord, ...]) -> set[datetime]:
    """Return the instants, to the second, at which legs were first offered at the bid because they had to go."""
    exits = [[o for o in leg.orders if o.intent.purpose is Purpose.EXIT] for each in positions for leg in each.legs]
    return {orders[0].intent.created_at.replace(microsecond=0) for orders in exits if orders}


def ended(positions: tuple[PositionRecord, ...]) -> dict[ExecutionKind, datetime]:
    """Return when the last contract was sold, and when the last expired."""
    executions = [each for position in positions for leg in position.legs for each in leg.executions]
    return {each.kind: each.at for each in sorted(executions, key=lambda each: each.at)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("opens", "midnight"),
    [
        ({date(2025, 3, 7): time(14, 30), date(2025, 3, 10): time(13, 30)}, time(4)),
        ({date(2025, 10, 31): time(13, 30), date(2025, 11, 3): time(14, 30)}, time(5)),
    ],
    ids=["spring", "autumn"],
)
def test_a_change_of_the_hour_moves_the_whole_day(opens: dict[date, time], midnight: time, tmp_path: Path) -> None:
    """09:30 and 15:58 stay what they are in New York, an hour off in UTC, and the clocks agree in every handler."""
    chosen, clocks = settings(*WILD, "min_time_between_trades=60"), WatchTheClocks()
    with frozen_bench(tmp_path, chosen, sessions(chosen, *opens), clocks) as made:
        result = made.play()

    assert promises_broken(chosen, made.ledger, result, made) == []
    assert clocks.looked > 1000
    assert clocks.differed == []
    for on, opening in opens.items():
        times, positions, closes = decided(made.ledger, on), made.ledger.positions(on), eastern(on, "16:00")
        assert times[0] == datetime.combine(on, opening, tzinfo=UTC)
        assert times[-1] == eastern(on, "15:58")
        assert len(times) == 389, "one a minute"
        assert max(entered(made.ledger, on)) <= eastern(on, "15:30")
        assert flattened(positions) == {eastern(on, "15:58")}
        assert ended(positions)[ExecutionKind.TRADE] - eastern(on, "15:58") < SECOND
        assert ended(positions).get(ExecutionKind.EXPIRY, closes) == closes
    monday = max(opens)
    assert opened_days(made.ledger)[monday][0].at == datetime.combine(monday, midnight, tzinfo=UTC)
    assert engine_moves(made.ledger) == [("start", "starting"), ("ready", "running")]


@pytest.mark.parametrize("on", [date(2025, 7, 3), date(2025, 11, 28)], ids=str)
def test_a_half_day_ends_three_hours_early(on: date, tmp_path: Path) -> None:
    """The last entry at 12:30 at the latest, everything sold at 12:58, everything over at 13:00."""
    chosen = settings(*WILD, "session.market_open=11:30", "min_time_between_trades=5")
    with frozen_bench(tmp_path, chosen, sessions(chosen, on)) as made:
        made.replay.runtime.run_until(eastern(on, "13:00"))
        at_the_close = made.ledger.positions(on)
        result = made.play()

    assert promises_broken(chosen, made.ledger, result, made) == []
    assert eastern(on, "12:25") <= max(entered(made.ledger, on)) <= eastern(on, "12:30")
    late = [each for each in made.ledger.decisions(on, limit=1000) if each.at > eastern(on, "12:30")]
    assert len(late) == 28
    assert all(Reason.AFTER_LAST_ENTRY in decision.refusals for decision in late)
    assert all(position.state.is_final for position in at_the_close)
    assert flattened(at_the_close) == {eastern(on, "12:58")}
    assert max(ended(at_the_close).values()) <= eastern(on, "13:00")
    assert made.ledger.positions(on) == at_the_close


@pytest.mark.parametrize(
    ("on", "name"),
    [
        (date(2025, 1, 9), "day of mourning for Jimmy Carter"),
        (date(2025, 4, 18), "Good Friday"),
        (date(2025, 12, 25), "Christmas"),
    ],
    ids=["mourning", "good-friday", "christmas"],
)
def test_on_a_holiday_nothing_is_decided(on: date, name: str, tmp_path: Path) -> None:
    """Bars and quotes come in all the same, as the real ones did on the day of mourning; the calendar has the word."""
    chosen = settings(*WILD)
    mistaken = TradingDay(
        date=on,
        opens=eastern(on, "14:00"),
        last_entry=eastern(on, "15:30"),
        flatten=eastern(on, "15:58"),
        closes=eastern(on, "16:00"),
        is_half_day=False,
    )
    with frozen_bench(tmp_path, chosen, generate_sessions([mistaken], seed=1)) as made:
        made.replay.runtime.run_until(eastern(on, "15:00"))
        shown = made.replay.runtime.board[m.CLOCK]
        result = made.play()

    assert isinstance(shown, SessionView)
    assert shown.state is SessionState.CLOSED
    assert shown.day == NoTrading(date=on, reason=Reason.MARKET_CLOSED, detail=name)
    assert made.replay.exchange.history(mistaken.closes).bars, "the market was open"
    assert decided(made.ledger, on) == []
    assert made.ledger.positions() == ()
    assert result.faults == []


THREE_DAYS = (date(2025, 6, 3), date(2025, 6, 4), date(2025, 6, 5))


@pytest.fixture
def three_days() -> tuple[Settings, list[Session]]:
    """Return three short days in a row."""
    chosen = settings(*WILD, "session.market_open=15:00", "min_time_between_trades=8")
    return chosen, sessions(chosen, *THREE_DAYS, seed=2)


@pytest.mark.parametrize(
    ("killed_at", "after_effects"),
    [("23:59:59", False), ("00:00", False), ("00:00", True), ("00:00:01", False)],
    ids=["just before", "at the turn", "at the turn, with its effects", "just after"],
)
def test_the_day_turns_over_once_whenever_risk_dies(
    killed_at: str, after_effects: bool, three_days: tuple[Settings, list[Session]], tmp_path: Path
) -> None:
    """One baseline a trading date, at midnight in New York, from what the days before left."""
    chosen, days = three_days
    kill = Kill(m.RISK, 0, after_effects)
    with frozen_bench(tmp_path, chosen, days, kill) as made:
        runtime = made.replay.runtime
        for on in THREE_DAYS[1:]:
            moment = eastern(on, killed_at)
            if killed_at.startswith("23"):
                moment -= timedelta(days=1)
            runtime.run_until(moment - SECOND)
            kill.at, kill.done = kill.seen + 1, False
            if killed_at != "00:00":
                runtime.run_until(moment)
                runtime.send(m.RISK, m.BookChanged())
            runtime.run_until(moment + SECOND)
            assert kill.done
        result = made.play()

    assert promises_broken(chosen, made.ledger, result, made) == []
    assert runtime.cells[m.RISK].generation == 3
    openings = opened_days(made.ledger)
    assert {on: len(of_day) for on, of_day in openings.items()} == dict.fromkeys(THREE_DAYS, 1)
    cash = chosen.risk.start_cash
    for on in THREE_DAYS:
        assert openings[on][0].baseline_usd == cash
        cash += made.ledger.realised_usd(on)
        assert made.ledger.positions(on), "counts were reset, or nothing would have been bought"
    for on in THREE_DAYS[1:]:
        assert timedelta(0) <= openings[on][0].at - eastern(on, "00:00") < timedelta(seconds=5)


def test_counts_begin_anew_at_midnight(three_days: tuple[Settings, list[Session]], tmp_path: Path) -> None:
    """A day that was full is followed by one with nothing counted and nothing to wait for."""
    chosen = three_days[0].model_copy(
        update={"risk": three_days[0].risk.model_copy(update={"max_trades_per_day": 2, "max_draw": Decimal(5000)})}
    )
    first, second = THREE_DAYS[:2]
    with frozen_bench(tmp_path, chosen, three_days[1][:2]) as made:
        runtime = made.replay.runtime
        runtime.run_until(eastern(second, "00:00") - SECOND)
        evening = runtime.board[m.RISK]
        runtime.run_until(eastern(second, "00:00"))
        morning = runtime.board[m.RISK]
        made.play()

    assert isinstance(evening, RiskView)
    assert isinstance(morning, RiskView)
    assert (evening.book.trading_date, evening.book.entries_today) == (first, 2)
    assert (morning.book.trading_date, morning.book.entries_today) == (second, 0)
    assert evening.book.last_entry_at is not None
    assert morning.book.last_entry_at is None
    assert morning.book.realised_usd == 0
    assert len(made.ledger.positions(first)) == len(made.ledger.positions(second)) == 2


def test_a_halt_of_the_day_ends_with_it(three_days: tuple[Settings, list[Session]], tmp_path: Path) -> None:
    """It keeps the rest of its day from trading; the next trades."""
    chosen, days = three_days
    first, second = THREE_DAYS[:2]
    halt = HaltSet(at=eastern(first, "15:10"), reason=Reason.LOSS_LIMIT, detail="a test", trading_date=first)
    with frozen_bench(tmp_path, chosen, days[:2]) as made:
        made.replay.runtime.run_until(halt.at)
        made.replay.runtime.send(m.LEDGER, m.Commit("test", (halt,)))
        made.play()

    assert max(entered(made.ledger, first)) <= halt.at
    assert made.ledger.halts() == ()
    assert entered(made.ledger, second)


@pytest.mark.parametrize(
    ("command", "state"),
    [
        (m.Halt(Reason.OPERATOR, "a test"), EngineState.HALTED),
        (m.PauseEntries(), EngineState.PAUSED),
        (m.StopEngine(), EngineState.STOPPED),
    ],
    ids=["halt", "pause", "stop"],
)
@pytest.mark.parametrize("kills", [False, True], ids=["", "killed at midnight"])
def test_what_the_operator_said_outlives_midnight(
    command: object,
    state: EngineState,
    kills: bool,
    three_days: tuple[Settings, list[Session]],
    tmp_path: Path,
) -> None:
    """A halt, a pause and a stop stand until a person ends them; what is held is flattened all the same."""
    chosen, days = three_days
    first, second = THREE_DAYS[:2]
    kill = Kill(m.RISK, 0, after_effects=True)
    with frozen_bench(tmp_path, chosen, days[:2], kill) as made:
        runtime = made.replay.runtime
        runtime.run_until(eastern(first, "15:10"))
        runtime.send(m.ENGINE, command)
        runtime.run_until(eastern(second, "00:00") - SECOND)
        if kills:
            kill.at = kill.seen + 1
        result = made.play()
        shown = runtime.board[m.ENGINE]

    assert kill.done is kills
    assert isinstance(shown, EngineView)
    assert shown.state is state
    assert entered(made.ledger, first)
    assert entered(made.ledger, second) == []
    refusals = {reason for decision in made.ledger.decisions(second, limit=1000) for reason in decision.refusals}
    assert refusals & {Reason.NOT_RUNNING, Reason.OPERATOR}
    assert result.faults == []
    assert bool(made.ledger.halts()) is (state is EngineState.HALTED)
    assert flattened(made.ledger.positions(first)) == {eastern(first, "15:58")}

"""Views by hand, and real ones from a day that was stopped half-way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from actors import messages as m
from actors.broker import BrokerView
from actors.clock import SessionView
from actors.engine import EngineView
from actors.ledger_view import LedgerView
from actors.notifier import AlarmsView
from actors.replay import Replay
from actors.risk import RiskView
from actors.runtime.runtime import DeadLetter
from actors.strategist import StrategistView
from actors.venue import Line
from actors.view import ActorRow, View
from lottogrid.alerts.codes import AlertCode
from lottogrid.alerts.standing import Standing
from lottogrid.calendar import Calendar, NoTrading, TradingDay
from lottogrid.cli.wiring import exchange_of, parts_of
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import Noted, Reconciled
from lottogrid.market.generated import generate_sessions
from lottogrid.risk.book import RiskBook
from lottogrid.risk.limits import Limits
from lottogrid.risk.reasons import Reason
from lottogrid.risk.verdict import verdict
from lottogrid.settings import SessionSettings, Settings, changed
from lottogrid.strategies.base import Decision
from machines.connection import ConnectionState
from machines.engine import EngineState
from machines.session import SessionState
from web.about import About

NOON = datetime(2025, 4, 9, 16, 0, tzinfo=UTC)
"""12:00 in New York."""
CALENDAR = Calendar(SessionSettings())
DAY = CALENDAR.day(date(2025, 4, 9))
NEXT = CALENDAR.next_day(date(2025, 4, 9))
HOLIDAY = CALENDAR.day(date(2025, 4, 18))
HALF_DAY = CALENDAR.day(date(2025, 11, 28))
assert isinstance(DAY, TradingDay)
assert isinstance(HALF_DAY, TradingDay)
assert isinstance(HOLIDAY, NoTrading)


def about(settings: Settings | None = None) -> About:
    """Return a process that began at noon."""
    return About(settings=settings or Settings(), started_at=NOON)


def empty_view(at: datetime = NOON) -> View:
    """Return a bot of which nothing is known but that its root lives."""
    return View(
        at=at,
        sequence=7,
        session=None,
        engine=None,
        broker=None,
        market=None,
        risk=None,
        strategist=None,
        ledger=None,
        alarms=None,
        positions=(),
        actors=(actor("root"),),
        dead_letter_count=0,
        dead_letters=(),
    )


def quiet_view(at: datetime = NOON) -> View:
    """Return a bot that runs, holds nothing, and whose last rule refused."""
    return replace(
        empty_view(at),
        session=SessionView(SessionState.TRADING, DAY.opens, DAY, NEXT),
        engine=EngineView(EngineState.RUNNING, NOON, None, None),
        broker=BrokerView(ConnectionState.READY, NOON, "DU12345", "the books agree", 0),
        risk=RiskView(book(), limits()),
        strategist=StrategistView(decision(at)),
        ledger=LedgerView(7, (), (), (), Reconciled(at=NOON, repaired=(), breaks=())),
        alarms=AlarmsView(()),
    )


def troubled_view(at: datetime = NOON) -> View:
    """Return a bot for which everything went wrong at once."""
    broken = actor("ledger", depth=1, state="backing_off", restarts=3, generation=4)
    stack = "Traceback (most recent call last):\n  File ledger.py\nValueError: <script>alert(1)</script>"
    letter = DeadLetter(at, "engine", "SessionChanged", "nobody has this name")
    breaks = ("the broker holds 2 MES-20250409-C-5200, we hold 1",)
    alarm = m.Alarm(AlertCode.BOOKS_DIFFER, "halted: the books differ")
    return replace(
        quiet_view(at),
        engine=EngineView(EngineState.HALTED, NOON, Reason.RECONCILIATION_BREAK, None),
        broker=BrokerView(ConnectionState.BACKING_OFF, NOON, "", "connection refused", 0),
        actors=(actor("root"), replace(broken, last_error="ValueError: <script>", last_stack=stack)),
        alarms=AlarmsView(
            ((NOON, alarm), (at, m.Alarm(AlertCode.ORDER_REJECTED, "order rejected"))),
            (Standing(code=alarm.code, text=alarm.text, first_at=NOON, last_at=NOON),),
        ),
        ledger=LedgerView(
            9,
            (Noted(at=NOON, actor="notifier", kind="alarm", text="<b>bold</b>"),),
            (),
            (),
            Reconciled(at=NOON, repaired=(), breaks=breaks),
        ),
        dead_letter_count=1,
        dead_letters=(letter,),
    )


def actor(name: str, *, depth: int = 0, state: str = "running", restarts: int = 0, generation: int = 1) -> ActorRow:
    """Return an actor that is idle."""
    return ActorRow(
        name=name,
        depth=depth,
        state=state,
        generation=generation,
        since=NOON - timedelta(minutes=5),
        restarts=restarts,
        mailbox=0,
        handled=10,
        busy_seconds=None,
        last_message="Commit",
        last_error="",
        last_stack="",
    )


def book(*, realised: str = "-10", reserved: str = "40") -> RiskBook:
    """Return a day that began with 5000 dollars."""
    return RiskBook(
        trading_date=DAY.date,
        baseline_usd=Decimal(5000),
        realised_usd=Decimal(realised),
        reserved_usd=Decimal(reserved),
        entries_today=2,
        open_count=0,
        last_entry_at=NOON - timedelta(minutes=10),
    )


def limits() -> Limits:
    """Return the default limits."""
    return Limits(min_time_between=timedelta(minutes=30), max_per_day=12, max_open=15, max_draw_usd=Decimal(750))


def decision(at: datetime = NOON) -> Decision:
    """Return a decision with one rule that passed and one that refused."""
    return Decision(
        at=at,
        strategy="lotto_grid",
        underlying=None,
        verdicts=(
            verdict("strangles open", "1", "< 15", None),
            verdict("time since the last entry", "10 min", ">= 30 min", Reason.TOO_SOON),
        ),
    )


def stopped_day(folder: Path, *overrides: str, minutes: int, seed: int = 3) -> tuple[Replay, Settings, TradingDay]:
    """Replay a generated day until `minutes` after its open; return it with its settings."""
    settings = changed(Settings(), overrides)
    calendar = Calendar(settings.session)
    day = calendar.day(date(2025, 4, 9))
    assert isinstance(day, TradingDay)
    line = Line()
    parts = parts_of(settings, lambda: Ledger.open(folder / "ledger.sqlite", durable=False), line.connect)
    replay = Replay(parts, line, exchange_of(settings), generate_sessions([day], seed=seed))
    replay.runtime.run_until(day.opens + timedelta(minutes=minutes))
    return replay, settings, day

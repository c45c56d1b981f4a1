"""The risk actor: one message checks and reserves, and what is not known yet refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from actors import messages as m
from actors.risk import Risk
from lottogrid.ledger.records import DayOpened, DecisionTaken, Noted, OrderIntended, PositionMoved, PositionPlanned
from lottogrid.orders import Combo
from lottogrid.positions import PositionState
from lottogrid.risk.book import RiskBook
from lottogrid.risk.reasons import Reason
from lottogrid.strategies.base import Decision
from lottogrid.strategies.lotto_grid import LottoGrid
from machines.engine import EngineState
from machines.session import SessionState
from tests.actors.desk import ActorDesk
from tests.strategies.made import BOOK, DAY, LIMITS, NOON, ON, book, rules
from tests.strategies.test_lotto_grid import _quoted, market

SESSION = m.SessionChanged(SessionState.TRADING, DAY, ON, DAY)


def _decision(*, both: bool = False) -> Decision:
    return LottoGrid(rules(buy_every_level=both), LIMITS).decide(market(*_quoted()), BOOK)


def _desk(*, as_combo: bool = False) -> ActorDesk:
    made = ActorDesk(m.RISK, lambda: Risk(LIMITS, as_combo=as_combo), m.LEDGER, m.STRATEGIST, m.POSITIONS, m.CLOCK)
    made.tell(SESSION, m.EngineChanged(EngineState.RUNNING, None))
    _answer(made, BOOK)
    return made


@pytest.fixture
def desk() -> ActorDesk:
    """Return a risk actor that knows the day, the engine and an untouched book."""
    return _desk()


def _answer(desk: ActorDesk, known: RiskBook, *, has_baseline: bool = True) -> None:
    for question in desk.mail(m.LEDGER, m.RecallBook):
        desk.tell(m.BookRecalled(known, has_baseline, known.entries_today + 1, question.ticket))


def _planned(desk: ActorDesk) -> list[PositionPlanned]:
    commits = desk.mail(m.LEDGER, m.Commit)
    return [record for commit in commits for record in commit.records if isinstance(record, PositionPlanned)]


def _refusals(desk: ActorDesk) -> list[str]:
    commits = desk.mail(m.LEDGER, m.Commit)
    return [record.text for commit in commits for record in commit.records if isinstance(record, Noted)]


def test_decision_plan_and_orders_are_one_commit(desk: ActorDesk) -> None:
    """Whatever is killed, the journal has all of it or nothing; orders and position go out only after it."""
    decision = _decision()
    desk.tell(m.RequestEntry(decision))

    (commit,) = desk.mail(m.LEDGER, m.Commit)
    taken, planned, *moves = commit.records
    assert taken == DecisionTaken(at=NOON, decision=decision)
    assert isinstance(planned, PositionPlanned)
    assert planned.position_id == "LG-20250409-001"
    assert planned.reserved_usd == Decimal("22.48")
    orders = [record.intent for record in moves if isinstance(record, OrderIntended)]
    assert [(order.ref, order.limit_price) for order in orders] == [
        (f"LG-20250409-001-{leg.number}-1", leg.limit_price) for leg in planned.proposal.legs
    ]
    assert isinstance(moves[-1], PositionMoved)
    assert moves[-1].after == PositionState.ENTRY_SENT.value
    assert commit.then == (
        *((m.BROKER, m.PlaceOrder(order)) for order in orders),
        (m.POSITIONS, m.OpenPosition("LG-20250409-001")),
    )
    assert desk.mail(m.POSITIONS, m.OpenPosition) == []


def test_as_a_combo_the_orders_of_a_position_leave_as_one() -> None:
    """The journal has both orders of each; the broker is told once of each position."""
    desk = _desk(as_combo=True)
    desk.tell(m.RequestEntry(_decision(both=True)))

    (commit,) = desk.mail(m.LEDGER, m.Commit)
    orders = tuple(record.intent for record in commit.records if isinstance(record, OrderIntended))
    assert [order.ref[-7:] for order in orders] == ["001-1-1", "001-2-1", "002-1-1", "002-2-1"]
    assert commit.then[:2] == (
        (m.BROKER, m.PlaceCombo(Combo(legs=orders[:2]))),
        (m.BROKER, m.PlaceCombo(Combo(legs=orders[2:]))),
    )
    assert [type(message) for _, message in commit.then[2:]] == [m.OpenPosition] * 2


def test_what_is_refused_is_written_down_with_its_decision(desk: ActorDesk) -> None:
    """Why nothing was bought stands beside what was proposed."""
    decision = _decision()
    desk.tell(m.EngineChanged(EngineState.PAUSED, None), m.RequestEntry(decision))

    (commit,) = desk.mail(m.LEDGER, m.Commit)
    assert commit.records[0] == DecisionTaken(at=NOON, decision=decision)
    assert commit.then == ()


def test_two_requests_in_the_mailbox_cannot_both_pass(desk: ActorDesk) -> None:
    """The second is looked at with the first reserved, though the ledger has not answered in between."""
    desk.tell(m.RequestEntry(_decision()), m.RequestEntry(_decision()))

    assert len(_planned(desk)) == 1


def test_an_answer_that_was_under_way_does_not_forget_a_reservation(desk: ActorDesk) -> None:
    """The ledger's answer to an older question is thrown away and asked for again."""
    desk.tell(m.BookChanged())
    (question,) = desk.mail(m.LEDGER, m.RecallBook)
    desk.tell(m.RequestEntry(_decision()))
    desk.tell(m.BookRecalled(BOOK, True, 1, question.ticket))
    desk.tell(m.RequestEntry(_decision()))

    assert len(_planned(desk)) == 1
    assert len(desk.mail(m.LEDGER, m.RecallBook)) == 1


def test_both_levels_of_one_decision_are_one_entry(desk: ActorDesk) -> None:
    """Spacing is not asked between the proposals of one decision."""
    desk.tell(m.RequestEntry(_decision(both=True)))

    assert [planned.position_id for planned in _planned(desk)] == ["LG-20250409-001", "LG-20250409-002"]


def test_before_the_book_is_known_every_entry_is_refused() -> None:
    """Unknown refuses."""
    desk = ActorDesk(m.RISK, lambda: Risk(LIMITS), m.LEDGER, m.STRATEGIST, m.POSITIONS, m.CLOCK)
    desk.tell(SESSION, m.EngineChanged(EngineState.RUNNING, None), m.RequestEntry(_decision()))

    assert _refusals(desk) == ["RECONCILING"]


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (EngineState.STARTING, "RECONCILING"),
        (EngineState.PAUSED, "NOT_RUNNING"),
        (EngineState.STOPPED, "NOT_RUNNING"),
        (EngineState.FLATTENING, "NOT_RUNNING"),
        (EngineState.HALTED, "NOT_RUNNING"),
    ],
)
def test_only_a_running_engine_admits_entries(desk: ActorDesk, state: EngineState, reason: str) -> None:
    """Every other state is an obstacle with a name."""
    desk.tell(m.EngineChanged(state, None), m.RequestEntry(_decision()))

    assert reason in _refusals(desk)[0]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"entries_today": 12}, Reason.DAY_COUNT_REACHED),
        ({"open_count": 15}, Reason.OPEN_COUNT_REACHED),
        ({"last_entry_at": NOON - timedelta(minutes=1)}, Reason.TOO_SOON),
        ({"reserved_usd": Decimal(740)}, Reason.LOSS_LIMIT),
        ({"baseline_usd": Decimal(20)}, Reason.CASH_SHORT),
        ({"halts": (Reason.OPERATOR,)}, Reason.OPERATOR),
        ({"obstacles": (Reason.ORDER_UNKNOWN,)}, Reason.ORDER_UNKNOWN),
    ],
    ids=lambda value: value.name if isinstance(value, Reason) else "",
)
def test_each_limit_is_enforced_here_whatever_the_strategist_thought(
    desk: ActorDesk, changes: dict[str, object], reason: Reason
) -> None:
    """The ledger's book decides, not the one that the decision was made with."""
    desk.tell(m.BookChanged())
    _answer(desk, book(**changes))
    desk.tell(m.RequestEntry(_decision()))

    assert reason.name in _refusals(desk)[0]


def test_an_aged_decision_is_not_acted_on(desk: ActorDesk) -> None:
    """A request that lay in a mailbox for more than a minute speaks of another market."""
    desk.pass_time(61)
    desk.tell(m.RequestEntry(_decision()))

    assert _refusals(desk) == ["STALE_DECISION"]


@pytest.mark.parametrize("state", [SessionState.FLATTENING, SessionState.EXPIRED])
def test_nothing_is_bought_once_the_flatten_has_begun(desk: ActorDesk, state: SessionState) -> None:
    """The hour would allow it, as the clock was put back; the positions would sell it at once."""
    desk.tell(m.SessionChanged(state, DAY, ON, DAY), m.RequestEntry(_decision()))

    (refusal,) = _refusals(desk)
    assert "AFTER_LAST_ENTRY" in refusal
    assert desk.mail(m.POSITIONS, m.OpenPosition) == []


def test_a_new_day_is_opened_once_with_its_baseline(desk: ActorDesk) -> None:
    """The day's first book has no baseline yet: it is written down, and not again."""
    tomorrow = replace(SESSION, today=ON + timedelta(days=1))
    desk.tell(tomorrow)
    _answer(desk, book(trading_date=ON + timedelta(days=1), baseline_usd=Decimal(4321)), has_baseline=False)
    desk.tell(tomorrow)

    opened = [record for commit in desk.mail(m.LEDGER, m.Commit) for record in commit.records]
    assert opened == [DayOpened(at=NOON, trading_date=ON + timedelta(days=1), baseline_usd=Decimal(4321))]


def test_a_refused_commit_ends_the_actor(desk: ActorDesk) -> None:
    """What it believes is not what is written: it must begin anew from the ledger."""
    desk.tell(m.CommitRefused("the disk is full"))

    assert desk.cell.ended.is_set()
    assert "the disk is full" in desk.cell.error_text

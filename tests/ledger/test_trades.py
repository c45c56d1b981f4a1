"""Closed positions as trades, and what they come to."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from lottogrid.backtest.metrics import summary
from lottogrid.errors import BadInput
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import CommissionBooked, PositionMoved, Record
from lottogrid.orders import Purpose
from lottogrid.positions import PositionState
from lottogrid.trades import Trade, digest, to_json, trades
from tests.ledger.builders import (
    DAY,
    FIRST,
    NOON,
    SECOND,
    SELL,
    after,
    booked,
    intended,
    ledger_with,
    planned,
    settled,
)

pytestmark = pytest.mark.usefixtures("engine")

CALL_ENTRY, PUT_ENTRY = intended(), intended(leg=2)
TARGET = intended(SELL, 3, attempt=2)
CLOSED = PositionMoved(at=NOON, position_id=FIRST, trigger="close", before="planned", after="closed")
WHOLE: tuple[Record, ...] = (
    planned(),
    CALL_ENTRY,
    PUT_ENTRY,
    booked(CALL_ENTRY, "E-1", 1, "0.40", at=after(1), commission="0.62"),
    booked(CALL_ENTRY, "E-2", 2, "0.55", at=after(2), commission="1.24"),
    booked(PUT_ENTRY, "E-3", 3, "0.30", at=after(3), commission="1.86"),
    TARGET,
    booked(TARGET, "E-4", 3, "2.00", at=after(1800), commission="1.86"),
    settled("S/2", 3, leg=2, at=after(4 * 3600)),
    CLOSED,
)


def test_a_trade_in_its_printed_form() -> None:
    """New York times, points for prices, dollars for money, exact decimals without trailing zeros."""
    (trade,) = trades(ledger_with(*WHOLE).positions())

    assert to_json(trade) == {
        "id": FIRST,
        "opened_at": "2025-04-09T12:00:01-04:00",
        "closed_at": "2025-04-09T16:00:00-04:00",
        "level": "1.25",
        "legs": [
            {
                "right": "C",
                "strike": "5200",
                "quantity": 3,
                "entry_price": "0.5",
                "entry_at": "2025-04-09T12:00:01-04:00",
                "exit_price": "2",
                "exit_at": "2025-04-09T12:30:00-04:00",
                "exit_reason": "target",
            },
            {
                "right": "P",
                "strike": "5000",
                "quantity": 3,
                "entry_price": "0.3",
                "entry_at": "2025-04-09T12:00:03-04:00",
                "exit_price": "0",
                "exit_at": "2025-04-09T16:00:00-04:00",
                "exit_reason": "expired",
            },
        ],
        "premium": "12",
        "commission": "5.58",
        "pnl": "12.42",
    }


def test_the_trades_sum_up_to_what_the_ledger_realised() -> None:
    """Two ways to the same dollars."""
    ledger = ledger_with(*WHOLE)

    assert sum(trade.pnl or 0 for trade in trades(ledger.positions())) == ledger.realised_usd()


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ([TARGET, booked(TARGET, "E-9", 3)], "target"),
        (
            [
                intended(SELL, 3, attempt=2, purpose=Purpose.EXIT, price=None),
                booked(intended(SELL, 3, attempt=2), "E-9", 3),
            ],
            "flatten",
        ),
        ([settled("S/1", 3)], "expired"),
        ([settled("S/1", 3, "1.25")], "exercised"),
        ([TARGET, booked(TARGET, "E-9", 2), settled("S/1", 1, at=after(9))], "expired"),
    ],
)
def test_a_leg_says_how_its_last_contract_ended(end: list[Record], reason: str) -> None:
    """A leg that was never bought is not part of the trade."""
    ledger = ledger_with(planned(), CALL_ENTRY, booked(CALL_ENTRY, "E-1", 3), *end, CLOSED)

    (trade,) = trades(ledger.positions())

    assert [leg.exit_reason for leg in trade.legs] == [reason]


def test_what_is_open_or_was_never_bought_is_no_trade() -> None:
    """Abandoned and open positions are left out."""
    ledger = ledger_with(planned(), planned(SECOND), replace(CLOSED, after="abandoned"))

    assert trades(ledger.positions()) == []


def test_a_closed_position_that_holds_something_is_refused() -> None:
    """It would print a gain that is none."""
    ledger = ledger_with(planned(), CALL_ENTRY, booked(CALL_ENTRY, "E-1", 3), CLOSED)

    with pytest.raises(BadInput, match="hold nothing"):
        trades(ledger.positions())


def test_an_unknown_commission_leaves_the_gain_unknown() -> None:
    """None is printed as null and never as 0; it is left out of the sums and counted."""
    ledger = ledger_with(
        planned(), CALL_ENTRY, booked(CALL_ENTRY, "E-1", 3, commission="1.86"), TARGET, booked(TARGET, "E-2", 3), CLOSED
    )
    (trade,) = trades(ledger.positions())

    assert (trade.commission, trade.pnl) == (None, None)
    assert json.loads(json.dumps(to_json(trade)))["pnl"] is None
    assert summary([trade], [DAY], Decimal(5000))["pnl_unknown"] == 1
    assert summary([trade], [DAY], Decimal(5000))["win_rate"] is None
    ledger.commit([CommissionBooked(at=NOON, exec_id="E-2", commission=Decimal("1.86"))])
    assert trades(ledger.positions())[0].pnl == Decimal("-3.72")


def test_the_digest_is_of_the_trades_in_their_order() -> None:
    """Equal trades have one digest whatever their trailing zeros; any change and any other order have another."""
    one = _trade("1", 0, "10.50")
    two = _trade("2", 1, "-5")

    assert digest([one, two]) == digest([replace(one, pnl=Decimal("10.5")), two])
    assert (
        len({digest(ts) for ts in ([], [one], [one, two], [two, one], [replace(one, pnl=Decimal("10.51")), two])}) == 5
    )
    assert digest([]) == "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"


def test_a_ledger_read_back_has_the_same_digest() -> None:
    """Whatever way the positions were loaded."""
    ledger = ledger_with(*WHOLE)
    copy = Ledger.in_memory()
    copy.commit([row.record for row in ledger.journal()])

    assert digest(trades(copy.positions())) == digest(trades(ledger.positions()))


SESSIONS = [DAY + timedelta(days=days) for days in (0, 1, 2)]


def test_a_summary_by_hand() -> None:
    """Five trades on two of three sessions; the drawdown is looked at after each."""
    gains = ["10", "-30", "5", "-20", "100"]
    found = summary([_trade(str(i), i // 3, gain, i) for i, gain in enumerate(gains)], SESSIONS, Decimal(5000))

    daily = [-15.0, 80.0, 0.0]
    mean = sum(daily) / 3
    deviation = (sum((x - mean) ** 2 for x in daily) / 2) ** 0.5
    assert found["sharpe"] == pytest.approx(mean / deviation * 252**0.5, rel=1e-12)
    del found["sharpe"]
    assert found == {
        "pnl": 65.0,
        "trades": 5,
        "win_rate": 0.6,
        "max_drawdown": 45.0,
        "sessions": 3,
        "sessions_traded": 2,
        "legs_at_target": 0,
        "commission": 5.0,
        "premium": 100.0,
        "best": 100.0,
        "worst": -30.0,
        "pnl_unknown": 0,
    }


def test_the_drawdown_follows_the_closing_and_not_the_list() -> None:
    """Trades given in another order come to the same."""
    both = [_trade("1", 0, "50", 1), _trade("2", 0, "-40", 2)]

    assert summary(both, SESSIONS, Decimal(0))["max_drawdown"] == 40.0
    assert summary(both[::-1], SESSIONS, Decimal(0))["max_drawdown"] == 40.0


@pytest.mark.parametrize("sessions", [[], [DAY], SESSIONS])
def test_nothing_traded(sessions: list[date]) -> None:
    """Unknown is null, not 0: no win rate, no Sharpe ratio, no best trade."""
    found = summary([], sessions, Decimal(5000))

    assert (found["win_rate"], found["sharpe"], found["best"], found["worst"]) == (None, None, None, None)
    assert (found["pnl"], found["max_drawdown"], found["sessions"]) == (0, 0, len(sessions))


def test_no_sharpe_of_one_session() -> None:
    """One day has no variance."""
    assert summary([_trade("1", 0, "10")], [DAY], Decimal(5000))["sharpe"] is None


def test_a_trade_outside_the_sessions_is_refused() -> None:
    """Its day would be missing from the Sharpe ratio."""
    with pytest.raises(BadInput, match="2025-04-10"):
        summary([_trade("1", 1, "10")], [DAY], Decimal(5000))


def test_a_summary_is_json() -> None:
    """Numbers and null, nothing else."""
    (trade,) = trades(ledger_with(*WHOLE).positions())
    found = summary([trade], SESSIONS, Decimal(5000))

    assert json.loads(json.dumps(found)) == found
    assert (found["legs_at_target"], found["pnl"]) == (1, 12.42)
    assert PositionState.CLOSED.value == "closed"


def _trade(key: str, day: int, pnl: str, seconds: int = 0) -> Trade:
    at = NOON + timedelta(days=day, seconds=seconds)
    return Trade(
        id=key,
        opened_at=at,
        closed_at=at,
        level=Decimal("1.25"),
        legs=(),
        premium=Decimal(20),
        commission=Decimal(1),
        pnl=Decimal(pnl),
    )

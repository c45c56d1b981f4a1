"""The stop past the bot: what it cancels and sells, and what it must never sell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from lottogrid.brokers import port as p
from lottogrid.brokers import takeover
from lottogrid.brokers.takeover import Leg, NotConnected, Takeover, TakingOver
from lottogrid.clock import VirtualClock
from lottogrid.ledger.adoption import adoptable
from lottogrid.market.contracts import OptionContract, Right, spec_of
from lottogrid.orders import BrokerOrder, BrokerPosition, Execution, OrderIntent, OrderState, Side
from lottogrid.references import sale_past_the_bot

NOON = datetime(2025, 4, 9, 16, tzinfo=UTC)
SPEC = spec_of("MES")


def _option(strike: int) -> OptionContract:
    return OptionContract(symbol="MES", expiry=date(2025, 4, 9), right=Right.CALL, strike=Decimal(strike))


CALL = _option(5300)


@dataclass
class Broker:
    """A broker that fills sales one look later, or whatever a test wants of it."""

    held: dict[OptionContract, int] = field(default_factory=dict)
    orders: dict[str, BrokerOrder] = field(default_factory=dict)
    executions: list[Execution] = field(default_factory=list)
    placed: list[OrderIntent] = field(default_factory=list)
    cancels: int = 0
    deaf_cancels: int = 0
    """So many cancels change nothing."""
    lists_late: int = 0
    """So many looks show neither a new sale nor what it has sold."""
    busy_looks: int = 0
    """So many looks find no moment at which the account holds still."""
    refusal: str = ""
    refuses_first: bool = False

    def open(self, emit: Callable[[p.BrokerEvent], None]) -> None:
        self._emit = emit
        emit(p.Disconnected(self.refusal, NOON) if self.refusal else p.Connected("DU1", NOON))

    def close(self) -> None:
        pass

    def cancel_all(self) -> None:
        self.cancels += 1
        if self.cancels > self.deaf_cancels:
            for ref, order in self.orders.items():
                if not order.state.is_final:
                    self.orders[ref] = _order(ref, order.contract, order.side, OrderState.CANCELLED)

    def place(self, order: OrderIntent) -> None:
        self.placed.append(order)
        if self.refuses_first and len(self.placed) == 1:
            self._emit(p.OrderRejected(order.ref, "not now", NOON))
            return
        self._fill_at = self.lists_late

    def request_snapshot(self) -> None:
        if self.busy_looks:
            self.busy_looks -= 1
            self._emit(p.SnapshotMissed("executions came in between", NOON))
            return
        self._fill()
        positions = tuple(BrokerPosition(contract=c, quantity=q) for c, q in self.held.items() if q)
        self._emit(
            p.BrokerSnapshot(
                taken_at=NOON,
                orders=tuple(self.orders.values()),
                executions=tuple(self.executions),
                settlements=(),
                positions=positions,
            )
        )

    def _fill(self) -> None:
        for order in self.placed:
            is_refused = self.refuses_first and order is self.placed[0]
            if order.ref in self.orders or is_refused:
                continue
            if self._fill_at > 0:
                self._fill_at -= 1
                continue
            self.orders[order.ref] = _order(order.ref, order.contract, order.side, OrderState.FILLED, order.quantity)
            self.executions.append(_execution(order.ref, order.contract, Side.SELL, order.quantity))
            self.held[order.contract] -= order.quantity

    def cancel(self, ref: str) -> None:
        raise AssertionError(ref)

    def request_history(self) -> None:
        raise AssertionError

    def subscribe(self, contracts: frozenset[OptionContract]) -> None:
        raise AssertionError(contracts)


def _order(ref: str, contract: OptionContract, side: Side, state: OrderState, quantity: int = 1) -> BrokerOrder:
    return BrokerOrder(
        ref=ref,
        broker_id="1",
        contract=contract,
        side=side,
        quantity=quantity,
        filled=quantity if state is OrderState.FILLED else 0,
        limit_price=Decimal("0.05"),
        state=state,
    )


def _execution(ref: str, contract: OptionContract, side: Side, quantity: int) -> Execution:
    return Execution(
        exec_id=f"E-{ref}", order_ref=ref, contract=contract, side=side, quantity=quantity, price=Decimal(1), at=NOON
    )


def _leg(number: int, held: int, contract: OptionContract = CALL) -> Leg:
    position = f"LG-20250409-{number:03d}"
    return Leg(position_id=position, number=1, contract=contract, held=held)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takeover, "LOOK_EVERY", 0.01)
    monkeypatch.setattr(takeover, "CANCEL_EVERY", 0.02)


def _run(broker: Broker, *legs: Leg, within: float = 5) -> Takeover:
    return TakingOver(broker, SPEC, VirtualClock(NOON), legs, tell=lambda _: None).run(within)


def _is_done(found: Takeover) -> bool:
    return all(step.is_confirmed for step in found.steps)


def test_it_cancels_until_nothing_works_and_then_sells_what_is_held() -> None:
    """A cancel that changes nothing is repeated; nothing is sold while an order could still trade."""
    broker = Broker(
        held={CALL: 3},
        orders={"LG-x": _order("LG-x", CALL, Side.SELL, OrderState.WORKING)},
        executions=[
            _execution("LG-20250409-001-1-1", CALL, Side.BUY, 2),
            _execution("LG-20250409-002-1-1", CALL, Side.BUY, 1),
        ],
        deaf_cancels=2,
    )
    found = _run(broker, _leg(1, 2), _leg(2, 1))

    assert _is_done(found)
    assert broker.cancels == 3
    assert broker.held[CALL] == 0
    assert sorted(order.quantity for order in broker.placed) == [1, 2]
    assert {order.ref.rsplit("-", 1)[0] for order in broker.placed} == {"LG-20250409-001-1", "LG-20250409-002-1"}
    assert {order.limit_price for order in broker.placed} == {SPEC.ladder.smallest}


def test_a_look_that_found_no_quiet_moment_is_repeated() -> None:
    """The link is sound: it does not wait for an answer that will not come."""
    broker = Broker(held={CALL: 2}, busy_looks=3)

    assert _is_done(_run(broker, _leg(1, 2)))
    assert broker.held[CALL] == 0


@pytest.mark.parametrize("late", [1, 3, 8])
def test_a_list_that_lags_behind_a_fill_sells_nothing_twice(late: int) -> None:
    """However long the sale is on its way, there is one."""
    broker = Broker(held={CALL: 2}, lists_late=late)
    found = _run(broker, _leg(1, 2))
    assert _is_done(found)
    assert len(broker.placed) == 1
    assert broker.held[CALL] == 0


def test_a_position_that_lags_behind_its_execution_is_not_sold_again() -> None:
    """The executions say that it is sold; the list of positions has not heard of it."""
    broker = Broker(
        held={CALL: 1},
        executions=[
            _execution("LG-20250409-001-1-1", CALL, Side.BUY, 1),
            _execution("LG-20250409-001-1-2", CALL, Side.SELL, 1),
        ],
    )
    _run(broker, _leg(1, 1), within=0.2)
    assert broker.placed == []


def test_what_is_not_ours_stays() -> None:
    """Beyond what our orders have bought, and contracts that they never bought."""
    other = _option(5400)
    broker = Broker(held={CALL: 5, other: 2}, executions=[_execution("LG-20250409-001-1-1", CALL, Side.BUY, 2)])
    assert _is_done(_run(broker))
    assert broker.held == {CALL: 3, other: 2}


def test_a_fill_that_the_ledger_has_not_heard_of_is_sold_under_its_leg_s_name() -> None:
    """A bot that froze between a fill and its booking can take the sale in; the ledger's last word is too old."""
    broker = Broker(
        held={CALL: 3},
        executions=[
            _execution("LG-20250409-001-1-1", CALL, Side.BUY, 2),
            _execution("LG-20250409-002-1-1", CALL, Side.BUY, 1),
        ],
    )
    assert _is_done(_run(broker, _leg(1, 2)))
    assert {order.ref.rsplit("-", 1)[0] for order in broker.placed} == {"LG-20250409-001-1", "LG-20250409-002-1"}


def test_what_no_leg_is_known_of_is_sold_all_the_same() -> None:
    """Under a reference of its own: a person books it."""
    broker = Broker(held={CALL: 1}, executions=[_execution("LG-of-old", CALL, Side.BUY, 1)])
    assert _is_done(_run(broker))
    assert broker.placed[0].ref.startswith("LG-ESTOP-")


def test_a_short_holding_is_not_bought_back() -> None:
    """A person must look."""
    broker = Broker(held={CALL: -1})
    _run(broker, _leg(1, 1), within=0.2)
    assert broker.placed == []


def test_a_refused_sale_is_sent_again() -> None:
    """Under a reference of its own."""
    broker = Broker(held={CALL: 1}, refuses_first=True)
    assert _is_done(_run(broker, _leg(1, 1)))
    assert len({order.ref for order in broker.placed}) == len(broker.placed) == 2


def test_what_does_not_end_is_left_and_not_called_done() -> None:
    """Orders that no cancel ends: nothing is sold beside them."""
    broker = Broker(
        held={CALL: 1}, orders={"LG-x": _order("LG-x", CALL, Side.SELL, OrderState.WORKING)}, deaf_cancels=10**6
    )
    found = _run(broker, _leg(1, 1), within=0.3)
    assert not _is_done(found)
    assert broker.placed == []
    assert any("LG-x" in each for each in found.left)
    assert any("holding 1" in each for each in found.left)


def test_a_broker_that_lets_nobody_in_is_said() -> None:
    """With its reason."""
    with pytest.raises(NotConnected, match="client id is taken"):
        _run(Broker(refusal="our client id is taken"))


class _Nothing:
    def order(self, ref: str) -> None:
        """Know no order."""


def test_the_ledger_knows_its_own_among_the_broker_s_orders() -> None:
    """Sales past the bot are taken in by their reference; a purchase, or another's order, never is."""
    mine = sale_past_the_bot("LG-20250409-003", 2, 12000001)
    orders = [
        _order(mine, CALL, Side.SELL, OrderState.FILLED, 2),
        _order(sale_past_the_bot("LG-20250409-003", 2, 2), CALL, Side.BUY, OrderState.FILLED, 2),
        _order("LG-20250409-003-2-4", CALL, Side.SELL, OrderState.FILLED, 2),
        _order("LG-ESTOP-20250409-1", CALL, Side.SELL, OrderState.FILLED, 2),
    ]
    found = list(adoptable(orders, _Nothing(), NOON))
    assert [each.intent.ref for each in found] == [mine]
    assert (found[0].intent.position_id, found[0].intent.leg, found[0].intent.quantity) == ("LG-20250409-003", 2, 2)

"""What holds on every path through the exchange."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from lottogrid.brokers.port import (
    BarClosed,
    BrokerEvent,
    Commissioned,
    Executed,
    OrderAcknowledged,
    OrderCancelled,
    OrderExpired,
    OrderRejected,
    Settled,
)
from lottogrid.exchange.matching import DUPLICATE
from lottogrid.exchange.store import Store
from lottogrid.market.contracts import OptionContract
from lottogrid.orders import Execution, OrderState, Side
from tests.exchange.desk import fills, instant, option, order
from tests.exchange.walks import CONTRACTS, Steps, Walker, walks

_FINAL: dict[type, OrderState] = {
    OrderRejected: OrderState.REJECTED,
    OrderCancelled: OrderState.CANCELLED,
    OrderExpired: OrderState.EXPIRED,
}


def walked(steps: Steps) -> Walker:
    walker = Walker()
    walker.walk(steps)
    return walker


def _is_repeat(event: BrokerEvent) -> bool:
    return isinstance(event, OrderRejected) and event.reason == DUPLICATE


def signed(execution: Execution) -> int:
    return execution.quantity if execution.side is Side.BUY else -execution.quantity


def folded_executions(events: list[BrokerEvent]) -> tuple[Execution, ...]:
    paid = {event.exec_id: event.commission for event in events if isinstance(event, Commissioned)}
    return tuple(replace(execution, commission=paid[execution.exec_id]) for execution in fills(events))


def folded_states(events: list[BrokerEvent], quantities: dict[str, int]) -> dict[str, OrderState]:
    states: dict[str, OrderState] = {}
    filled: dict[str, int] = {}
    for event in events:
        if isinstance(event, OrderAcknowledged):
            states[event.ref] = OrderState.WORKING
        elif isinstance(event, Executed):
            ref = event.execution.order_ref
            filled[ref] = filled.get(ref, 0) + event.execution.quantity
            if filled[ref] == quantities[ref]:
                states[ref] = OrderState.FILLED
        elif isinstance(event, OrderRejected | OrderCancelled | OrderExpired) and not _is_repeat(event):
            states[event.ref] = _FINAL[type(event)]
    return states


@given(steps=walks)
@settings(max_examples=100)
def test_the_snapshot_is_the_fold_of_the_events(steps: Steps) -> None:
    """Who heard everything knows what the snapshot knows: orders, executions, settlements."""
    walker = walked(steps)
    snapshot = walker.snapshot()

    assert snapshot.executions == folded_executions(walker.events)
    assert snapshot.settlements == tuple(e for e in walker.events if isinstance(e, Settled))
    quantities = {found.ref: found.quantity for found in snapshot.orders}
    assert {found.ref: found.state for found in snapshot.orders} == folded_states(walker.events, quantities)
    assert all(found.filled == sum(e.quantity for e in fills(walker.events, found.ref)) for found in snapshot.orders)


@given(steps=walks)
@settings(max_examples=100)
def test_the_account_is_never_short_and_flat_at_the_end(steps: Steps) -> None:
    """At no instant is more sold than was bought; the settlement ends what is left."""
    walker = walked(steps)
    held: dict[OptionContract, int] = {}
    for execution in fills(walker.events):
        held[execution.contract] = held.get(execution.contract, 0) + signed(execution)
        assert held[execution.contract] >= 0

    settled = {event.contract for event in walker.events if isinstance(event, Settled)}

    assert settled == {contract for contract, quantity in held.items() if quantity}
    assert walker.snapshot().positions == ()


@given(steps=walks)
@settings(max_examples=100)
def test_no_event_comes_before_its_time_and_none_out_of_order(steps: Steps) -> None:
    """An event is heard when it is due, and later ones later."""
    walker = walked(steps)
    told = [(heard_at, instant(e)) for heard_at, e in walker.heard if not isinstance(e, BarClosed)]

    assert all(at <= heard_at for heard_at, at in told)
    assert [at for _, at in told] == sorted(at for _, at in told)


@given(steps=walks)
@settings(max_examples=100)
def test_an_execution_is_never_worse_than_its_limit(steps: Steps) -> None:
    """Limits hold, prices are on the grid, and no more is filled than ordered."""
    walker = walked(steps)
    orders = {found.ref: found for found in walker.snapshot().orders}
    for execution in fills(walker.events):
        limit = orders[execution.order_ref].limit_price
        assert limit is None or (execution.price <= limit if execution.side is Side.BUY else execution.price >= limit)
        assert walker.exchange.spec.ladder.holds(execution.price)
    assert all(found.filled <= found.quantity for found in orders.values())


@given(steps=walks)
@settings(max_examples=50)
def test_the_same_seed_tells_the_same_story(steps: Steps) -> None:
    """Two exchanges with one seed and one script agree in every event."""
    assert walked(steps).heard == walked(steps).heard


@given(data=st.data(), steps=st.lists(st.integers(0, 5), min_size=2, max_size=6, unique=True))
@settings(max_examples=50)
def test_orders_placed_together_do_not_depend_on_who_was_first(data: st.DataObject, steps: list[int]) -> None:
    """At one instant the order of the calls changes nothing."""

    def story(refs: list[int]) -> list[BrokerEvent]:
        walker = Walker()
        for ref in refs:
            walker.act(("place", ref, CONTRACTS[ref % 2], Side.BUY, 3, None))
        walker.walk([("bar", 40, 10, 10)])
        return walker.events

    assert story(steps) == story(data.draw(st.permutations(steps)))


@given(steps=walks)
@settings(max_examples=50)
def test_an_unrelated_order_changes_nothing_for_the_others(steps: Steps) -> None:
    """The other orders fill in the same quantities, at the same prices and times."""

    def pieces(*, with_other: bool) -> list[tuple[object, ...]]:
        walker = Walker()
        if with_other:
            walker.exchange.place(order("other", option(6400), quantity=4), walker.now)
        walker.walk(steps)
        return [(e.order_ref, e.quantity, e.price, e.at) for e in fills(walker.events) if e.order_ref != "other"]

    assert pieces(with_other=True) == pieces(with_other=False)


@given(steps=walks, pause_at=st.integers(0, 30))
@settings(max_examples=60)
def test_a_killed_exchange_goes_on_as_if_nothing_had_been(steps: Steps, pause_at: int) -> None:
    """Dead for a while between any two calls, the exchange tells the same story to the end."""
    with tempfile.TemporaryDirectory() as folder:
        killed = Walker(lambda: Store(Path(folder) / "account.db"))
        killed.walk(steps, pause_at=pause_at, kill=True)
        kept = Walker()
        kept.walk(steps, pause_at=pause_at)

        assert killed.events == kept.events
        assert killed.snapshot() == kept.snapshot()
        assert killed.exchange.cash == kept.exchange.cash


@given(steps=walks, pause_at=st.integers(0, 30))
@settings(max_examples=60)
def test_what_was_not_heard_before_the_kill_is_in_the_snapshot(steps: Steps, pause_at: int) -> None:
    """Killed after a call and before its outcome was fetched, the account still ends the same."""
    with tempfile.TemporaryDirectory() as folder:
        killed = Walker(lambda: Store(Path(folder) / "account.db"))
        killed.walk(steps, pause_at=pause_at, kill=True, deaf=True)
        kept = Walker()
        kept.walk(steps, pause_at=pause_at)

        assert killed.snapshot() == kept.snapshot()

"""Lives: one walk each, refused where the table says nothing, safe side by side."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from lottogrid.errors import BadInput
from lottogrid.orders import OrderState
from lottogrid.positions import LegState
from machines.base import Move, Refused
from machines.order import ORDER


def test_a_life_begins_in_the_initial_state() -> None:
    """Without a state to go on from, the machine's first is taken."""
    assert ORDER.life().state is OrderState.INTENDED


def test_a_life_goes_on_where_the_journal_left_it() -> None:
    """A saved state is taken as it is; nothing fires on the way in."""
    life = ORDER.life(OrderState.CANCELLING)
    assert life.fire("cancel_confirmed") == Move("cancel_confirmed", OrderState.CANCELLING, OrderState.CANCELLED)


def test_a_foreign_state_is_refused_when_a_life_begins() -> None:
    """A state of another machine, or its bare value, does not pass until the first trigger finds out."""
    for bogus in (LegState.CLOSED, "working"):
        with pytest.raises(BadInput, match="expected a OrderState"):
            ORDER.life(bogus)  # type: ignore[arg-type]


def test_a_refusal_names_machine_state_and_trigger_and_what_is_possible() -> None:
    """The error can be acted on by a program and by a person."""
    life = ORDER.life()
    with pytest.raises(Refused) as caught:
        life.fire("expire")
    refused = caught.value
    assert (refused.machine, refused.state, refused.trigger) == ("order", OrderState.INTENDED, "expire")
    assert "expected send, reject, deny, prove_absent, found expire" in str(refused)
    assert life.state is OrderState.INTENDED


def test_a_misspelt_trigger_is_an_error_and_not_a_no() -> None:
    """`can` must not answer False to a trigger that does not exist."""
    for call in (ORDER.life().can, ORDER.life().fire):
        with pytest.raises(BadInput, match="found sned; try send"):
            call("sned")


def test_lives_of_one_machine_do_not_touch_each_other() -> None:
    """A step of one leaves the other where it was."""
    first, second = ORDER.life(), ORDER.life()
    first.fire("send")
    assert (first.state, second.state) == (OrderState.SENT, OrderState.INTENDED)


def test_a_dropped_life_leaves_nothing_in_the_machine() -> None:
    """The shared engine holds no model, so a day of orders does not grow it."""
    for _ in range(50):
        ORDER.life().fire("send")
    assert ORDER._engine.models == []


@pytest.mark.threads
def test_lives_may_be_walked_by_many_threads_at_once() -> None:
    """Each actor walks its own lives on its own thread, over one shared machine."""
    path = ["send", "acknowledge", "cancel_sent", "time_out", "partial_fill", "cancel_sent", "cancel_confirmed", "fill"]

    def walk(_: int) -> list[OrderState]:
        life = ORDER.life()
        return [life.fire(trigger).after for trigger in path]

    with ThreadPoolExecutor(4) as pool:
        walks = list(pool.map(walk, range(400)))
    assert all(states == walk(0) for states in walks)

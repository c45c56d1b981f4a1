"""Everything the broker knows of the day, at one instant; or nothing, where a part is missing."""

from __future__ import annotations

from decimal import Decimal

from lottogrid.brokers import port as p
from lottogrid.brokers.ib.conversation import Conversation
from lottogrid.brokers.ib.known import Known
from lottogrid.brokers.ib.memory import Memory
from lottogrid.clock import Clock
from lottogrid.errors import Missing
from lottogrid.orders import BrokerOrder, Execution

ATTEMPTS = 3


class NoQuietMoment(Missing):
    """Executions came in between every time."""


async def take_snapshot(
    talk: Conversation, memory: Memory, clock: Clock, last_price: Decimal | None
) -> p.BrokerSnapshot:
    """Ask for executions, orders and positions.

    The questions are answered one after the other. So that the answers are of one instant, the executions are asked
    for before and after the rest, and all is asked again where one came in between, or a fixing.

    Raises:
        RequestFailed: a question was not answered.
        NoQuietMoment: executions came in between every time.
    """
    for _ in range(ATTEMPTS):
        taken_at = clock.now()
        before = await memory.executions.listed()
        orders = await _orders(talk, memory)
        await talk.positions()
        executions = await memory.executions.listed()
        settlements = tuple(memory.positions.settlements(executions, last_price, clock.now()))
        if _ids(before) == _ids(executions) and all(settled.at <= taken_at for settled in settlements):
            return p.BrokerSnapshot(
                taken_at=taken_at,
                orders=tuple(orders.values()),
                executions=tuple(memory.executions.with_commission(execution) for execution in executions),
                settlements=settlements,
                positions=memory.positions.options,
                others=memory.positions.others,
            )
    raise NoQuietMoment(f"snapshot: expected a moment without executions, found none in {ATTEMPTS} attempts; try again")


async def unlisted_orders(talk: Conversation, memory: Memory) -> None:
    """Look for orders that seem refused; those that the broker does not list are."""
    await _orders(talk, memory)


async def _orders(talk: Conversation, memory: Memory) -> dict[str, BrokerOrder]:
    """Return open and completed orders by reference, each leg of a combo by its own.

    The open ones are asked for first: an order that ends in between is then in both answers, and not in none. Where a
    combo is made of numbers that nobody has named yet, these are looked up and all is asked again.
    """
    opened: list[Known] = await talk.open_orders()
    completed: list[BrokerOrder] = await talk.completed_orders()
    if strange := memory.contracts.take_strange():
        for con_id in strange:
            await memory.contracts.identify(con_id)
        return await _orders(talk, memory)
    found = {told.ref: told for known in opened for told in known.as_told()}
    found.update((order.ref, order) for order in completed)
    memory.orders.settle_doubts(set(found))
    return found


def _ids(executions: tuple[Execution, ...]) -> set[str]:
    return {execution.exec_id for execution in executions}

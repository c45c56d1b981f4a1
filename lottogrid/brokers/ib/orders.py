"""Our orders at the broker: sent once, known by our reference, believed only from statuses and executions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from decimal import Decimal
from typing import Any

from loguru import logger

from lottogrid.brokers import port as p
from lottogrid.brokers.ib import combos, values
from lottogrid.brokers.ib.codes import Reaction, reaction_to, state_of
from lottogrid.brokers.ib.contracts import Contracts, Listed
from lottogrid.brokers.ib.conversation import COMPLETED_ORDERS, OPEN_ORDERS, Conversation
from lottogrid.brokers.ib.known import Known, KnownOrders, Part
from lottogrid.brokers.ib.order_ids import OrderIds
from lottogrid.brokers.ib.pacing import Rank
from lottogrid.clock import Clock
from lottogrid.errors import BadInput, LottogridError
from lottogrid.market.contracts import OptionContract
from lottogrid.orders import Combo, OrderIntent, OrderState, OrderType

OUR_PREFIX = "LG-"
"""With which our references begin; other orders are not ours."""


class Orders:
    """Sends and cancels, and turns what the gateway says of orders into events of the port.

    Several orders may leave as one, a combo. What is said of it is told of each of its legs.

    What is known outlives a connection: `begin` only changes whom to talk to. Lives in the connection's thread.
    """

    def __init__(self, contracts: Contracts, ids: OrderIds, clock: Clock) -> None:
        self._contracts = contracts
        self._ids = ids
        self._clock = clock
        self._known = KnownOrders()
        self._unsent: dict[str, OrderIntent | Combo] = {}
        self.why_not: str | None = None
        """Why nothing may be sent at present; None where it may."""

    def begin(
        self,
        talk: Conversation,
        account: str,
        client_id: int,
        *,
        emit: Callable[[p.BrokerEvent], None],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
        doubt: Callable[[], None],
    ) -> None:
        """Work through a new connection; `doubt` is called when an order is to be looked for."""
        self._talk, self._account = talk, account
        self._emit, self._spawn, self._doubt = emit, spawn, doubt
        self._known.client_id = client_id
        self._unsent.clear()
        for known in self._known:
            known.cancels_asked.clear()
        self.why_not = None

    def callbacks(self) -> Mapping[str, Callable[..., None]]:
        """Return what is to be called, by the library's names."""
        return {"openOrder": self._on_open, "orderStatus": self._on_status, "completedOrder": self._on_completed}

    def ref_of(self, ref: str, perm_id: int, order_id: int, client_id: int, option: OptionContract) -> str:
        """Return the reference under which an option is traded by the order that a message is about.

        What the message leaves out is found by the other keys; an order that is not known keeps what was told.
        """
        known = self._known.find(ref, perm_id, order_id, client_id)
        return known.ref_of(option) if known is not None else ref

    # --- sending

    def place(self, order: OrderIntent | Combo) -> None:
        """Send an order, or several as one: at once where the contracts are known, as those are that are quoted."""
        if self._known.get(order.ref) is not None or order.ref in self._unsent:
            logger.error("order {} was sent before: it is not sent again", order.ref)
            return
        self._unsent[order.ref] = order
        wanted = [leg.contract for leg in combos.legs_of(order)]
        listed = [found for each in wanted if (found := self._contracts.known(each)) is not None]
        if len(listed) == len(wanted):
            self._send(order, listed)
        elif self.why_not is None:
            self._spawn(self._find_and_send(order, wanted))
        else:
            self._not_sent(order.ref, self.why_not)

    async def _find_and_send(self, order: OrderIntent | Combo, wanted: Sequence[OptionContract]) -> None:
        try:
            listed = [await self._contracts.option(each) for each in wanted]
        except LottogridError as error:
            self._not_sent(order.ref, str(error))
        else:
            self._send(order, listed)

    def _send(self, order: OrderIntent | Combo, listed: Sequence[Listed]) -> None:
        why_not = self._objection(order, listed)
        if why_not is not None:
            self._not_sent(order.ref, why_not)
            return

        def dropped() -> None:
            self._not_sent(order.ref, "the connection was closed before its turn came")

        self._talk.pacer.submit(Rank.ORDER, lambda: self._transmit(order, listed), dropped)

    def _objection(self, order: OrderIntent | Combo, listed: Sequence[Listed]) -> str | None:
        if self.why_not is not None:
            return self.why_not
        limit, ladder = combos.limit_of(order, listed), listed[0].ladder
        if _type_of(order) is OrderType.LIMIT and (limit is None or not ladder.holds(limit)):
            steps = "" if limit is None else f" steps of {ladder.step(limit)}"
            return f"price: expected one on the broker's grid{steps}, found {limit}"
        return None

    def _transmit(self, order: OrderIntent | Combo, listed: Sequence[Listed]) -> None:
        if self._unsent.get(order.ref) is not order:
            return
        if self.why_not is not None or not self._talk.client.isReady():
            self._not_sent(order.ref, self.why_not or "not connected")
            return
        order_id: int = self._talk.client.getReqId()
        self._ids.reserve(order_id)
        del self._unsent[order.ref]
        self._known.add(Known(ref=order.ref, parts=combos.parts_of(order), quantity=order.quantity, order_id=order_id))
        contract = combos.contract_of(order, listed, self._talk.client_library)
        self._talk.client.placeOrder(order_id, contract, self._order(order, combos.limit_of(order, listed)))

    def _order(self, order: OrderIntent | Combo, limit: Decimal | None) -> Any:
        made = self._talk.client_library.order(
            action=combos.legs_of(order)[0].side.value,
            totalQuantity=order.quantity,
            orderType=_type_of(order).value,
            tif="DAY",
            account=self._account,
            orderRef=order.ref,
        )
        if limit is not None:
            made.lmtPrice = float(limit)
        return made

    def end(self, reason: str) -> None:
        """Send nothing more; what still waited provably never left."""
        self.why_not = reason
        for ref in list(self._unsent):
            self._not_sent(ref, reason)

    def _not_sent(self, ref: str, reason: str) -> None:
        order = self._unsent.pop(ref, None)
        for leg in () if order is None else combos.legs_of(order):
            self._emit(p.OrderNotSent(leg.ref, reason, self._clock.now()))

    def cancel(self, ref: str) -> None:
        """Ask for the end of an order; that of one leg of a combo is the end of all."""
        for order in self._unsent.values():
            if any(leg.ref == ref for leg in combos.legs_of(order)):
                self._not_sent(order.ref, "it was cancelled before it was sent")
                return
        known = self._known.get(ref)
        if known is None or not known.order_id:
            self._emit(p.CancelRefused(ref, "this connection knows no such order", self._clock.now()))
            return
        is_asked_by_another = bool(known.cancels_asked) and ref not in known.cancels_asked
        known.cancels_asked.add(ref)
        if not is_asked_by_another:
            self._talk.send(Rank.CANCEL, lambda: self._talk.client.cancelOrder(known.order_id, ""))

    # --- hearing

    def _on_open(self, order_id: int, contract: Any, order: Any, _: Any) -> None:
        if order.whatIf:
            return
        known = self._known.find(order.orderRef, order.permId, order_id, order.clientId)
        if known is None:
            quantity = values.whole(order.totalQuantity) or 0
            ref = order.orderRef or f"foreign-{order.permId}"
            parts = self._parts(ref, contract, order, quantity)
            if parts is None:
                self._refuse_riddle(ref, contract)
                return
            known = Known(ref=ref, parts=parts, quantity=quantity)
            self._known.add(known)
        self._known.number(known, order_id, order.clientId)
        self._known.identify(known, order.permId)
        # No new number may be one that anybody has used.
        self._talk.client.updateReqId(order_id + 1)
        self._talk.requests.add(OPEN_ORDERS, known)

    def _parts(self, ref: str, contract: Any, order: Any, quantity: int) -> tuple[Part, ...] | None:
        limit = values.price(order.lmtPrice)
        return combos.parts_told(self._contracts, ref, contract, action=order.action, quantity=quantity, limit=limit)

    def _refuse_riddle(self, ref: str, contract: Any) -> None:
        """An order of ours that works must not be taken for absent because it cannot be read."""
        if ref.startswith(OUR_PREFIX) and self._contracts.is_combo(contract) and not self._contracts.has_strange:
            raise BadInput(f"order {ref}: expected legs that are options on {contract.symbol}, found {contract}")

    def _on_status(self, order_id: int, status: str, filled: float, _remaining: float, *more: Any) -> None:
        _average, perm_id, _parent, _last, client_id = more[:5]
        known = self._known.find("", perm_id, order_id, client_id)
        if known is None:
            return
        self._known.identify(known, perm_id)
        known.filled = max(known.filled, values.whole(filled) or 0)
        self._move(known, state_of(status))

    def _move(self, known: Known, state: OrderState) -> None:
        was = known.state
        if state in {was, OrderState.UNKNOWN} or (was.is_final and state is not OrderState.FILLED):
            return
        known.state = state
        now = self._clock.now()
        if state is OrderState.WORKING:
            known.was_working = True
            broker_id = str(max(known.perm_ids, default=0))
            self._tell(known, lambda part: p.OrderAcknowledged(part.ref, broker_id, now))
        elif state is OrderState.REJECTED:
            self._reject(known)
        elif state is OrderState.CANCELLED and known.is_refused and not known.was_working and not known.filled:
            known.state = OrderState.REJECTED
            self._tell(known, self._rejection(known.reason))
        elif state is OrderState.CANCELLED:
            self._tell(known, lambda part: p.OrderCancelled(part.ref, now, known.filled_of(part)))

    def _reject(self, known: Known) -> None:
        if not known.is_refused and known.order_id:
            # An order may be inactive without having been refused, and wake up again.
            self._talk.send(Rank.CANCEL, lambda: self._talk.client.cancelOrder(known.order_id, ""))
        reason = known.reason or "the broker holds it inactive and gave no reason"
        self._tell(known, self._rejection(reason))

    def _rejection(self, reason: str) -> Callable[[Part], p.BrokerEvent]:
        now = self._clock.now()
        return lambda part: p.OrderRejected(part.ref, reason, now)

    def on_code(self, order_id: int, code: int, text: str) -> bool:
        """Take in a code about an order; return whether it is about one of ours."""
        known = self._known.numbered(order_id)
        if known is None:
            return False
        reaction = reaction_to(code)
        said = f"{text} (code {code})"
        if reaction is Reaction.NOT_CANCELLED:
            asked, known.cancels_asked = known.cancels_asked, set()
            if asked:
                self._tell(known, lambda part: p.CancelRefused(part.ref, said, self._clock.now()), asked)
        elif reaction in {Reaction.REFUSED, Reaction.FAILED, Reaction.DUPLICATE_ID}:
            if reaction is Reaction.DUPLICATE_ID:
                self._talk.client.updateReqId(order_id + 1000)
            known.is_refused, known.reason = True, said
            if not known.state.is_final:
                self._doubt()
        return True

    def settle_doubts(self, listed: set[str]) -> None:
        """Reject what was refused and is not among the orders that the broker lists."""
        for known in self._known:
            is_listed = any(part.ref in listed for part in known.parts)
            if known.is_refused and not known.state.is_final and not known.was_working and not is_listed:
                known.state = OrderState.REJECTED
                self._tell(known, self._rejection(known.reason))

    def _on_completed(self, contract: Any, order: Any, state: Any) -> None:
        known = self._known.find(order.orderRef, order.permId, 0, -1)
        ref = known.ref if known is not None else order.orderRef
        if not ref.startswith(OUR_PREFIX):
            return
        filled = values.whole(order.filledQuantity) or 0
        # A filled one is told with a quantity of 0.
        quantity = values.whole(order.totalQuantity) or (known.quantity if known is not None else filled)
        is_combo = known is not None and len(known.parts) > 1
        parts = known.parts if known is not None and is_combo else self._parts(ref, contract, order, quantity)
        if parts is None:
            return
        final = state_of(state.status)
        if final is OrderState.CANCELLED and known is not None and known.state is OrderState.REJECTED:
            final = OrderState.REJECTED
        reason = known.reason if known is not None and known.reason else state.completedStatus
        ended = Known(
            ref=ref,
            parts=parts,
            quantity=quantity,
            perm_ids={order.permId},
            filled=filled,
            state=final,
            reason=reason,
        )
        if known is None and len(parts) > 1:
            self._known.add(ended)  # so that its executions are found to be its legs'
            self._known.identify(ended, order.permId)
        for told in ended.as_told():
            self._talk.requests.add(COMPLETED_ORDERS, told)

    def _tell(self, known: Known, event: Callable[[Part], p.BrokerEvent], refs: Collection[str] | None = None) -> None:
        """Emit what has happened to each part of an order, or to those of `refs`; other people's are not told of."""
        for part in known.parts if known.ref.startswith(OUR_PREFIX) else ():
            if refs is None or part.ref in refs:
                self._emit(event(part))


def _type_of(order: OrderIntent | Combo) -> OrderType:
    return OrderType.LIMIT if isinstance(order, Combo) else order.order_type

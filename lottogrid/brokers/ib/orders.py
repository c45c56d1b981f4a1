"""Our orders at the broker: sent once, known by our reference, believed only from statuses and executions."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from loguru import logger

from lottogrid.brokers import port as p
from lottogrid.brokers.ib import values
from lottogrid.brokers.ib.codes import Reaction, reaction_to, state_of
from lottogrid.brokers.ib.contracts import Contracts, Listed
from lottogrid.brokers.ib.conversation import COMPLETED_ORDERS, OPEN_ORDERS, Conversation
from lottogrid.brokers.ib.known import Known, KnownOrders
from lottogrid.brokers.ib.order_ids import OrderIds
from lottogrid.brokers.ib.pacing import Rank
from lottogrid.clock import Clock
from lottogrid.errors import LottogridError
from lottogrid.orders import BrokerOrder, OrderIntent, OrderState, OrderType, Side

OUR_PREFIX = "LG-"
"""With which our references begin; other orders are not ours."""


class Orders:
    """Sends and cancels, and turns what the gateway says of orders into events of the port.

    What is known outlives a connection: `begin` only changes whom to talk to. Lives in the connection's thread.
    """

    def __init__(self, contracts: Contracts, ids: OrderIds, clock: Clock) -> None:
        self._contracts = contracts
        self._ids = ids
        self._clock = clock
        self._known = KnownOrders()
        self._unsent: dict[str, OrderIntent] = {}
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
        self.why_not = None

    def callbacks(self) -> Mapping[str, Callable[..., None]]:
        """Return what is to be called, by the library's names."""
        return {"openOrder": self._on_open, "orderStatus": self._on_status, "completedOrder": self._on_completed}

    def ref_of(self, ref: str, perm_id: int, order_id: int, client_id: int) -> str:
        """Return the reference of an order; what a message leaves out is found by the other keys, else empty."""
        known = self._known.find(ref, perm_id, order_id, client_id)
        return known.ref if known is not None else ref

    # --- sending

    def place(self, intent: OrderIntent) -> None:
        """Send an order: at once where its contract is known, as is any that is quoted."""
        if self._known.get(intent.ref) is not None or intent.ref in self._unsent:
            logger.error("order {} was sent before: it is not sent again", intent.ref)
            return
        self._unsent[intent.ref] = intent
        listed = self._contracts.known(intent.contract)
        if listed is not None:
            self._send(intent, listed)
        elif self.why_not is None:
            self._spawn(self._find_and_send(intent))
        else:
            self._not_sent(intent.ref, self.why_not)

    async def _find_and_send(self, intent: OrderIntent) -> None:
        try:
            listed = await self._contracts.option(intent.contract)
        except LottogridError as error:
            self._not_sent(intent.ref, str(error))
        else:
            self._send(intent, listed)

    def _send(self, intent: OrderIntent, listed: Listed) -> None:
        why_not = self._objection(intent, listed)
        if why_not is not None:
            self._not_sent(intent.ref, why_not)
            return

        def dropped() -> None:
            self._not_sent(intent.ref, "the connection was closed before its turn came")

        self._talk.pacer.submit(Rank.ORDER, lambda: self._transmit(intent, listed), dropped)

    def _objection(self, intent: OrderIntent, listed: Listed) -> str | None:
        if self.why_not is not None:
            return self.why_not
        limit = intent.limit_price
        if intent.order_type is OrderType.LIMIT and (limit is None or not listed.ladder.holds(limit)):
            steps = "" if limit is None else f" steps of {listed.ladder.step(limit)}"
            return f"price: expected one on the broker's grid{steps}, found {limit}"
        return None

    def _transmit(self, intent: OrderIntent, listed: Listed) -> None:
        if self._unsent.get(intent.ref) is not intent:
            return
        if self.why_not is not None or not self._talk.client.isReady():
            self._not_sent(intent.ref, self.why_not or "not connected")
            return
        order_id: int = self._talk.client.getReqId()
        self._ids.reserve(order_id)
        known = Known(
            ref=intent.ref,
            contract=intent.contract,
            side=intent.side,
            quantity=intent.quantity,
            limit=intent.limit_price,
            order_id=order_id,
        )
        del self._unsent[intent.ref]
        self._known.add(known)
        self._talk.client.placeOrder(order_id, listed.contract, self._order(intent))

    def _order(self, intent: OrderIntent) -> Any:
        order = self._talk.client_library.order(
            action=intent.side.value,
            totalQuantity=intent.quantity,
            orderType=intent.order_type.value,
            tif="DAY",
            account=self._account,
            orderRef=intent.ref,
        )
        if intent.limit_price is not None:
            order.lmtPrice = float(intent.limit_price)
        return order

    def end(self, reason: str) -> None:
        """Send nothing more; what still waited provably never left."""
        self.why_not = reason
        for ref in list(self._unsent):
            self._not_sent(ref, reason)

    def _not_sent(self, ref: str, reason: str) -> None:
        if self._unsent.pop(ref, None) is not None:
            self._emit(p.OrderNotSent(ref, reason, self._clock.now()))

    def cancel(self, ref: str) -> None:
        """Ask for the end of an order."""
        if ref in self._unsent:
            self._not_sent(ref, "it was cancelled before it was sent")
            return
        known = self._known.get(ref)
        if known is None or not known.order_id:
            self._emit(p.CancelRefused(ref, "this connection knows no such order", self._clock.now()))
            return
        known.cancel_is_asked = True
        self._talk.send(Rank.CANCEL, lambda: self._talk.client.cancelOrder(known.order_id, ""))

    # --- hearing

    def _on_open(self, order_id: int, contract: Any, order: Any, _: Any) -> None:
        if order.whatIf:
            return
        option = self._contracts.option_of(contract)
        if option is None:
            return
        known = self._known.find(order.orderRef, order.permId, order_id, order.clientId)
        if known is None:
            known = Known(
                ref=order.orderRef or f"foreign-{order.permId}",
                contract=option,
                side=Side(order.action),
                quantity=values.whole(order.totalQuantity) or 0,
                limit=values.price(order.lmtPrice),
            )
            self._known.add(known)
        self._known.number(known, order_id, order.clientId)
        self._known.identify(known, order.permId)
        # No new number may be one that anybody has used.
        self._talk.client.updateReqId(order_id + 1)
        self._talk.requests.add(OPEN_ORDERS, known)

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
            self._tell(known, p.OrderAcknowledged(known.ref, str(max(known.perm_ids, default=0)), now))
        elif state is OrderState.REJECTED:
            self._reject(known)
        elif state is OrderState.CANCELLED and known.is_refused and not known.was_working and not known.filled:
            known.state = OrderState.REJECTED
            self._tell(known, p.OrderRejected(known.ref, known.reason, now))
        elif state is OrderState.CANCELLED:
            self._tell(known, p.OrderCancelled(known.ref, now))

    def _reject(self, known: Known) -> None:
        if not known.is_refused and known.order_id:
            # An order may be inactive without having been refused, and wake up again.
            self._talk.send(Rank.CANCEL, lambda: self._talk.client.cancelOrder(known.order_id, ""))
        reason = known.reason or "the broker holds it inactive and gave no reason"
        self._tell(known, p.OrderRejected(known.ref, reason, self._clock.now()))

    def on_code(self, order_id: int, code: int, text: str) -> bool:
        """Take in a code about an order; return whether it is about one of ours."""
        known = self._known.numbered(order_id)
        if known is None:
            return False
        reaction = reaction_to(code)
        said = f"{text} (code {code})"
        if reaction is Reaction.NOT_CANCELLED:
            if known.cancel_is_asked:
                known.cancel_is_asked = False
                self._tell(known, p.CancelRefused(known.ref, said, self._clock.now()))
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
            if known.is_refused and not known.state.is_final and not known.was_working and known.ref not in listed:
                known.state = OrderState.REJECTED
                self._tell(known, p.OrderRejected(known.ref, known.reason, self._clock.now()))

    def _on_completed(self, contract: Any, order: Any, state: Any) -> None:
        option = self._contracts.option_of(contract)
        ref = self.ref_of(order.orderRef, order.permId, 0, -1)
        if option is None or not ref.startswith(OUR_PREFIX):
            return
        filled = values.whole(order.filledQuantity) or 0
        final = state_of(state.status)
        known = self._known.get(ref)
        if final is OrderState.CANCELLED and known is not None and known.state is OrderState.REJECTED:
            final = OrderState.REJECTED
        told = BrokerOrder(
            ref=ref,
            broker_id=str(order.permId),
            contract=option,
            side=Side(order.action),
            # A filled one is told with a quantity of 0.
            quantity=values.whole(order.totalQuantity) or (known.quantity if known is not None else filled),
            filled=filled,
            limit_price=values.price(order.lmtPrice),
            state=final,
            reason=known.reason if known is not None and known.reason else state.completedStatus,
        )
        self._talk.requests.add(COMPLETED_ORDERS, told)

    def _tell(self, known: Known, event: p.BrokerEvent) -> None:
        if known.ref.startswith(OUR_PREFIX):
            self._emit(event)

"""The broker actor: owns the broker port and the connection machine. It decides nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from loguru import logger

from actors import messages as m
from actors.order_log import bound
from actors.runtime.actor import Actor
from actors.runtime.runtime import Timer
from lottogrid.alerts.codes import AlertCode
from lottogrid.brokers import port as p
from lottogrid.control.latch import Ordered, nothing
from lottogrid.ledger.records import FutureOrdered
from lottogrid.market.contracts import OptionContract
from lottogrid.orders import Combo, OrderIntent, Purpose
from machines.base import Move
from machines.connection import CONNECTION, ConnectionState
from machines.session import SessionState

ANSWER_WITHIN = timedelta(seconds=10)
"""Real time for a connect or a snapshot."""
RETRY_FIRST = timedelta(seconds=2)
RETRY_MOST = timedelta(seconds=60)
LOOK_AGAIN = timedelta(seconds=6)
"""How soon the books are compared again while something in them is in doubt."""
BREATH = timedelta(seconds=0.3)
"""Real time between two comparisons at least: with a fast clock they would use up the broker's budget of messages."""
LONG_BREATH = timedelta(seconds=1)
"""The same for those that only the clock asks for."""

_TO_LEDGER = (
    p.OrderAcknowledged,
    p.OrderCancelled,
    p.CancelRefused,
    p.OrderRejected,
    p.OrderExpired,
    p.OrderNotSent,
    p.Executed,
    p.Commissioned,
    p.Settled,
)


@dataclass(frozen=True, slots=True)
class _Overdue:
    """A connect or a comparison has taken too long; an outdated one is ignored."""

    wait: int


@dataclass(frozen=True, slots=True)
class _AskAgain:
    """A comparison that was missed is tried once more; an outdated one is ignored."""

    wait: int


@dataclass(frozen=True, slots=True)
class _CompareDue:
    """The books are to be compared by the clock, or looked at again; an outdated one is ignored."""

    turn: int


@dataclass(frozen=True, slots=True)
class _Retry:
    """Try to connect again."""


@dataclass(frozen=True, slots=True)
class BrokerView:
    """The link as it is shown."""

    state: ConnectionState
    since: datetime
    account: str
    detail: str
    orders_sent: int
    moves: tuple[tuple[datetime, Move[ConnectionState]], ...] = ()
    """The latest, oldest first."""


MakePort = Callable[["Broker"], p.BrokerPort]
"""Makes a port for one incarnation; the incarnation is given for ports whose far side is another actor."""


class Broker(Actor):
    """Turns commands into calls of the port and the port's events into messages.

    Orders and cancels pass only while the link is READY: connected, and our book compared with the broker's. An order
    that comes earlier is answered with `OrderNotSent`, which is certain. While it is READY on a trading day the books
    are compared by the clock, too; that takes nothing away: orders and cancels pass meanwhile. Events go to the ledger
    first; the ledger tells those concerned. A crash closes the port; the next incarnation connects and compares before
    it sends.
    """

    def __init__(
        self, make_port: MakePort, compare_every: timedelta = timedelta(minutes=1), ordered: Ordered = nothing
    ) -> None:
        super().__init__()
        self._ordered = ordered
        self._compare_every = compare_every
        self._session: SessionState | None = None
        self._turn = 0
        self._port = make_port(self)
        self._life = CONNECTION.life()
        self._since = self.now()
        self._moves: deque[tuple[datetime, Move[ConnectionState]]] = deque(maxlen=20)
        self._account = ""
        self._detail = "not connected yet"
        self._wanted: frozenset[OptionContract] = frozenset()
        self._waits = 0
        self._timer: Timer | None = None
        self._attempt = 0
        self._sent = 0

    def on_start(self) -> None:
        """Begin to connect."""
        self.send(m.CLOCK, m.TellSession(self.name))
        self._move("connect")
        self._connect()

    def release(self) -> None:
        """Drop the link."""
        self._port.close()

    def abandon(self) -> None:
        """Drop the link: the broker admits no second one under the same client id."""
        self._port.close()

    def on_receive(self, message: object) -> None:
        """Pass on what comes from either side."""
        with bound(message):
            self._receive(message)

    def _receive(self, message: object) -> None:  # noqa: C901, PLR0912 - one line a message
        match message:
            case p.Quoted() | p.BarClosed() | p.BarHistory():
                self.send(m.MARKET_DATA, message)
            case m.PlaceOrder(intent=intent):
                self._place(intent)
            case m.PlaceCombo(combo=combo):
                self._place_combo(combo)
            case m.CancelOrder(ref=ref):
                if self._life.state is ConnectionState.READY:
                    self._port.cancel(ref)
            case m.FlattenFuture(order=order):
                self._flatten_future(order)
            case m.Subscribe(contracts=contracts):
                self._wanted = contracts
                if self._is_connected():
                    self._port.subscribe(contracts)
            case m.RequestHistory():
                if self._is_connected():
                    self._port.request_history()
            case m.TellBrokerState(reply_to=reply_to):
                self.send(reply_to, self._told())
            case m.SessionChanged(state=state):
                self._on_session(state)
            case _:
                self._on_link(message)

    def _on_link(self, message: object) -> None:  # noqa: C901 - one line a message
        match message:
            case p.Connected(account=account):
                self._on_connected(account)
            case p.Disconnected(reason=reason):
                self._on_lost("lost", reason)
            case p.BrokerSnapshot():
                self.send(m.LEDGER, message)
            case p.SnapshotMissed(reason=reason):
                self._on_missed(reason)
            case _AskAgain(wait=wait) if wait == self._waits:
                self._port.request_snapshot()
            case m.BooksCompared(breaks=breaks, look_again=look_again):
                self._on_compared(breaks, look_again=look_again)
            case m.Resync():
                self._resync()
            case _CompareDue(turn=turn) if turn == self._turn:
                self._compare_by_clock()
            case _Overdue(wait=wait) if wait == self._waits:
                trigger = "lost" if self._life.state is ConnectionState.READY else "time_out"
                self._on_lost(trigger, f"no answer within {ANSWER_WITHIN.total_seconds():g} s")
            case _Retry() if self._life.can("retry"):
                self._move("retry")
                self._connect()
            case _ if isinstance(message, _TO_LEDGER):
                self.send(m.LEDGER, message)

    # --- the link

    def _is_connected(self) -> bool:
        return self._life.state in {ConnectionState.SYNCING, ConnectionState.READY}

    def _connect(self) -> None:
        self._expect_answer()
        self._port.open(self.hear)

    def _on_connected(self, account: str) -> None:
        if not self._life.can("connected"):
            return
        self._account = account
        self._move("connected", f"connected to {account}, comparing the books")
        self._port.subscribe(self._wanted)
        self._port.request_history()
        self._compare()

    def _compare(self) -> None:
        self._expect_answer()
        self._port.request_snapshot()

    def _resync(self) -> None:
        if self._life.state is ConnectionState.READY:
            self._move("resync", "comparing the books again")
            self._announce()
            self._compare()

    def _compare_by_clock(self) -> None:
        """Compare while READY stays; at night there is nothing to compare."""
        if self._life.state is not ConnectionState.READY:
            return
        if self._session is SessionState.CLOSED:
            self._compare_later(self._compare_every)
        else:
            self._compare()

    def _compare_later(self, delay: timedelta, breath: timedelta = LONG_BREATH) -> None:
        self._turn += 1
        self.after(max(delay, self.patience(breath)), _CompareDue(self._turn))

    def _on_compared(self, breaks: tuple[str, ...], *, look_again: bool) -> None:
        was_ready = self._life.state is ConnectionState.READY
        if not was_ready and not self._life.can("synced"):
            return
        self._stop_waiting()
        self._attempt = 0
        if not was_ready:
            self._move("synced", "; ".join(breaks) or "the books agree")
            self._announce()
        if look_again:
            self._compare_later(LOOK_AGAIN, BREATH)
        else:
            self._compare_later(self._compare_every)

    def _on_missed(self, reason: str) -> None:
        """Leave a comparison out while READY, the next is due soon; before that none can be, so ask until the limit."""
        logger.info("broker: the books were not compared: {}", reason)
        if self._life.state is ConnectionState.READY:
            self._stop_waiting()
            self._compare_later(self._compare_every)
        elif self._life.state is ConnectionState.SYNCING:
            self.after(self.patience(BREATH), _AskAgain(self._waits))

    def _on_lost(self, trigger: str, reason: str) -> None:
        if not self._life.can(trigger):
            return
        self._stop_waiting()
        logger.warning("broker: link lost: {}", reason)
        self._port.close()
        self._move(trigger, reason)
        self._announce()
        delay = min(RETRY_FIRST * (1 << min(self._attempt, 10)), RETRY_MOST)
        self._attempt += 1
        self.after(delay, _Retry())
        self._warn_when_nothing_can_be_sold()

    def _on_session(self, state: SessionState) -> None:
        self._session = state
        self._warn_when_nothing_can_be_sold()

    def _warn_when_nothing_can_be_sold(self) -> None:
        """At the flatten time a lost link is a person's affair: another screen can still sell.

        It is said again with every attempt that fails: an alarm may be lost with the notifier that has it in hand.
        """
        is_lost = self._attempt > 0 and not self._is_connected()
        if is_lost and self._session is SessionState.FLATTENING:
            text = f"no link to the broker at the flatten time ({self._detail}): what is held cannot be sold from here"
            self.send(m.NOTIFIER, m.Alarm(AlertCode.NO_LINK_AT_FLATTEN, text))

    def _expect_answer(self) -> None:
        self._stop_waiting()
        self._timer = self.after(self.patience(ANSWER_WITHIN), _Overdue(self._waits))

    def _stop_waiting(self) -> None:
        self._waits += 1
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _move(self, trigger: str, detail: str = "") -> None:
        move = self._life.fire(trigger)
        self._since = self.now()
        self._moves.append((self._since, move))
        self._detail = detail
        self._show()

    def _announce(self) -> None:
        self.send(m.ENGINE, self._told())
        self.send(m.POSITIONS, self._told())

    def _told(self) -> m.BrokerStateChanged:
        return m.BrokerStateChanged(self._life.state is ConnectionState.READY, self._detail, self._since)

    def _show(self) -> None:
        self.publish(
            BrokerView(self._life.state, self._since, self._account, self._detail, self._sent, tuple(self._moves))
        )

    # --- orders

    def _place(self, intent: OrderIntent) -> None:
        why = self._objection(intent)
        if why:
            self.send(m.LEDGER, p.OrderNotSent(intent.ref, why, self.now()))
            return
        self._sent += 1
        self._port.place(intent)
        self._show()

    def _place_combo(self, combo: Combo) -> None:
        why = self._objection(combo.legs[0])
        if why or not isinstance(self._port, p.TakesCombos):
            for leg in combo.legs:
                self.send(m.LEDGER, p.OrderNotSent(leg.ref, why or "this broker takes no combos", self.now()))
            return
        self._sent += 1
        self._port.place_combo(combo)
        self._show()

    def _objection(self, intent: OrderIntent) -> str:
        """Return why an order must not leave; empty where it may. The last look at what the operator has ordered."""
        if self._life.state is not ConnectionState.READY:
            return f"the link is {self._life.state.value}"
        standing = self._ordered()
        if standing is not None and standing.is_taken_over:
            return "another process cancels and sells for the operator"
        if standing is not None and standing.withdraws and intent.purpose is Purpose.ENTRY:
            return f"the operator has ordered: {standing.command.value}"
        return ""

    def _flatten_future(self, order: FutureOrdered) -> None:
        if self._life.state is ConnectionState.READY and isinstance(self._port, p.EndsFutures):
            self._port.flatten_future(order.ref, order.symbol, order.quantity)
        else:
            logger.error("broker: {} of {} was not sent; a person must end it", order.ref, order.symbol)

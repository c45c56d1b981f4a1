"""The broker actor: owns the broker port and the connection machine. It decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from loguru import logger

from actors import messages as m
from actors.runtime.actor import Actor
from actors.runtime.runtime import Timer
from lottogrid.brokers import port as p
from lottogrid.market.contracts import OptionContract
from lottogrid.orders import OrderIntent
from machines.connection import CONNECTION, ConnectionState

ANSWER_WITHIN = timedelta(seconds=10)
"""Real time for a connect or a snapshot."""
RETRY_FIRST = timedelta(seconds=2)
RETRY_MOST = timedelta(seconds=60)
LOOK_AGAIN = timedelta(seconds=6)
"""How soon the books are compared again while something in them is in doubt."""
BREATH = timedelta(seconds=0.3)
"""Real time between two comparisons at least: with a fast clock they would use up the broker's budget of messages."""

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


MakePort = Callable[["Broker"], p.BrokerPort]
"""Makes a port for one incarnation; the incarnation is given for ports whose far side is another actor."""


class Broker(Actor):
    """Turns commands into calls of the port and the port's events into messages.

    Orders and cancels pass only while the link is READY: connected, and our book compared with the broker's. An order
    that comes earlier is answered with `OrderNotSent`, which is certain. Events go to the ledger first; the ledger
    tells those concerned. A crash closes the port; the next incarnation connects and compares before it sends.
    """

    def __init__(self, make_port: MakePort) -> None:
        super().__init__()
        self._port = make_port(self)
        self._life = CONNECTION.life()
        self._since = self.now()
        self._account = ""
        self._detail = "not connected yet"
        self._wanted: frozenset[OptionContract] = frozenset()
        self._waits = 0
        self._timer: Timer | None = None
        self._attempt = 0
        self._sent = 0

    def on_start(self) -> None:
        """Begin to connect."""
        self._move("connect")
        self._connect()

    def release(self) -> None:
        """Drop the link."""
        self._port.close()

    def on_receive(self, message: object) -> None:
        """Pass on what comes from either side."""
        match message:
            case p.Quoted() | p.BarClosed() | p.BarHistory():
                self.send(m.MARKET_DATA, message)
            case m.PlaceOrder(intent=intent):
                self._place(intent)
            case m.CancelOrder(ref=ref):
                if self._life.state is ConnectionState.READY:
                    self._port.cancel(ref)
            case m.Subscribe(contracts=contracts):
                self._wanted = contracts
                if self._is_connected():
                    self._port.subscribe(contracts)
            case m.RequestHistory():
                if self._is_connected():
                    self._port.request_history()
            case m.TellBrokerState(reply_to=reply_to):
                self.send(reply_to, self._told())
            case _:
                self._on_link(message)

    def _on_link(self, message: object) -> None:
        match message:
            case p.Connected(account=account):
                self._on_connected(account)
            case p.Disconnected(reason=reason):
                self._on_lost("lost", reason)
            case p.BrokerSnapshot():
                self.send(m.LEDGER, message)
            case m.BooksCompared(breaks=breaks, look_again=look_again):
                self._on_compared(breaks, look_again=look_again)
            case m.Resync():
                self._resync()
            case _Overdue(wait=wait) if wait == self._waits:
                self._on_lost("time_out", f"no answer within {ANSWER_WITHIN.total_seconds():g} s")
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

    def _on_compared(self, breaks: tuple[str, ...], *, look_again: bool) -> None:
        if not self._life.can("synced"):
            return
        self._stop_waiting()
        self._attempt = 0
        self._move("synced", "; ".join(breaks) or "the books agree")
        self._announce()
        if look_again:
            self.after(max(LOOK_AGAIN, self.patience(BREATH)), m.Resync())

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

    def _expect_answer(self) -> None:
        self._stop_waiting()
        self._timer = self.after(self.patience(ANSWER_WITHIN), _Overdue(self._waits))

    def _stop_waiting(self) -> None:
        self._waits += 1
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _move(self, trigger: str, detail: str = "") -> None:
        self._life.fire(trigger)
        self._since = self.now()
        self._detail = detail
        self._show()

    def _announce(self) -> None:
        self.send(m.ENGINE, self._told())
        self.send(m.POSITIONS, self._told())

    def _told(self) -> m.BrokerStateChanged:
        return m.BrokerStateChanged(self._life.state is ConnectionState.READY, self._detail, self._since)

    def _show(self) -> None:
        self.publish(BrokerView(self._life.state, self._since, self._account, self._detail, self._sent))

    # --- orders

    def _place(self, intent: OrderIntent) -> None:
        if self._life.state is not ConnectionState.READY:
            why = f"the link is {self._life.state.value}"
            self.send(m.LEDGER, p.OrderNotSent(intent.ref, why, self.now()))
            return
        self._sent += 1
        self._port.place(intent)
        self._show()

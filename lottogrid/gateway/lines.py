"""The market data lines of one client, and the ticks that travel on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lottogrid.gateway import codes
from lottogrid.gateway.listings import Listing
from lottogrid.gateway.prices import Computation, Shown
from lottogrid.gateway.reading import Refused
from lottogrid.gateway.tickets import Leg

if TYPE_CHECKING:
    from lottogrid.gateway.session import Session

_LAST_TIME, _HALTED = 45, 49
_DELAYED_TYPE = 3


@dataclass(frozen=True, slots=True)
class TickTypes:
    """Numbers of the ticks of one kind of market data."""

    bid: int
    ask: int
    last: int
    bid_size: int
    ask_size: int
    bid_model: int
    ask_model: int
    model: int


_LIVE = TickTypes(bid=1, ask=2, last=4, bid_size=0, ask_size=3, bid_model=10, ask_model=11, model=13)
_DELAYED = TickTypes(bid=66, ask=67, last=68, bid_size=69, ask_size=70, bid_model=80, ask_model=81, model=83)


@dataclass(slots=True)
class Line:
    """One subscription. `sent` remembers what the client was last told, so that only changes travel."""

    request: int
    subject: Listing | tuple[Leg, ...]
    is_dead: bool = False
    """It stays silent, whatever happens."""
    sent: dict[tuple[str, int], Any] = field(default_factory=dict)


class Lines:
    """A client's subscriptions."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lines: dict[int, Line] = {}

    def open(self, request: int, subject: Listing | tuple[Leg, ...]) -> None:
        """Begin to stream; the standing quote is told at once.

        Raises:
            Refused: the number is taken, too many lines are open, or another login has the data; then the line is
                open and stays silent.
        """
        hub = self._session.hub
        if request in self._lines or (self._session.client_id, request) in hub.faults.kept_tickers:
            raise Refused(codes.DUPLICATE_TICKER, "Duplicate ticker id")
        if len(self._lines) >= hub.rules.market_data_lines:
            raise Refused(codes.LINES, "Max number of tickers has been reached")
        line = self._lines[request] = Line(request, subject, is_dead=hub.faults.competes)
        self._refuse_while_competing()
        self._head(line)
        self._tell(line)

    def once(self, request: int, subject: Listing | tuple[Leg, ...]) -> None:
        """Tell the standing quote once; Refused where another login has the data."""
        self._refuse_while_competing()
        line = Line(request, subject)
        self._head(line)
        self._tell(line)
        self._session.send("tickSnapshotEnd", reqId=request)

    def close(self, request: int) -> None:
        """End a stream; Refused where there is none."""
        kept = self._session.hub.faults.kept_tickers
        if (self._session.client_id, request) in kept:
            kept.remove((self._session.client_id or 0, request))
        elif self._lines.pop(request, None) is None:
            raise Refused(codes.NO_TICKER, "Can't find EId with tickerId:" + str(request))

    def refresh(self) -> None:
        """Tell on every line what has changed."""
        for line in self._lines.values():
            self._tell(line)

    def clear(self) -> None:
        """Forget all lines without a word."""
        self._lines.clear()

    def kill(self, *, combos_only: bool) -> None:
        """Silence the lines that are open, or the combos' among them."""
        for line in self._lines.values():
            line.is_dead |= not combos_only or not isinstance(line.subject, Listing)

    def requests(self) -> list[int]:
        """Return the numbers of the open lines."""
        return list(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def _refuse_while_competing(self) -> None:
        if self._session.hub.faults.competes:
            raise Refused(codes.COMPETING, codes.COMPETING_TEXT)

    def _head(self, line: Line) -> None:
        session, hub = self._session, self._session.hub
        tick = line.subject.ladder.smallest if isinstance(line.subject, Listing) else hub.world.spec.ladder.smallest
        session.send("tickReqParams", reqId=line.request, minTick=tick, bboExchange="")
        kind = _DELAYED_TYPE if hub.faults.is_delayed else session.market_data_type
        session.send("marketDataType", reqId=line.request, type=kind)
        if hub.faults.is_delayed:
            words = "Requested market data is not subscribed. Displaying delayed market data."
            session.error(line.request, codes.DELAYED, words)

    def _tell(self, line: Line) -> None:
        hub = self._session.hub
        shown = hub.faults.altered(line.subject, hub.shown(line.subject))
        if shown is None or line.is_dead or hub.faults.has_no_feed:
            return
        types = _DELAYED if hub.faults.is_delayed else _LIVE
        self._state(line, shown)
        self._price(line, types.bid, types.bid_size, shown.bid, shown.bid_size)
        self._price(line, types.ask, types.ask_size, shown.ask, shown.ask_size)
        if shown.last is not None:
            self._price(line, types.last, None, shown.last, 1)
        if isinstance(line.subject, Listing) and not hub.faults.hides_greeks:
            for kind, price in ((types.bid_model, shown.bid), (types.ask_model, shown.ask), (types.model, shown.mid)):
                self._greeks(line, kind, hub.prices.computed(line.subject, price, hub.now()))

    def _state(self, line: Line, shown: Shown) -> None:
        if shown.last is not None and not line.sent:
            self._send(line, "tickString", _LAST_TIME, value=int(shown.at.timestamp()))
        self._send(line, "tickGeneric", _HALTED, value=int(self._session.hub.faults.is_halted))

    def _price(self, line: Line, kind: int, size_kind: int | None, price: Any, size: int) -> None:
        # No bid is -1 of size 0: an empty price would be skipped by clients, and the old one would stand.
        self._send(line, "tickPrice", kind, price=-1 if price is None else price, size=size)
        if size_kind is not None:
            self._send(line, "tickSize", size_kind, size=size)

    def _greeks(self, line: Line, kind: int, found: Computation | None) -> None:
        if found is None:
            return
        self._send(
            line,
            "tickOptionComputation",
            kind,
            impliedVol=found.volatility,
            delta=found.delta,
            optPrice=found.price,
            pvDividend=0,
            gamma=found.gamma,
            vega=found.vega,
            theta=found.theta,
            undPrice=found.underlying,
        )

    def _send(self, line: Line, name: str, kind: int, **values: Any) -> None:
        if line.sent.get((name, kind)) != values:
            line.sent[name, kind] = values
            self._session.send(name, reqId=line.request, tickType=kind, **values)

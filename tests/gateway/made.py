"""A gateway on a quiet made-up day, and clients that talk to it without sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from lottogrid.calendar import Calendar
from lottogrid.clock import VirtualClock
from lottogrid.exchange.exchange import Exchange
from lottogrid.exchange.profiles import profile_of
from lottogrid.exchange.store import Keeper
from lottogrid.gateway.actions import bound
from lottogrid.gateway.codec import PREAMBLE, frame, texts_of
from lottogrid.gateway.fields import Message
from lottogrid.gateway.hub import GatewayRules, Hub
from lottogrid.gateway.incoming import INCOMING
from lottogrid.gateway.listings import Listing
from lottogrid.gateway.outgoing import OUTGOING
from lottogrid.gateway.script import step
from lottogrid.gateway.session import Session
from lottogrid.market import sessions
from lottogrid.market.bars import Bar
from lottogrid.market.contracts import Right, spec_of
from lottogrid.pricing.smile import Smile
from lottogrid.settings import SessionSettings
from tests.exchange.desk import DAY, MINUTE, OPENS, FixedForecast, option

CALENDAR = Calendar(SessionSettings())
REQUESTS = {layout.name: layout for layout in INCOMING.values()}
ANSWERS = {layout.number: layout for layout in OUTGOING.values()}


def session_of(moves: dict[int, int] | None = None, price: int = 6300) -> sessions.Session:
    """Return a day that begins ten minutes early and stands at `price`, but for `moves`: minute to the price since."""
    bars, level = [], Decimal(price)
    for minute in range(-10, 390):
        found = Decimal((moves or {}).get(minute, level))
        low, high = min(found, level), max(found, level)
        bars.append(Bar(OPENS + minute * MINUTE, level, high, low, found, volume=7))
        level = found
    return sessions.Session(DAY, tuple(bars))


@dataclass
class Made:
    """A gateway at the open, and the clock that it lives on."""

    profile: str = "ideal"
    moves: dict[int, int] = field(default_factory=dict)
    rules: GatewayRules = field(default_factory=GatewayRules)
    keeper: Keeper | None = None
    steps: list[dict[str, Any]] = field(default_factory=list)
    starts_at: datetime = OPENS
    real_seconds: Callable[[], float] = lambda: 0.0

    def __post_init__(self) -> None:
        self.clock = VirtualClock(self.starts_at)
        exchange = Exchange(spec_of("MES"), profile_of(self.profile), 1, Smile(), FixedForecast(), store=self.keeper)
        self.hub = Hub(
            exchange,
            session_of(self.moves),
            CALENDAR,
            self.clock.now,
            rules=self.rules,
            keeper=self.keeper,
            steps=[step(one) for one in self.steps],
            real_seconds=self.real_seconds,
        )

    def wait(self, seconds: float) -> None:
        """Let time pass, stopping wherever something is due."""
        end = self.clock.now() + timedelta(seconds=seconds)
        while (due := self.hub.next_due()) is not None and due <= end:
            self.clock.advance_to(due)
            self.hub.advance()
        self.clock.advance_to(end)
        self.hub.advance()

    def client(self, client_id: int = 1, version: int = 176) -> Client:
        """Return a client that is connected and has read what it was greeted with."""
        found = Client(self, version)
        found.start(client_id)
        found.read()
        return found

    def call(self, strike: int = 6340) -> Listing:
        """Return a call of the day."""
        return self.hub.world.of_option(option(strike))

    def put(self, strike: int = 6260) -> Listing:
        """Return a put of the day."""
        return self.hub.world.of_option(option(strike, Right.PUT))

    def ask(self, listing: Listing) -> Decimal:
        """Return the standing offer."""
        shown = self.hub.prices.shown(listing, self.clock.now())
        assert shown is not None
        assert shown.ask is not None
        return shown.ask

    def bid(self, listing: Listing) -> Decimal:
        """Return the standing bid."""
        shown = self.hub.prices.shown(listing, self.clock.now())
        assert shown is not None
        assert shown.bid is not None
        return shown.bid


class Client:
    """One connection, seen from the client's side."""

    def __init__(self, made: Made, version: int = 176, lowest: int = 157) -> None:
        self.made = made
        self.session: Session = made.hub.join()
        self.session.receive(PREAMBLE + frame_of(f"v{lowest}..{version}".encode()))
        self.greeting = texts_of(self.session.output.popleft()[4:]) if self.session.output else []
        self.version = self.session.version

    def start(self, client_id: int) -> None:
        """Name the client."""
        self.say("startApi", clientId=client_id)

    def say(self, name: str, **values: Any) -> None:
        """Send a request; fields that are not given are as a client leaves them."""
        self.session.receive(frame(REQUESTS[name].write(values, self.version)))

    def read(self, *names: str) -> list[tuple[str, Message]]:
        """Return the messages that have come, or those of them with one of `names`."""
        found = []
        while self.session.output:
            number, *texts = texts_of(self.session.output.popleft()[4:])
            layout = ANSWERS[int(number)]
            message, rest = layout.read(texts, self.version)
            assert rest == []
            found.append((layout.name, message))
        return [one for one in found if not names or one[0] in names]

    def ask(self, name: str, **values: Any) -> list[tuple[str, Message]]:
        """Send a request and return what comes at once."""
        self.read()
        self.say(name, **values)
        return self.read()

    def place(self, order_id: int, listing: Listing, **values: Any) -> None:
        """Send a limit order to buy one, but for `values`."""
        terms = {"action": "BUY", "totalQuantity": 1, "orderType": "LMT", "tif": "DAY", "orderId": order_id}
        self.say("placeOrder", **{**named(listing), **terms, **values})


def named(listing: Listing) -> dict[str, Any]:
    """Return the fields with which a client names a contract that it has looked up."""
    return {**listing.contract, "primaryExchange": ""}


def frame_of(body: bytes) -> bytes:
    """Return bytes as a frame."""
    return len(body).to_bytes(4, "big") + body


def errors(found: Iterable[tuple[str, Message]]) -> list[tuple[int, int]]:
    """Return the numbers of the subject and the code of every error."""
    return [(int(message["reqId"]), int(message["code"])) for name, message in found if name == "error"]


def statuses(found: Iterable[tuple[str, Message]]) -> list[str]:
    """Return the statuses that orders were told to have, in order."""
    return [message["status"] for name, message in found if name == "orderStatus"]


def names(found: Iterable[tuple[str, Message]]) -> list[str]:
    """Return the names of messages."""
    return [name for name, _ in found]


def only(found: list[tuple[str, Message]], name: str) -> Message:
    """Return the one message called `name`."""
    (message,) = [message for one, message in found if one == name]
    return message


def do(made: Made, name: str, **arguments: Any) -> None:
    """Play one action now."""
    bound(name, arguments)(made.hub)

"""One client's conversation: bytes in, frames out, and no socket anywhere."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lottogrid.errors import BadInput
from lottogrid.gateway import codes
from lottogrid.gateway.codec import FrameReader, frame, negotiate, texts_of
from lottogrid.gateway.fields import Layout, Message
from lottogrid.gateway.incoming import INCOMING
from lottogrid.gateway.lines import Lines
from lottogrid.gateway.outgoing import OUTGOING
from lottogrid.gateway.reading import Refused
from lottogrid.gateway.times import written

if TYPE_CHECKING:
    from lottogrid.gateway.history import Follow
    from lottogrid.gateway.hub import Hub

LOWEST_VERSION, HIGHEST_VERSION = 157, 178
"""Protocol versions whose layouts are known."""
MAX_UNSENT = 8 << 20
"""Bytes that wait for one client; one that lets more gather is dropped. A whole chain is about 2 MB."""
_COMPLAINTS = 3
_MISTAKES = 20
"""So many messages in a row that cannot be read end a conversation."""

Handler = Callable[["Session", Message], None]


class Session:
    """What one connection has said so far, and what it is yet to be sent."""

    def __init__(self, hub: Hub, handlers: dict[str, Handler]) -> None:
        self.hub = hub
        self.version = 0
        """Negotiated; 0 before the handshake."""
        self.client_id: int | None = None
        """None before startApi."""
        self.closed_for: str | None = None
        """Why the connection is to be closed once the output is sent; None while it lives."""
        self.output: deque[bytes] = deque()
        """Frames to be sent, oldest first."""
        self.told: dict[str, dict[str, Any]] = {}
        """What the client was last told of the account, so that only changes are pushed."""
        self.held: list[bytes] = []
        """Pushed frames that a fault holds back."""
        self.wants_account = False
        self.wants_positions = False
        self.wants_manual_orders = False
        self.pnl_requests: set[int] = set()
        """Live subscriptions to profit and loss, by request number."""
        self.followed: dict[int, Follow] = {}
        """Historical data that is kept up to date, by request number."""
        self.market_data_type = 1
        self.lines = Lines(self)
        self._handlers = handlers
        self._pushed: list[bytes] | None = None
        self._reader = FrameReader()
        self._mistakes = 0
        self._complaints = 0
        self._heard: deque[float] = deque()

    @property
    def name(self) -> str:
        """Who it is, in words."""
        return "a client without a name" if self.client_id is None else f"client {self.client_id}"

    @property
    def is_introduced(self) -> bool:
        """Whether the client has named itself."""
        return self.client_id is not None

    @property
    def is_started(self) -> bool:
        """Whether the client has named itself and still listens."""
        return self.client_id is not None and self.closed_for is None

    def receive(self, data: bytes) -> None:
        """Take in bytes from the client and act on every message that is complete."""
        try:
            for body in self._reader.feed(data):
                if self.closed_for is not None:
                    return
                if not self.version:
                    self._greet(body)
                else:
                    self._hear(body)
                    self._expect_room()
        except BadInput as error:
            self.error(-1, codes.UNREADABLE, str(error))
            self.close(str(error))

    def send(self, name: str, **values: Any) -> None:
        """Queue a message."""
        if not self.version or self.closed_for is not None:
            return
        made = frame(OUTGOING[name].write(values, self.version))
        if self._pushed is None:
            self.output.append(made)
        elif name != "orderStatus" or not self.hub.faults.omits_status:
            self._pushed.append(made)

    @contextmanager
    def pushing(self) -> Iterator[None]:
        """Take what is sent within as pushed, not asked for: faults may hold it back, mix it up, or leave out some."""
        self._pushed = []
        yield
        pushed, self._pushed = self._pushed, None
        if self.hub.faults.shuffles:
            self.hub.hold_back(self, pushed)
        else:
            self.output += pushed

    def send_change(self, subject: str, name: str, **values: Any) -> None:
        """Queue a message unless it says what the last one on `subject` said."""
        if self.told.get(subject) != values:
            self.told[subject] = values
            self.send(name, **values)

    def error(self, request: int, code: int, words: str) -> None:
        """Queue an error or a notice about a request, an order, or (-1) the system."""
        self.send("error", reqId=request, code=code, text=words)

    def close(self, reason: str) -> None:
        """Let the connection end once what is queued is sent."""
        if self.closed_for is None:
            self.closed_for = reason
            self.hub.left(self)

    def _greet(self, body: bytes) -> None:
        version = negotiate(body, LOWEST_VERSION, self.hub.rules.version_max)
        self.output.append(frame([str(version), written(self.hub.now())]))
        self.version = version

    def _hear(self, body: bytes) -> None:
        request = -1
        self._pace()
        try:
            number, *texts = texts_of(body)
            layout = _layout(number)
            message, _ = layout.read(texts, self.version)
            request = _subject(message)
            self._expect_start(layout)
            self._mistakes = 0
            self.hub.serve(self, layout.name, message, self._handlers)
        except Refused as refusal:
            self.error(request, refusal.code, refusal.text)
            self._count(refusal.code)

    def _expect_start(self, layout: Layout) -> None:
        if self.client_id is None and layout.name != "startApi":
            raise BadInput(f"startApi: expected it before anything else, found {layout.name}; send it first")

    def _pace(self) -> None:
        """Complain about too many messages in a second; the third complaint ends the conversation without a word."""
        now = self.hub.real_seconds()
        self._heard.append(now)
        while self._heard[0] <= now - 1:
            self._heard.popleft()
        if len(self._heard) > self.hub.rules.messages_per_second:
            self._heard.clear()
            self._complaints += 1
            self.error(-1, codes.PACING, "Max rate of messages per second has been exceeded")
            if self._complaints >= _COMPLAINTS:
                self.close(f"more than {self.hub.rules.messages_per_second} messages a second, {_COMPLAINTS} times")

    def _expect_room(self) -> None:
        """End a conversation whose client asks faster than it reads, before its answers fill the memory."""
        waiting = sum(map(len, self.output))
        if waiting > MAX_UNSENT:
            self.output.clear()
            self.close(f"it does not read: {waiting} bytes wait for it")

    def _count(self, code: int) -> None:
        self._mistakes = self._mistakes + 1 if code == codes.UNREADABLE else 0
        if self._mistakes >= _MISTAKES:
            raise BadInput(f"messages: expected readable ones, found {_MISTAKES} in a row that are not; look at them")


def _layout(number: str) -> Layout:
    found = INCOMING.get(int(number)) if number.isascii() and number.isdigit() else None
    if found is None:
        raise Refused(codes.UNREADABLE, f"message {number[:20]!r} is not served here")
    return found


def _subject(message: Message) -> int:
    """Return the number of the request or order that a message is about; -1 where it names none."""
    number = str(message.get("reqId", message.get("orderId", "")))
    try:
        return int(number)
    except ValueError:
        return -1

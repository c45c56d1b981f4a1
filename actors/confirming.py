"""Whether what an operator ordered has become so: looked up where it shows, never taken for granted."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import closing
from datetime import datetime, timedelta

from actors import messages as m
from actors.broker import BrokerView
from actors.engine import EngineView
from actors.ledger_view import LedgerView
from actors.runtime.runtime import Runtime
from lottogrid.clock import real_seconds
from lottogrid.control.commands import Step
from lottogrid.errors import LottogridError
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import Noted
from machines.connection import ConnectionState
from machines.engine import EngineState

HANGS_AFTER = 5.0
"""Real seconds at one message, after which an actor is called hung."""
ASK_AGAIN = timedelta(seconds=2)
"""Real time after which a comparison is asked for again."""

OpenBook = Callable[[], Ledger]
"""Opens the ledger for reading, beside the actor that writes it."""


class Confirming:
    """Looks at the board and into the ledger; asks no actor, so that none can keep it waiting."""

    def __init__(self, runtime: Runtime, open_book: OpenBook) -> None:
        self._runtime = runtime
        self._open_book = open_book
        self._compare_asked: datetime | None = None
        self._clear_since: datetime | None = None
        self._is_noted = False

    def engine(self, what: str, wanted: Collection[EngineState], *, is_vital: bool) -> Step:
        """Return whether the engine has said that it stands where it should."""
        shown = self._runtime.board.get(m.ENGINE)
        if not isinstance(shown, EngineView):
            return Step(
                what, is_confirmed=False, is_vital=is_vital, detail=f"it has said nothing{self._unwell(m.ENGINE)}"
            )
        detail = f"engine {shown.state.value}{self._unwell(m.ENGINE)}"
        return Step(what, is_confirmed=shown.state in wanted, is_vital=is_vital, detail=detail)

    def journal(self, request_id: str, *, is_vital: bool) -> Step:
        """Return whether the ledger has written the command down."""
        shown = self._runtime.board.get(m.LEDGER)
        tail = shown.tail if isinstance(shown, LedgerView) else ()
        # Once seen it stays: a busy journal's tail moves on.
        self._is_noted |= any(isinstance(record, Noted) and request_id in record.text for record in tail)
        detail = "" if self._is_noted else f"not yet, but in the record of commands{self._unwell(m.LEDGER)}"
        return Step("written in the journal", is_confirmed=self._is_noted, is_vital=is_vital, detail=detail)

    def orders_gone(self, left: tuple[str, ...]) -> Step:
        """Return whether the broker has confirmed the end of every order, by what is `left`."""
        live = [each for each in left if each.startswith(ORDER)]
        return Step("no order works", is_confirmed=not live, detail="; ".join(live))

    def flat(self, left: tuple[str, ...]) -> Step:
        """Return whether nothing is held and no order works, by what is `left`."""
        return Step("nothing is held", is_confirmed=not left, detail="; ".join(left))

    def books(self, *, is_clear: bool) -> Step:
        """Return whether the broker's book was compared with ours and agrees, after ours had become clear."""
        what = "the broker's book says the same"
        if not is_clear:
            self._clear_since = self._compare_asked = None
            return Step(what, is_confirmed=False, detail="compared when ours is clear")
        now = self._runtime.clock.now()
        self._clear_since = self._clear_since or now
        shown = self._runtime.board.get(m.LEDGER)
        found = shown.reconciled if isinstance(shown, LedgerView) else None
        if found is not None and found.at > self._clear_since:
            return Step(what, is_confirmed=not found.breaks, detail="; ".join(found.breaks[:3]))
        self._ask_to_compare(now)
        return Step(what, is_confirmed=False, detail=f"not compared yet: {self._link()}")

    def left(self) -> tuple[str, ...]:
        """Return what is held and what works, in words, from the ledger; that it cannot be read is left, too."""
        try:
            with closing(self._open_book()) as ledger:
                held = [f"holding {quantity} of {contract}" for contract, quantity in ledger.holdings().items()]
                orders = [
                    f"{ORDER} {order.intent.ref}: {order.intent.side.value} {order.remaining} of "
                    f"{order.intent.contract}, {order.state.value}"
                    for order in ledger.live_orders()
                ]
        except LottogridError as error:
            return (f"{ORDER}s and holdings unknown: {error}",)
        return (*held, *orders)

    def _ask_to_compare(self, now: datetime) -> None:
        speed = self._runtime.clock.speed
        pause = ASK_AGAIN if speed == float("inf") else ASK_AGAIN * speed
        if self._compare_asked is None or now - self._compare_asked >= pause:
            self._compare_asked = now
            self._runtime.send(m.BROKER, m.Resync())

    def _link(self) -> str:
        shown = self._runtime.board.get(m.BROKER)
        if not isinstance(shown, BrokerView):
            return f"the link has never been seen{self._unwell(m.BROKER)}"
        detail = f", {shown.detail}" if shown.state is not ConnectionState.READY and shown.detail else ""
        return f"the link is {shown.state.value}{detail}{self._unwell(m.BROKER)}{self._unwell(m.LEDGER)}"

    def _unwell(self, name: str) -> str:
        cell = self._runtime.cells.get(name)
        if cell is None or cell.ended.is_set():
            return f"; the actor {name} is down"
        busy = cell.busy_since
        if busy is not None and real_seconds() - busy > HANGS_AFTER:
            return f"; the actor {name} hangs at {cell.last_message}"
        return ""


ORDER = "order"
"""How the words for what works begin."""

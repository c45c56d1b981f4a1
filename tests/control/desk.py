"""A busy day on the stepped runtime with a control desk beside it, and actors that die or hang at will."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from actors import messages as m
from actors.control import Controller
from actors.position import PositionView
from actors.replay import Replay
from actors.runtime.actor import Actor
from actors.supervision.messages import TerminateChild
from actors.tree import Parts, root
from actors.venue import DropLink, Line
from lottogrid.cli.wiring import exchange_of, parts_of
from lottogrid.clock import VirtualClock
from lottogrid.control.commands import Answer, Command, Request
from lottogrid.control.latch import Latch
from lottogrid.control.record import CommandRecord
from lottogrid.ledger.ledger import Ledger
from lottogrid.orders import Side
from tests.replay.bench import sessions, settings

DAY = date(2025, 4, 9)
BUSY = (
    "strategy.volatility_threshold=10",
    "strategy.max_premium_per_strangle=700",
    "risk.max_draw=50000",
    "risk.start_cash=500000",
    "risk.min_time_between_trades=5",
    "risk.max_trades_per_day=1000",
    "risk.max_open_trades=1000",
    "session.market_open=13:00",
)
POSITION = "a position"
"""The first that is open."""
EVERYBODY = (
    m.CLOCK,
    m.NOTIFIER,
    m.LEDGER,
    m.BROKER,
    m.MARKET_DATA,
    m.RISK,
    m.ENGINE,
    m.STRATEGIST,
    m.POSITIONS,
    POSITION,
)
ALONE = {m.CLOCK, m.NOTIFIER}
STARTS_AFTER = timedelta(minutes=17)
"""After the opening of the window: a few strangles are held."""


class ControlDesk:
    """The bot, its exchange, and what commands it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "ledger.sqlite"
        Ledger.open(self.path, durable=False).close()
        self.settings = settings(*BUSY)
        self.sessions = sessions(self.settings, DAY, seed=3)
        self.exchange = exchange_of(self.settings)
        self._begin(VirtualClock(self.sessions[0].day.opens - timedelta(minutes=90)))
        self.runtime.run_until(self.sessions[0].day.opens + STARTS_AFTER)
        assert self.bought > 0
        assert self.held > 0

    def _begin(self, clock: VirtualClock) -> None:
        self.latch = Latch(self.folder)
        self._line = Line()
        replay = Replay(self._parts(), self._line, self.exchange, self.sessions, clock=clock)
        self.runtime = replay.runtime
        self.hung: set[str] = set()
        run = self.runtime._run

        def run_unless_hung(actor: Actor) -> None:
            if actor.cell.name not in self.hung:
                run(actor)

        self.runtime._run = run_unless_hung  # type: ignore[method-assign]
        self.controller = self._controller()

    def restart(self) -> None:
        """End the process and begin another one on the same ledger, exchange and folder."""
        self.hung.clear()
        self.runtime.terminate(self.runtime.cells[m.ROOT], timedelta(seconds=5))
        self.runtime.board.clear()
        parts = replace(self._parts(), starts=self.runtime.clock.now())
        self.runtime.spawn(m.ROOT, lambda: root(parts))
        self.controller = self._controller()
        self.pass_time(minutes=1)

    def _parts(self) -> Parts:
        parts = parts_of(self.settings, lambda: Ledger.open(self.path, durable=False), self._line.connect)
        return replace(parts, ordered=Latch(self.folder).standing)

    def _controller(self) -> Controller:
        return Controller(
            self.runtime,
            self.latch,
            CommandRecord(self.folder),
            lambda: Ledger.open_read_only(self.path),
            pause=lambda _: self.pass_time(seconds=1),
            seconds=lambda: self.runtime.clock.now().timestamp(),
        )

    def pass_time(self, **delay: float) -> None:
        """Let the day go on."""
        self.runtime.run_until(self.runtime.clock.now() + timedelta(**delay))

    # --- what goes wrong

    def kill(self, who: str) -> None:
        """End an actor for good."""
        name = self._name(who)
        supervisor = m.ROOT if who in ALONE else m.POSITIONS if who == POSITION else m.TRADING
        self.runtime.send(supervisor, TerminateChild(name))
        self.runtime.run_until_idle()
        assert self.runtime.cells[name].ended.is_set()

    def hang(self, who: str) -> None:
        """Let an actor handle nothing any more."""
        self.hung.add(self._name(who))

    def break_link(self) -> None:
        """Drop the link to the broker; nobody answers until `mend_link`."""
        self.runtime.send(m.VENUE, DropLink("pulled"))
        self.pass_time(seconds=1)
        self.hung.add(m.VENUE)

    def mend_link(self) -> None:
        """Let the broker answer again."""
        self.hung.discard(m.VENUE)
        self.runtime._runnable.extend(  # what it was told meanwhile waits for it
            self.runtime.cells[m.VENUE] for _ in range(self.runtime.cells[m.VENUE].depth())
        )

    def _name(self, who: str) -> str:
        if who != POSITION:
            return who
        shown = self.runtime.board
        return next(
            name for name, each in shown.items() if isinstance(each, PositionView) and not each.record.state.is_final
        )

    # --- what is ordered, and what is so

    def order(self, command: Command, within: float | None = 60) -> Answer:
        """Give a command, confirmed by its word."""
        return self.controller.execute(
            Request.new(command, by="a person", via="a test", typed=command.word), within=within
        )

    @property
    def bought(self) -> int:
        """Entries that the exchange has ever had."""
        orders = self.exchange.snapshot(self.runtime.clock.now()).orders
        return sum(order.side is Side.BUY for order in orders)

    @property
    def working(self) -> int:
        """Orders that work at the exchange."""
        orders = self.exchange.snapshot(self.runtime.clock.now()).orders
        return sum(not order.state.is_final for order in orders)

    @property
    def held(self) -> int:
        """Contracts that the exchange says are held."""
        return sum(abs(p.quantity) for p in self.exchange.snapshot(self.runtime.clock.now()).positions)

    def journal(self) -> list[str]:
        """Return what the journal says of commands, oldest first."""
        with closing(Ledger.open_read_only(self.path)) as ledger:
            notes = [row.record for row in ledger.journal(kind="Noted", limit=100_000)]
        return [note.text for note in notes if note.kind.startswith("command")]  # type: ignore[union-attr]

"""I9 to I11, I14 and I16: being flat in time, coming back, and the rules of supervision."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from actors import messages as m
from actors.broker import BrokerView
from actors.runtime.cell import Cell
from actors.runtime.messages import Lasting, Repeated
from actors.simulation.invariants.base import Invariant
from actors.simulation.process import Process
from actors.supervision.child import SupervisorView
from actors.supervision.supervisor import Supervisor
from lottogrid.errors import LottogridError
from lottogrid.ledger.records import AlarmRaised
from lottogrid.market.contracts import OptionContract
from lottogrid.orders import Purpose, Side
from lottogrid.risk.reasons import Reason
from machines.actor import ActorState
from machines.connection import ConnectionState

_BACK_WITHIN = timedelta(seconds=60)
"""The longest backoff with its jitter, and the time that a start may take."""
_INTENSITY = {m.ROOT: (3, timedelta(minutes=5)), m.TRADING: (5, timedelta(seconds=60))}
_IN_ORDER = (m.LEDGER, m.BROKER, m.MARKET_DATA, m.RISK, m.ENGINE, m.STRATEGIST, m.POSITIONS)
_LINK_MUST_BE_BACK = timedelta(seconds=100)


class FlatInTime(Invariant):
    """I9."""

    id, kind = "I9", "Q"
    claim = (
        "soon after the flatten time no entry works and all is sold or on sale at any price; a lost link is an alarm"
    )

    def about_to_flatten(self) -> None:
        """Remember whether something is held that is not on sale yet."""
        self._must_sell = any(self._unsold())

    def flat(self) -> None:
        """Look at the exchange."""
        world = self.world
        if world.session_number in world.was_away:
            return
        since = world.now() - world.setting.sessions[world.session_number].day.flatten
        for what in self._unsold():
            self.broken(f"{since} after the flatten time {what}")
        for order in world.exchange.orders.values():
            is_entry = order.intent.purpose is Purpose.ENTRY and not world.books_may_differ
            if is_entry and not order.state.is_final:
                self.broken(f"the entry {order.ref} still works {since} after the flatten time")

    def _unsold(self) -> Iterator[str]:
        """Yield what is held and neither sold nor on sale at a price that somebody pays."""
        world = self.world
        for contract, quantity in world.exchange.holdings.items():
            quote = None if contract in world.disputed else world.exchange.quote(contract, world.now())
            if quote is None:
                continue
            price = quote.bid or world.exchange.spec.ladder.smallest
            if self._offered(contract, price) < quantity:
                yield f"{quantity} {contract} are held and not offered at {price}"

    def _offered(self, contract: OptionContract, price: Decimal) -> int:
        """Return how many are on sale at this price or below: thin bids take them minute by minute."""
        sales = (order for order in self.world.exchange.orders.values() if order.intent.side is Side.SELL)
        return sum(
            order.remaining
            for order in sales
            if order.intent.contract == contract
            and not order.state.is_final
            and (order.intent.limit_price or 0) <= price
        )

    def day_ended(self) -> None:
        """Look for the alarm."""
        world = self.world
        day = world.setting.sessions[world.session_number].day
        if world.session_number not in world.was_away or world.process is None or not self._must_sell:
            return
        told = [alarm.at for alarm in world.books.alarms] + [halt.at for halt in world.books.halts_ever]
        if not any(day.flatten <= at <= day.closes for at in told):
            self.broken("the link was down over the flatten time with something held, and no alarm was raised")


class ComesBack(Invariant):
    """I10."""

    id, kind = "I10", "L"
    claim = (
        "a failed actor is back, or was escalated, within the longest backoff and a start; an end of all is a halt; "
        "no alarm is lost but with the process"
    )

    def process_started(self) -> None:
        """A new process owes nothing for the deaths of the one before, nor for what that was told."""
        self._deaths: dict[str, tuple[Cell, datetime]] = {}
        self.world.entrusted.clear()

    def ended(self, cell: Cell) -> None:
        """Note a death that its supervisor must answer."""
        process = self.world.process
        if process is not None and cell.failed and cell.watcher is not None and not cell.watcher.ending:
            self._deaths[cell.name] = (cell, self.world.now())

    def stepped(self, process: Process) -> None:
        """Look for deaths that nobody answered."""
        if not self._deaths:
            return
        for name, (cell, since) in list(self._deaths.items()):
            if process.cells[name] is not cell or cell.watcher is None or cell.watcher.ending:
                del self._deaths[name]
            elif self.world.now() - since > _BACK_WITHIN:
                self.broken(f"{name}#{cell.generation} died at {since} of {cell.error_text} and is not back")

    def quiet(self) -> None:
        """Everybody must be up."""
        self._everybody()

    def day_ended(self) -> None:
        """Everybody must be up, and what needs a person must have called one."""
        self._everybody()
        self._every_alarm()
        books = self.world.books
        for since, why in self.world.halts_expected:
            if not any(halt.at >= since for halt in books.halts_ever):
                self.broken(f"a person was needed ({why} at {since}), and no halt followed")
            if not any(alarm.at >= since for alarm in books.alarms):
                self.broken(f"a person was needed ({why} at {since}), and no alarm was raised")
        for halt in books.halts_ever:
            is_told = halt.reason is Reason.RESTART_INTENSITY or any(alarm.at >= halt.at for alarm in books.alarms)
            if not is_told:  # the end of the process tells of itself, by its exit code
                self.broken(f"halted at {halt.at} ({halt.reason.name}), and no alarm was raised")

    def _every_alarm(self) -> None:
        """Look for alarms that the journal does not have; what ended two readers may be what ended them."""
        world = self.world
        given_up = [message.message for _, message in world.dead_letters if isinstance(message, Repeated)]
        found = Counter((alarm.code, alarm.text) for alarm in (*world.books.alarms, *_alarms_of(given_up)))
        for (code, text), times in Counter(
            (alarm.code, alarm.text) for alarm in world.entrusted if isinstance(alarm, m.Alarm) and not alarm.is_written
        ).items():
            if world.process is not None and found[code, text] < times:
                self.broken(f"{code.name} was raised {times} times, the journal has {found[code, text]}: {text}")

    def _everybody(self) -> None:
        world = self.world
        process = world.process
        if process is None:
            if world.session_number not in world.was_away:
                self.broken("the process is not there")
            return
        for name, view in process.board.items():
            if not isinstance(view, SupervisorView) or process.cells[name].ending:
                continue
            for child in view.children:
                if child.state is not ActorState.RUNNING:
                    self.broken(f"{child.name} is {child.state.value} after a quiet period: {child.last_error}")


def _alarms_of(messages: Iterable[Lasting]) -> Iterator[m.Alarm | AlarmRaised]:
    for message in messages:
        if isinstance(message, m.Alarm):
            yield message
        elif isinstance(message, m.CommitAlarm):
            yield from (record for record in message.records if isinstance(record, AlarmRaised))


class KnowsInTime(Invariant):
    """I11."""

    id, kind = "I11", "L"
    claim = "a quiet period after the faults the link is ready, and no order's outcome is unknown"

    def quiet(self) -> None:
        """Look at link and orders."""
        world = self.world
        process = world.process
        if process is None:
            return
        view = process.board.get(m.BROKER)
        if not isinstance(view, BrokerView) or view.state is not ConnectionState.READY:
            self.broken(
                f"the link is {view.state.value if isinstance(view, BrokerView) else 'unknown'}: nothing hinders it"
            )
        for ref, since in world.books.unknown_since.items():
            self.broken(f"the outcome of {ref} is unknown since {since}")


class OneWriter(Invariant):
    """I14."""

    id, kind = "I14", "S"
    claim = "one process a ledger: a second refuses to start (judged where F13 tries)"


class Supervision(Invariant):
    """I16."""

    id, kind = "I16", "S"
    claim = (
        "one death notice a death, restarts within the intensity, stops in reverse, no word of the given up is heard"
    )

    def process_started(self) -> None:
        """Begin to count."""
        self._failures: defaultdict[Cell, deque[datetime]] = defaultdict(deque)
        self._ends: list[str] = []

    def ended(self, cell: Cell) -> None:
        """Count a failure for its supervisor."""
        process = self.world.process
        self._ends.append(cell.name)
        watcher = cell.watcher
        if process is None or watcher is None:
            return
        if not cell.failed:
            self._look_who_is_left(cell, process)
            return
        if isinstance(cell.error, LottogridError):
            return
        if watcher.name not in _INTENSITY or not _was_up(watcher, cell.name):
            return
        most, period = _INTENSITY[watcher.name]
        times = self._failures[watcher]
        if not times or times[-1] != process.now():
            # of siblings that die in one instant the second is being stopped by the time its notice is read
            times.append(process.now())
        while times and process.now() - times[0] > period:
            times.popleft()
        if len(times) > most + 1:
            self.broken(f"{watcher.name} restarts after {len(times)} failures within {period}, {most} are allowed")

    def _look_who_is_left(self, cell: Cell, process: Process) -> None:
        """Whoever leans on one that was stopped must have been stopped before it."""
        if cell.name not in _IN_ORDER:
            return
        for name in _IN_ORDER[_IN_ORDER.index(cell.name) + 1 :]:
            other = process.cells.get(name)
            if other is not None and other.watcher is cell.watcher and not other.ending:
                self.broken(f"{cell.name} was stopped before {name}")

    def misheard(self, text: str) -> None:
        """Nobody may hear that."""
        self.broken(text)

    def process_stopping(self) -> None:
        """What ends from here on is stopped."""
        self._stops_from = len(self._ends)

    def process_stopped(self, process: Process) -> None:
        """Look for what was left behind, and at the order."""
        left = [cell.name for cell in process.cells.values() if not cell.ended.is_set()]
        if left:
            self.broken(f"after the stop {', '.join(left)} are still there")
        if process.live_timers:
            self.broken(f"after the stop {process.live_timers} timers are still armed")
        stopped = self._ends[self._stops_from :]
        order = [stopped.index(name) for name in reversed(_IN_ORDER) if name in stopped]
        if order != sorted(order):
            self.broken(f"stopped in the order {', '.join(stopped)}")


def _was_up(watcher: Cell, name: str) -> bool:
    """Whether its supervisor counts a death: one while it is stopped is none."""
    supervisor = watcher.actor
    child = supervisor.children.get(name) if isinstance(supervisor, Supervisor) else None
    return child is not None and child.life.state in {ActorState.STARTING, ActorState.RUNNING}


ALL = (FlatInTime, ComesBack, KnowsInTime, OneWriter, Supervision)

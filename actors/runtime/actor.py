"""The base of every actor: pykka's, with a death notice, a name, timers, and no way to take others down."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pykka

from actors.runtime.cell import Cell
from actors.runtime.messages import Heartbeat
from lottogrid.clock import Clock, real_seconds

if TYPE_CHECKING:
    from types import TracebackType

    from actors.runtime.runtime import Runtime, Timer

_PROXIED = (pykka.messages.ProxyCall, pykka.messages.ProxyGetAttr, pykka.messages.ProxySetAttr)
_STOP = pykka.messages._ActorStop  # noqa: SLF001 - pykka's own stop message has no public name


class Crash(RuntimeError):  # noqa: N818
    """Stands in for a BaseException raised in a handler; pykka would have stopped every actor of the process."""


class _Spawning(threading.local):
    """The incarnation that is being constructed on this thread: pykka's seams for it are static methods."""

    runtime: Runtime | None = None
    cell: Cell | None = None


spawning = _Spawning()


class Actor(pykka.ThreadingActor):
    """An actor that lives in a `Runtime`.

    Thread: its own, or the single one of a stepped runtime. Subclasses implement `on_start` and `on_receive`, talk by
    `send`, wait by `after` and `at`, and show themselves by `publish`. Any exception ends the incarnation; its watcher
    gets one `Down`. Messages still in the mailbox are lost with it, but for `Lasting` ones: those come to its heir.

    No actor is in pykka's global registry, so that `stop_all`, which pykka calls by itself, reaches none of ours.
    """

    use_daemon_thread = True
    acknowledges_start = True
    """Whether `Started` follows `on_start` by itself; a supervisor says it when its children are up."""

    def __init__(self) -> None:
        if spawning.runtime is None or spawning.cell is None:
            raise RuntimeError(f"{type(self).__name__}: actors are started by Runtime.spawn, not by start()")
        self.runtime: Runtime = spawning.runtime
        self.cell: Cell = spawning.cell
        super().__init__()
        self.actor_urn = f"{self.cell.name}#{self.cell.generation}"

    # --- what bodies use

    @property
    def name(self) -> str:
        """The name under which others reach this actor."""
        return self.cell.name

    @property
    def clock(self) -> Clock:
        """The runtime's clock."""
        return self.runtime.clock

    def now(self) -> datetime:
        """Return the present instant, UTC."""
        return self.runtime.clock.now()

    def send(self, target: str, message: object) -> None:
        """Put `message` in the mailbox of whoever holds the name `target` now; never blocks, never raises."""
        self.runtime.send(target, message, sender=self.cell)

    def after(self, delay: timedelta, message: object) -> Timer:
        """Send `message` to this incarnation when `delay` of the clock's time has passed."""
        return self.at(self.now() + delay, message)

    def at(self, instant: datetime, message: object) -> Timer:
        """Send `message` to this incarnation at `instant`; at once where that is past."""
        return self.runtime.schedule(instant, self.cell, message)

    def watch(self, name: str) -> None:
        """Ask for a `Down` when whoever holds `name` now has ended; it comes at once where nobody lives there."""
        self.runtime.watch(name, self.cell)

    def hear(self, message: object) -> None:
        """Put `message` in this incarnation's own mailbox, from any thread; for callbacks of what it holds."""
        self.runtime.hear(self.cell, message)

    def publish(self, record: object) -> None:
        """Show an immutable record under this actor's name to whoever looks."""
        if not self.cell.fenced:
            self.runtime.board[self.cell.name] = record

    def release(self) -> None:
        """Free what this incarnation holds; called once at its end, however it ended."""

    def abandon(self) -> None:
        """Cut this incarnation off from the world outside: it was given up, and its heir needs the way free.

        Called by whoever gives it up, on another thread, while its own may hang anywhere. It must not wait.
        """

    def patience(self, delay: timedelta) -> timedelta:
        """Return how much of the clock's time passes in `delay` of real time; `delay` itself under virtual time."""
        speed = self.clock.speed
        return delay if speed == float("inf") else delay * speed

    def behind(self, message: object) -> None:
        """Put `message` behind all that is under way at this instant of virtual time; else into the own mailbox."""
        if self.clock.speed == float("inf"):
            self.at(self.now(), message)
        else:
            self.hear(message)

    # --- pykka's seams

    @staticmethod
    def _create_actor_inbox() -> Any:
        assert spawning.runtime is not None
        assert spawning.cell is not None
        return spawning.runtime.create_inbox(spawning.cell)

    def _start_actor_loop(self) -> None:
        self.runtime.launch(self)

    def run_on_thread(self) -> None:
        """Start pykka's loop on a thread of its own."""
        super()._start_actor_loop()

    def _actor_loop(self) -> None:
        self.cell.thread_id = threading.get_ident()
        try:
            self.begin_life()
            self._actor_loop_running()
        except BaseException as error:  # noqa: BLE001 - out of pykka's loop itself; else it would pass for a stop
            self._note_failure(error)
        finally:
            self.end_life()

    def begin_life(self) -> None:
        """Run `on_start`; whatever it raises ends this incarnation and nothing else."""
        self.cell.begun = True
        try:
            self.runtime.interfere(self.cell, None, before=True)
            self.on_start()
            self.runtime.interfere(self.cell, None, before=False)
        except BaseException as error:  # noqa: BLE001 - SystemExit here would leave a zombie behind
            self._note_failure(error)
            return
        if self.acknowledges_start:
            self.runtime.report_started(self.cell)

    def end_life(self) -> None:
        """Empty the mailbox and tell the watcher, whatever the manner of death."""
        self.actor_stopped.set()
        self.cell.busy_since = real_seconds()  # an end can hang like any message
        self.cell.last_message = "its end"
        try:
            self.runtime.drain(self.cell)
            self.release()
        except BaseException as error:  # noqa: BLE001 - the boundary of an actor
            self._note_failure(error)
        finally:
            self.cell.busy_since = None
            self.runtime.report_end(self.cell)

    def _stop(self) -> None:
        try:
            super()._stop()
        except BaseException as error:  # noqa: BLE001 - SystemExit in `on_stop`: pykka would stop all others, too
            self._note_failure(error)

    def _handle_receive(self, message: Any) -> Any:
        cell = self.cell
        if cell.fenced:
            self.actor_stopped.set()
            self.runtime.leave(cell.name, message, "its reader was given up", cell)
            return None
        if type(message) is _STOP:
            return super()._handle_receive(message)
        if type(message) is Heartbeat:
            cell.last_handled_at = self.runtime.clock.now()
            return None
        cell.busy_since = real_seconds()
        cell.last_message = type(message).__name__
        cell.in_hand = message
        try:
            self.runtime.interfere(cell, message, before=True)
            # what a proxy asks goes pykka's way, which looks for it four times; no message of ours is that
            answer = super()._handle_receive(message) if isinstance(message, _PROXIED) else self.on_receive(message)
            self.runtime.interfere(cell, message, before=False)
        except Exception as error:
            self._note_failure(error)  # pykka would let it live where somebody has asked
            raise
        except BaseException as error:
            crash = Crash(f"{type(error).__name__} raised in a handler: {error}")
            self._note_failure(crash)
            raise crash from error
        finally:
            if cell.error is not None:
                self.runtime.hand_on(cell)
            cell.in_hand = None
            cell.busy_since = None
            cell.handled += 1
            cell.last_handled_at = self.runtime.clock.now()
        return answer

    def _handle_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        del exception_type, traceback
        if exception_value is not None:
            self._note_failure(exception_value)

    def _note_failure(self, error: BaseException) -> None:
        if self.cell.error is None:
            self.cell.error = error
        self.actor_stopped.set()

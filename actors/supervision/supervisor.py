"""The supervisor: starts children in order, restarts what failed, gives up where restarting does not help."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from loguru import logger

from actors.runtime.actor import Actor
from actors.runtime.messages import Down, Heartbeat, Started
from actors.supervision import messages as m
from actors.supervision.child import Child, SupervisorView, Window
from actors.supervision.patrol import Patrol
from actors.supervision.spec import AutoShutdown, ChildSpec, Directive, Directives, Intensity, Restart, Strategy
from machines.actor import ACTOR, ActorState


class TooManyRestarts(Exception):  # noqa: N818
    """Restarting does not help: more failures within the period than the intensity allows."""


class Escalated(Exception):  # noqa: N818
    """A child failed with an error that its supervisor has to hand on."""


class Supervisor(Actor):
    """Watches its children and restarts them by `strategy`.

    It reacts to messages and timers only: it never waits, neither for a child that starts nor for one that stops. Its
    own `Started` goes out when all the children it was made with are up. When it gives up it fails; its children end
    in reverse order and the failure is its parent's.
    """

    acknowledges_start = False

    def __init__(
        self,
        specs: Sequence[ChildSpec],
        *,
        strategy: Strategy = Strategy.ONE_FOR_ONE,
        intensity: Intensity | None = None,
        auto_shutdown: AutoShutdown = AutoShutdown.NEVER,
        directives: Directives | None = None,
    ) -> None:
        super().__init__()
        self.strategy = strategy
        self.auto_shutdown = auto_shutdown
        self.directives = dict(directives or {})
        self.children: dict[str, Child] = {spec.name: Child(spec, ACTOR.life()) for spec in specs}
        self._window = Window(intensity or Intensity())
        self._starting: deque[Child] = deque()
        self._start_under_way: Child | None = None
        self._stopping: list[Child] = []
        """In the order of their start; the last is stopped next."""
        self._stop_under_way: Child | None = None
        self._tickets = 0
        self._acknowledged = False
        self._patrol = Patrol()

    def on_start(self) -> None:
        """Start the children in their order."""
        self._start(self.children.values())
        self._acknowledge_when_up()
        self._show()
        self._look_later()

    def on_receive(self, message: object) -> None:
        """Handle births, deaths and timers."""
        match message:
            case Started(name=name, generation=generation):
                self._on_started(name, generation)
            case Down():
                self._on_down(message)
            case m.StartTimeout(name=name, generation=generation):
                self._on_start_timeout(name, generation)
            case m.StopTimeout(name=name, generation=generation):
                self._on_stop_timeout(name, generation)
            case m.RestartDue(ticket=ticket):
                self._start(child for child in self.children.values() if ticket and child.ticket == ticket)
            case m.LookForHung():
                self._look_for_hung()
            case _:
                self._on_command(message)
        self._show()

    def _on_command(self, message: object) -> None:
        match message:
            case m.StartChild(spec=spec):
                self.start_child(spec)
            case m.TerminateChild(name=name):
                self.terminate_child(name)
            case m.RestartChild(name=name):
                self.restart_child(name)
            case m.DeleteChild(name=name):
                self.delete_child(name)
            case _:
                logger.warning("{}: unexpected message {}", self.name, type(message).__name__)

    def release(self) -> None:
        """Stop the children in reverse order, each within its own time, however this supervisor itself has ended.

        Only here it waits: it has ended, and each wait has its limit.
        """
        self.cell.busy_since = None  # so that nobody takes it for hung meanwhile
        for child in reversed(list(self.children.values())):
            if child.life.can("stop"):
                child.life.fire("stop")
            if child.is_alive and not self.runtime.terminate(child.incarnation, child.spec.shutdown):
                self._log_laggard(child)
            if child.life.can("stopped"):
                child.life.fire("stopped")
            child.running_since = None
        self._show()

    # --- what subclasses use, and others by message

    def start_child(self, spec: ChildSpec) -> None:
        """Start one more child; a name that is taken is left alone."""
        if spec.name not in self.children:
            child = self.children[spec.name] = Child(spec, ACTOR.life())
            self._start([child])

    def terminate_child(self, name: str) -> None:
        """Stop a child and keep it stopped; a temporary one is forgotten."""
        if (child := self._known(name)) is not None:
            child.is_wanted = False
            child.ticket = 0
            self._stop_in_turn([child])
            self._acknowledge_when_up()

    def restart_child(self, name: str) -> None:
        """Start a child that is stopped, or waits for its restart; any other is left alone."""
        child = self._known(name)
        if child is not None and (child.is_stopping or child.life.can("restart")):
            child.is_wanted = True
            self._start([child])

    def delete_child(self, name: str) -> None:
        """Forget a child that was terminated; any other is left alone."""
        child = self._known(name)
        if child is not None and child.life.state is ActorState.STOPPED and not child.is_wanted:
            del self.children[name]
        elif child is not None:
            logger.warning("{}: {} is {}; terminate it before", self.name, name, child.life.state.value)

    def child_ended(self, name: str) -> None:
        """Called when a child ended for good and was forgotten."""

    def _known(self, name: str) -> Child | None:
        if name not in self.children:
            logger.warning("{}: knows no child {}", self.name, name)
        return self.children.get(name)

    def _show(self) -> None:
        self.publish(
            SupervisorView(
                self.strategy,
                tuple(
                    child.view(is_supervisor=child.cell is not None and isinstance(child.cell.actor, Supervisor))
                    for child in self.children.values()
                ),
            )
        )

    # --- starts

    def _start(self, children: Iterable[Child]) -> None:
        for child in children:
            child.ticket = 0
            if child not in self._starting and child is not self._start_under_way:
                self._starting.append(child)
        self._start_next()

    def _start_next(self) -> None:
        """Start the next one, unless one is under way or has yet to stop."""
        while self._starting and not (self._start_under_way or self._stop_under_way or self._stopping):
            child = self._start_under_way = self._starting.popleft()
            if child.life.can("restart"):
                child.life.fire("restart")
            spec = child.spec
            child.cell = self.runtime.spawn(spec.name, spec.factory, watcher=self.cell, shutdown=spec.shutdown)
            self.after(self.patience(spec.start_timeout), m.StartTimeout(spec.name, child.cell.generation))

    def _on_started(self, name: str, generation: int) -> None:
        child = self.children.get(name)
        if child is None or not child.is_incarnation(name, generation) or not child.life.can("started"):
            return
        child.life.fire("started")
        child.running_since = self.now()
        if self._start_under_way is child:
            self._start_under_way = None
        self._start_next()
        self._acknowledge_when_up()

    def _acknowledge_when_up(self) -> None:
        wanted = (child for child in self.children.values() if child.is_wanted)
        if not self._acknowledged and all(child.is_running for child in wanted):
            self._acknowledged = True
            self.runtime.report_started(self.cell)

    def _on_start_timeout(self, name: str, generation: int) -> None:
        child = self.children.get(name)
        if child is None or not child.is_incarnation(name, generation) or child.life.state is not ActorState.STARTING:
            return
        logger.error("{}: {} is not up; given up at:\n{}", self.name, name, child.incarnation.stack())
        self.runtime.fence(child.incarnation, f"not started within {child.spec.start_timeout}")

    # --- stops

    def _stop_in_turn(self, children: Iterable[Child]) -> None:
        """Stop children in the reverse of their order, one after the other; nothing starts meanwhile."""
        for child in children:
            if child in self._starting:
                self._starting.remove(child)
            if self._start_under_way is child:
                self._start_under_way = None
            if child.life.can("stop"):
                child.life.fire("stop")
                if child.is_stopping:
                    self._stopping.append(child)
            child.running_since = None
        self._stopping.sort(key=list(self.children.values()).index)
        self._stop_next()

    def _stop_next(self) -> None:
        while self._stopping and self._stop_under_way is None:
            child = self._stopping.pop()
            if not child.is_alive:
                self._on_stopped(child)
                continue
            self._stop_under_way = child
            self.runtime.ask_to_stop(child.incarnation)
            stop_timeout = m.StopTimeout(child.spec.name, child.incarnation.generation)
            self.after(self.patience(child.spec.shutdown), stop_timeout)
        self._start_next()

    def _on_stop_timeout(self, name: str, generation: int) -> None:
        child = self._stop_under_way
        if child is not None and child.is_incarnation(name, generation):
            self._log_laggard(child)
            self.runtime.fence(child.incarnation, f"did not stop within {child.spec.shutdown}")

    def _log_laggard(self, child: Child) -> None:
        name, limit, stack = child.spec.name, child.spec.shutdown, child.incarnation.stack()
        logger.error("{}: {} did not stop in {}; given up at:\n{}", self.name, name, limit, stack)

    def _on_stopped(self, child: Child) -> None:
        child.life.fire("failed" if child.cell is not None and child.cell.failed else "stopped")
        if child.spec.restart is Restart.TEMPORARY:
            self._forget(child)

    # --- hung children

    def _look_later(self) -> None:
        """Under virtual time nothing can hang: a handler has ended before the next message is handled."""
        if self.clock.speed != float("inf"):
            shortest = min((child.spec.hang_after for child in self.children.values()), default=ChildSpec.hang_after)
            self._patrol.next_look_within(shortest / 4)
            self.after(self.patience(shortest / 4), m.LookForHung())

    def _look_for_hung(self) -> None:
        running = [child for child in self.children.values() if child.is_running]
        for child, why in self._patrol.hung(running):
            logger.error("{}: {} hangs: {}\n{}", self.name, child.spec.name, why, child.incarnation.stack())
            self.runtime.fence(child.incarnation, why)
        for child in running:
            if child.incarnation.mailbox == 0:
                self.runtime.deliver(child.incarnation, Heartbeat())
        self._look_later()

    # --- deaths

    def _on_down(self, down: Down) -> None:
        child = self.children.get(down.name)
        if child is None or not child.is_incarnation(down.name, down.generation):
            return
        if child is self._stop_under_way:
            self._stop_under_way = None
            self._on_stopped(child)
            self._stop_next()
        elif child.life.state in {ActorState.STARTING, ActorState.RUNNING}:
            self._on_death(child, down)

    def _on_death(self, child: Child, down: Down) -> None:
        if self._start_under_way is child:
            self._start_under_way = None
        directive = self._directive(child)
        if down.failed or child.spec.restart is Restart.PERMANENT:
            self._note_death(child, down)
        if directive is Directive.ESCALATE:
            child.life.fire("failed")
            child.life.fire("give_up")
            raise Escalated(f"{child.spec.name}: {child.last_error}")
        if directive is Directive.STOP or not _comes_back(child.spec.restart, down):
            self._forget(child)
            self._shut_down_with(child)
        else:
            self._on_failure(child, directive)

    def _directive(self, child: Child) -> Directive:
        kinds = type(child.incarnation.error).__mro__
        return next((self.directives[kind] for kind in kinds if kind in self.directives), Directive.RESTART)

    def _note_death(self, child: Child, down: Down) -> None:
        child.last_error = down.error or "ended without being asked to"
        child.last_stack = child.incarnation.error_stack
        logger.error("{}: {}#{} went down: {}", self.name, down.name, down.generation, child.last_error)
        if child.last_stack:
            logger.debug("{}", child.last_stack)

    def _forget(self, child: Child) -> None:
        if child.life.can("stopped"):
            child.life.fire("stopped")
        del self.children[child.spec.name]
        self._start_next()
        self._acknowledge_when_up()
        self.child_ended(child.spec.name)

    def _shut_down_with(self, child: Child) -> None:
        if not child.spec.significant or self.auto_shutdown is AutoShutdown.NEVER:
            return
        others = any(other.spec.significant for other in self.children.values())
        if self.auto_shutdown is AutoShutdown.ANY_SIGNIFICANT or not others:
            logger.info("{}: ends with {}", self.name, child.spec.name)
            self.stop()

    def _on_failure(self, child: Child, directive: Directive) -> None:
        child.life.fire("failed")
        if directive is not Directive.RETRY:
            self._count(child)
        quiet = child.spec.backoff.reset_after
        if child.running_since is not None and self.now() - child.running_since > quiet:
            child.attempt = 0
        child.running_since = None
        child.restarts += 1
        affected = [other for other in self._affected(child) if other.is_wanted]
        self._restart_later(child, affected)
        self._stop_in_turn(other for other in affected if other is not child)

    def _count(self, child: Child) -> None:
        now = self.now()
        for window in filter(None, (child.window, self._window)):
            if window.exceeded(now):
                child.life.fire("give_up")
                raise TooManyRestarts(f"{child.spec.name} failed: {window}; the last was {child.last_error}")

    def _affected(self, failed: Child) -> list[Child]:
        everyone = list(self.children.values())
        if self.strategy is Strategy.ONE_FOR_ONE:
            return [failed]
        if self.strategy is Strategy.ONE_FOR_ALL:
            return everyone
        return everyone[everyone.index(failed) :]

    def _restart_later(self, failed: Child, affected: list[Child]) -> None:
        self._tickets += 1
        for child in affected:
            child.ticket = 0 if child.spec.restart is Restart.TEMPORARY else self._tickets
        delay = failed.spec.backoff.delay(failed.attempt, self.runtime.random)
        failed.attempt += 1
        self.after(delay, m.RestartDue(self._tickets))


def _comes_back(restart: Restart, down: Down) -> bool:
    return restart is Restart.PERMANENT or (restart is Restart.TRANSIENT and down.failed)

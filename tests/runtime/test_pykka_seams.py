"""Canaries: what the runtime relies on inside pykka, a test for each seam. Where one fails, read pykka anew."""

from __future__ import annotations

import inspect
import queue
import threading
from collections import deque
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import pykka
import pytest
from pykka._envelope import Envelope


class Plain(pykka.ThreadingActor):
    """An actor of bare pykka; constructed without a thread unless a test starts it."""

    use_daemon_thread = True

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    def on_stop(self) -> None:
        self.calls.append("on_stop")

    def on_failure(self, *_: object) -> None:
        self.calls.append("on_failure")

    def on_receive(self, message: object) -> object:
        if isinstance(message, BaseException):
            raise message
        self.calls.append(str(message))
        return message


class Out(BaseException):
    """Leaves a loop from inside `get`."""


class Frugal:
    """An inbox that offers what pykka documents as the protocol, and nothing else."""

    def __init__(self) -> None:
        self.items: deque[Any] = deque()

    def put(self, envelope: Any) -> None:
        self.items.append(envelope)

    def get(self) -> Any:
        if not self.items:
            raise Out
        return self.items.popleft()

    def empty(self) -> bool:
        return not self.items


class Parking(Plain):
    """Runs on the test's thread until its inbox is empty."""

    @staticmethod
    def _create_actor_inbox() -> Any:
        return Frugal()


@pytest.fixture(autouse=True)
def stop_all() -> Iterator[None]:
    """Leave no actor behind."""
    yield
    pykka.ActorRegistry.stop_all(timeout=5)


def test_the_version_is_one_that_was_read() -> None:
    """The seams have underscores; only versions whose source was read are admitted."""
    assert version("pykka").split(".")[0] == "4"
    assert int(version("pykka").split(".")[1]) >= 5


@pytest.mark.parametrize("name", ["_create_actor_inbox", "_create_future"])
def test_makers_are_static(name: str) -> None:
    """They cannot see the instance: the incarnation in the making is passed by a thread-local."""
    assert isinstance(inspect.getattr_static(pykka.ThreadingActor, name), staticmethod)


def test_the_inbox_is_made_in_the_constructor_on_the_callers_thread() -> None:
    """So the thread-local of whoever spawns is the right one."""
    made_on = []

    class Noting(Plain):
        @staticmethod
        def _create_actor_inbox() -> Any:
            made_on.append(threading.get_ident())
            return Frugal()

    actor = Noting()

    assert made_on == [threading.get_ident()]
    assert actor.actor_ref.actor_inbox is actor.actor_inbox


def test_get_is_called_outside_the_try_of_the_loop() -> None:
    """A private BaseException from `get` leaves the loop unhandled; put, get and empty are all that is used."""
    actor = Parking()
    actor.actor_ref.tell("hello")

    with pytest.raises(Out):
        actor._actor_loop_running()

    assert actor.calls == ["hello"]
    assert actor.actor_ref.is_alive()


def test_starting_runs_the_overridable_loop_on_a_thread_of_the_chosen_kind() -> None:
    """`_start_actor_loop` runs `_actor_loop`; `use_daemon_thread` is read then."""
    ran_on: queue.Queue[threading.Thread] = queue.Queue()

    class Looping(Plain):
        def _actor_loop(self) -> None:
            ran_on.put(threading.current_thread())
            self._stop()

    Looping()._start_actor_loop()

    thread = ran_on.get(timeout=5)
    thread.join(5)
    assert thread is not threading.current_thread()
    assert thread.daemon


def test_every_message_passes_the_one_handler() -> None:
    """`_handle_receive` sees ordinary messages and the stop alike, and its answer goes back to an asker."""
    seen = []

    class Seeing(Parking):
        def _handle_receive(self, message: Any) -> Any:
            seen.append(type(message).__name__)
            return super()._handle_receive(message)

    actor = Seeing()
    answer = actor.actor_ref.ask("hello", block=False)
    actor.stop()
    actor._actor_loop_running()

    assert seen == ["str", "_ActorStop"]
    assert answer.get(timeout=0) == "hello"


def test_a_stop_unregisters_then_flags_then_calls_the_hook() -> None:
    """`_stop` is what the stop message runs; the base wraps it."""
    actor = Parking()
    pykka.ActorRegistry.register(actor.actor_ref)
    actor.stop()
    actor._actor_loop_running()

    assert actor.calls == ["on_stop"]
    assert actor.actor_stopped.is_set()
    assert pykka.ActorRegistry.get_all() == []


def test_failures_are_reported_by_one_hook_with_the_error() -> None:
    """`_handle_failure` is called for what a told handler and on_stop raise, unlike on_failure."""
    noted: list[BaseException | None] = []

    class Noting(Parking):
        def _handle_failure(self, kind: Any, error: Any, stack: Any) -> None:
            noted.append(error)
            super()._handle_failure(kind, error, stack)

        def on_stop(self) -> None:
            raise OSError("late")

    first, second = Noting(), Noting()
    first.actor_ref.tell(ValueError("bad"))
    first._actor_loop_running()
    second.stop()
    second._actor_loop_running()

    assert [type(error) for error in noted] == [ValueError, OSError]
    assert first.calls == ["on_failure"]
    assert first.actor_stopped.is_set()


def test_an_asked_error_goes_to_the_asker_and_kills_nobody() -> None:
    """Why actors here only tell: a crash would go unnoticed."""
    actor = Parking()
    future = actor.actor_ref.ask(ValueError("bad"), block=False)
    with pytest.raises(Out):
        actor._actor_loop_running()

    assert actor.actor_ref.is_alive()
    with pytest.raises(ValueError, match="bad"):
        future.get(timeout=0)


def test_a_base_exception_in_a_handler_stops_every_actor() -> None:
    """Why the base turns it into a `Crash`."""
    bystander = Plain.start()
    actor = Parking()
    actor.actor_ref.tell(SystemExit(3))
    actor._actor_loop_running()

    assert not bystander.is_alive()


def test_a_base_exception_in_on_stop_is_not_caught() -> None:
    """Why the base wraps `_stop`."""

    class Leaving(Parking):
        def on_stop(self) -> None:
            raise SystemExit(3)

    with pytest.raises(SystemExit):
        Leaving()._stop()


def test_a_base_exception_in_on_start_leaves_the_flag_up() -> None:
    """Why the base runs on_start itself: pykka would leave a zombie that looks alive."""

    class Leaving(Parking):
        def on_start(self) -> None:
            raise SystemExit(3)

    actor = Leaving()
    with pytest.raises(SystemExit):
        actor._actor_loop_setup()

    assert actor.actor_ref.is_alive()


def test_telling_the_stopped_raises_in_the_sender() -> None:
    """Why `send` catches it: the flag is all that is looked at, and the inbox is left alone."""
    actor = Parking()
    actor.actor_stopped.set()

    with pytest.raises(pykka.ActorDeadError):
        actor.actor_ref.tell("hello")
    with pytest.raises(pykka.ActorDeadError):
        actor.stop()

    assert actor.actor_inbox.empty()


def test_the_stop_message_and_the_envelope_are_what_they_were() -> None:
    """`stop` tells one `_ActorStop`; an envelope carries it as `message`."""
    actor = Parking()
    actor.stop()

    envelope = actor.actor_inbox.get()

    assert isinstance(envelope, Envelope)
    assert type(envelope.message) is pykka.messages._ActorStop


def test_unregistering_twice_is_harmless() -> None:
    """Ends are reported from several places."""
    actor = Parking()
    pykka.ActorRegistry.register(actor.actor_ref)
    pykka.ActorRegistry.unregister(actor.actor_ref)
    pykka.ActorRegistry.unregister(actor.actor_ref)

    assert pykka.ActorRegistry.get_all() == []

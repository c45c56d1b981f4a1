"""A stepped runtime with one real actor and dummies under the names it talks to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from actors.runtime.actor import Actor
from actors.runtime.stepped import SteppedRuntime
from lottogrid.clock import VirtualClock
from tests.strategies.made import NOON

T = TypeVar("T")


class Dummy(Actor):
    """A real actor that only remembers what it is told."""

    def __init__(self, heard: list[object]) -> None:
        super().__init__()
        self._heard = heard

    def on_receive(self, message: object) -> None:
        """Remember."""
        self._heard.append(message)


class ActorDesk:
    """One actor under test; everybody else is a dummy whose mail can be read."""

    def __init__(self, name: str, factory: Callable[[], Actor], *others: str) -> None:
        self.runtime = SteppedRuntime(VirtualClock(NOON))
        self._name = name
        self._heard: dict[str, list[object]] = {other: [] for other in others}
        for other, heard in self._heard.items():
            self.runtime.spawn(other, lambda heard=heard: Dummy(heard))
        self.cell = self.runtime.spawn(name, factory)
        self.settle()

    def tell(self, *messages: object) -> None:
        """Send messages to the actor under test, and let everything be handled."""
        for message in messages:
            self.runtime.send(self._name, message)
        self.settle()

    def settle(self) -> None:
        """Let every message be handled; time stands."""
        self.runtime.run_until_idle()

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and its timers fire."""
        self.runtime.run_until(self.runtime.clock.now() + timedelta(seconds=seconds))

    def mail(self, name: str, kind: type[T]) -> list[T]:
        """Return what `name` was told of one kind, oldest first, and forget it."""
        found = [message for message in self._heard[name] if isinstance(message, kind)]
        self._heard[name][:] = [message for message in self._heard[name] if not isinstance(message, kind)]
        return found

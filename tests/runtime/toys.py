"""Toy actors that do and suffer what they are told, and the journal in which they write it down."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from actors.runtime.actor import Actor
from actors.runtime.messages import Down, Started
from actors.runtime.runtime import Factory


class Journal:
    """Who did what, in order, from any thread; `changed` is notified at each entry."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, str]] = []
        self.notices: list[Started | Down] = []
        self.changed = threading.Condition()

    def write(self, who: str, what: str) -> None:
        """Add an entry."""
        with self.changed:
            self.entries.append((who, what))
            self.changed.notify_all()

    def notice(self, message: Started | Down) -> None:
        """Add a birth or a death."""
        with self.changed:
            self.notices.append(message)
            self.changed.notify_all()

    def of(self, who: str) -> list[str]:
        """Return what one actor did."""
        with self.changed:
            return [what for name, what in self.entries if name == who]

    def downs(self, name: str) -> list[Down]:
        """Return the deaths of one name."""
        with self.changed:
            return [notice for notice in self.notices if isinstance(notice, Down) and notice.name == name]

    def births(self, name: str) -> list[Started]:
        """Return the births of one name."""
        with self.changed:
            return [notice for notice in self.notices if isinstance(notice, Started) and notice.name == name]


@dataclass(frozen=True, slots=True)
class Say:
    """Write `text` in the journal."""

    text: str


@dataclass(frozen=True, slots=True)
class Raise:
    """Raise `error` in the handler."""

    error: BaseException


@dataclass(frozen=True, slots=True)
class Leave:
    """End without being asked to."""


@dataclass(frozen=True, slots=True)
class Forward:
    """Send `message` on to `target`."""

    target: str
    message: object


@dataclass(frozen=True, slots=True)
class Remind:
    """Say `text` after `delay`."""

    delay: timedelta
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Hold:
    """Hang in the handler until `gate` opens."""

    entered: threading.Event
    gate: threading.Event


def nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What happens inside an actor's hooks."""

    start: Callable[[], object] = nothing
    stop: Callable[[], object] = nothing
    release: Callable[[], object] = nothing


def raising(error: BaseException) -> Callable[[], None]:
    """Return a hook that raises `error`."""

    def hook() -> None:
        raise error

    return hook


class Worker(Actor):
    """Does what it is told and writes it down."""

    def __init__(self, journal: Journal, hooks: Hooks | None = None) -> None:
        super().__init__()
        self.journal = journal
        self.hooks = hooks or Hooks()

    def on_start(self) -> None:
        self.journal.write(self.name, "start")
        self.hooks.start()

    def on_stop(self) -> None:
        self.journal.write(self.name, "stop")
        self.hooks.stop()

    def release(self) -> None:
        self.journal.write(self.name, "release")
        self.hooks.release()

    def on_receive(self, message: object) -> None:
        match message:
            case Say(text):
                self.journal.write(self.name, text)
            case Raise(error):
                raise error
            case Leave():
                self.stop()
            case Forward(target, inner):
                self.send(target, inner)
            case Remind(delay, text):
                self.after(delay, Say(text))
            case Hold(entered, gate):
                entered.set()
                gate.wait(20)


class Watcher(Actor):
    """Writes births and deaths down."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self.journal = journal

    def on_receive(self, message: object) -> None:
        assert isinstance(message, Started | Down)
        self.journal.notice(message)


class Parent(Actor):
    """Spawns one child as it starts, and dies when told to."""

    def __init__(self, child: Factory) -> None:
        super().__init__()
        self._child = child

    def on_start(self) -> None:
        self.runtime.spawn("child", self._child, watcher=self.cell, shutdown=timedelta(seconds=2))

    def on_receive(self, message: object) -> None:
        if isinstance(message, Raise):
            raise message.error

"""Child specs: what a supervisor needs to know of each child, as data."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum

from actors.runtime.runtime import Factory


class Restart(Enum):
    """When a child that ended is started again."""

    PERMANENT = "always"
    TRANSIENT = "after a failure"
    TEMPORARY = "never"


class Strategy(Enum):
    """Which children are restarted with the one that failed."""

    ONE_FOR_ONE = "the one that failed"
    REST_FOR_ONE = "the one that failed and those started after it"
    ONE_FOR_ALL = "all"


class AutoShutdown(Enum):
    """When a supervisor ends in order because significant children ended for good, by themselves."""

    NEVER = "never"
    ANY_SIGNIFICANT = "with the first significant child"
    ALL_SIGNIFICANT = "with the last significant child"


class Directive(Enum):
    """What is done about a failure, by the class of the error. Never "go on": a state after an error is not trusted."""

    RESTART = "start it again and count the failure"
    RETRY = "start it again, however often it fails: the cause passes by itself"
    STOP = "never start it again"
    ESCALATE = "fail with it at once: the parent decides"


Directives = Mapping[type[BaseException], Directive]
"""The nearest class among an error's ancestors decides; what none speaks of is restarted and counted."""


@dataclass(frozen=True, kw_only=True)
class Backoff:
    """How long to wait before a restart: doubling from `first` to `most`, plus a random share of up to `jitter`."""

    first: timedelta = timedelta(milliseconds=500)
    most: timedelta = timedelta(seconds=30)
    jitter: float = 0.2
    reset_after: timedelta = timedelta(seconds=60)
    """A child that ran this long starts again from `first`."""

    def delay(self, attempt: int, source: random.Random) -> timedelta:
        """Return the wait before restart number `attempt` (from 0)."""
        plain = min(self.first * (1 << min(attempt, 20)), self.most)
        return plain * (1 + self.jitter * source.random())


@dataclass(frozen=True, kw_only=True)
class Intensity:
    """More than `restarts` within `period` and the supervisor gives up: the failure is its parent's then."""

    restarts: int = 5
    period: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class ChildSpec:
    """One child.

    The factory runs on its supervisor's thread and must only construct; what takes time belongs into `on_start`.

    Raises:
        ValueError: a significant child is permanent: it never ends for good.
    """

    name: str
    factory: Factory
    restart: Restart = Restart.PERMANENT
    significant: bool = False
    """Whether its end may be the end of its supervisor: see `AutoShutdown`."""
    start_timeout: timedelta = timedelta(seconds=10)
    """Real time until `Started` must have come."""
    shutdown: timedelta = timedelta(seconds=5)
    """Real time until its end must have come after a stop; then it is fenced."""
    hang_after: timedelta = timedelta(seconds=30)
    """Real time that one message may take, or lie unread; then the child counts as hung, is fenced and replaced."""
    intensity: Intensity | None = None
    """What this child alone may fail, beside what the supervisor bears of all."""
    backoff: Backoff = field(default_factory=Backoff)

    def __post_init__(self) -> None:
        if self.significant and self.restart is Restart.PERMANENT:
            raise ValueError(
                f"child {self.name}: expected a significant child to be transient or temporary, found it permanent"
            )

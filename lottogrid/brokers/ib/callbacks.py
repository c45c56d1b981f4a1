"""What the library calls. An exception in a handler ends the connection: elsewhere it would only be logged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC
from types import SimpleNamespace
from typing import Any

_UNHEARD = (
    "connectAck",
    "connectionClosed",
    "setEventsDone",
    "tcpDataArrived",
    "tcpDataProcessed",
    "nextValidId",
    "managedAccounts",
    "tickOptionComputation",
    "updatePortfolio",
)
"""Called without asking whether they exist."""


class Callbacks:
    """Stands where the library expects its wrapper; each name it may call is an attribute."""

    def __init__(
        self, handlers: Mapping[str, Callable[..., None]], failed: Callable[[str, Exception], None], time_zone: str
    ) -> None:
        """Route calls to `handlers`, by the library's names; `failed` gets a handler's name and its exception."""
        # The library reads these two when it decodes a time that names no zone, or shows one.
        self.ib = SimpleNamespace(TimezoneTWS=time_zone)
        self.defaultTimezone = UTC
        self._failed = failed
        for name in _UNHEARD:
            setattr(self, name, _ignore)
        for name, handler in handlers.items():
            self.route(name, handler)

    def route(self, name: str, handler: Callable[..., None]) -> None:
        """Let the library's `name` call `handler`."""
        setattr(self, name, self._guarded(name, handler))

    def _guarded(self, name: str, handler: Callable[..., None]) -> Callable[..., None]:
        def call(*args: Any) -> None:
            try:
                handler(*args)
            except Exception as error:  # noqa: BLE001 - the boundary to the library, which would swallow it
                self._failed(name, error)

        return call


def _ignore(*_: Any) -> None:
    """Take note of nothing."""

"""The only import of the client library: ib_insync, or ib_async where that is the one installed.

Of the library its protocol client is used: sockets, codec and record types. Its bookkeeping is not, because it ends
orders on mere notices, swallows the fills of orders it does not know, and lets requests hang for ever.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any

from lottogrid.errors import Missing

NAMES = ("ib_insync", "ib_async")
"""In the order of preference. Both install a package `eventkit`, so that they cannot live in one environment."""


@dataclass(frozen=True, slots=True)
class Library:
    """What is used of the library; its types are its own, so all is Any."""

    name: str
    client: Callable[..., Any]
    contract: Callable[..., Any]
    order: Callable[..., Any]
    execution_filter: Callable[..., Any]


def installed() -> str:
    """Return the name of the library to use.

    Raises:
        Missing: there is none.
    """
    for name in NAMES:
        if find_spec(name) is not None:
            return name
    raise Missing("client library: expected ib_insync or ib_async, found neither; pip install ib_insync")


@cache
def load() -> Library:
    """Import the library. The calling thread must have set its event loop.

    Its dependency eventkit asks for the thread's loop while it is imported, and fails in a thread that has none.
    """
    asyncio.get_event_loop_policy().get_event_loop()
    name = installed()
    module = importlib.import_module(name)
    client = importlib.import_module(f"{name}.client")
    return Library(name, client.Client, module.Contract, module.Order, module.ExecutionFilter)


class DecoderAlarm(logging.Handler):
    """Hears that the library could not read a message: it only logs that, and the event is lost."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__(logging.ERROR)
        self._tell = tell
        self._loggers = [logging.getLogger(f"{name}.Decoder") for name in NAMES]

    def emit(self, record: logging.LogRecord) -> None:
        """Pass the record on."""
        self._tell(record.getMessage())

    def attach(self) -> None:
        """Begin to listen."""
        for logger in self._loggers:
            logger.addHandler(self)

    def detach(self) -> None:
        """Listen no more."""
        for logger in self._loggers:
            logger.removeHandler(self)

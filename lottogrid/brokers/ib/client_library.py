"""The only import of the client library: ib_insync, or ib_async where that is the one installed.

Of the library its protocol client is used: sockets, codec and record types. Its bookkeeping is not, because it ends
orders on mere notices, swallows the fills of orders it does not know, and lets requests hang for ever.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any

from loguru import logger

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
    # Without a handler of its own, what it says between two connections would go to standard error.
    logging.getLogger(name).addHandler(logging.NullHandler())
    module = importlib.import_module(name)
    client = importlib.import_module(f"{name}.client")
    return Library(name, client.Client, module.Contract, module.Order, module.ExecutionFilter)


class LibraryLog(logging.Handler):
    """Takes the library's log records of one thread.

    That a message could not be read is only logged by the library, and the event is lost: that is told. The rest goes
    into our own log, in small print, as what matters of it is heard on other ways.
    """

    def __init__(self, unreadable: Callable[[str], None]) -> None:
        """Prepare; `unreadable` is called in the thread that makes this."""
        super().__init__(logging.WARNING)
        self._unreadable = unreadable
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a record on."""
        if record.thread != self._thread:
            return
        if record.name.endswith(".Decoder"):
            self._unreadable(record.getMessage())
        else:
            logger.debug("{}: {}", record.name, record.getMessage())

    def attach(self) -> None:
        """Begin to listen."""
        for name in NAMES:
            logging.getLogger(name).addHandler(self)

    def detach(self) -> None:
        """Listen no more."""
        for name in NAMES:
            logging.getLogger(name).removeHandler(self)

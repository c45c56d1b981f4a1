"""The only import of the client library: ib_insync or ib_async, whichever is installed.

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

from lottogrid.errors import BadInput, Missing

NAMES = ("ib_insync", "ib_async")
"""Both install a package `eventkit`, so that they cannot live in one environment."""
AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Library:
    """What is used of the library; its types are its own, so all is Any."""

    name: str
    client: Callable[..., Any]
    contract: Callable[..., Any]
    combo_leg: Callable[..., Any]
    order: Callable[..., Any]
    execution_filter: Callable[..., Any]


def installed(wanted: str = AUTO) -> str:
    """Return the name of the library to use.

    Raises:
        BadInput: both are installed, where the one may run on parts of the other.
        Missing: the one that is wanted is not there, or none is.
    """
    found = [name for name in NAMES if find_spec(name) is not None]
    if len(found) > 1:
        raise BadInput(
            f"client library: expected one of {' and '.join(NAMES)} in an environment, found both; uninstall both, as "
            "they share the package eventkit, and install one again"
        )
    if not found or wanted not in {AUTO, *found}:
        expected = " or ".join(NAMES) if wanted == AUTO else wanted
        raise Missing(
            f"client library: expected {expected}, found {found[0] if found else 'neither'}; install it, or set "
            "broker.client_library = auto"
        )
    return found[0]


@cache
def load(wanted: str = AUTO) -> Library:
    """Import the library that `installed` names. The calling thread must have set its event loop.

    Its dependency eventkit asks for the thread's loop while it is imported, and fails in a thread that has none.

    Raises:
        BadInput: both are installed.
        Missing: the one that is wanted is not there, or none is.
    """
    asyncio.get_event_loop_policy().get_event_loop()
    name = installed(wanted)
    # Without a handler of its own, what it says between two connections would go to standard error.
    logging.getLogger(name).addHandler(logging.NullHandler())
    module = importlib.import_module(name)
    client = importlib.import_module(f"{name}.client")
    return Library(
        name=name,
        client=client.Client,
        contract=module.Contract,
        combo_leg=module.ComboLeg,
        order=module.Order,
        execution_filter=module.ExecutionFilter,
    )


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

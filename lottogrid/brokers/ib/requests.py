"""Questions under way and their answers."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from lottogrid.errors import Missing


class RequestFailed(Missing):
    """The gateway answered a question with an error, or not at all."""

    def __init__(self, what: str, text: str, code: int | None = None) -> None:
        super().__init__(f"{what}: expected an answer, found {text}" + ("" if code is None else f" (code {code})"))
        self.code = code


@dataclass(slots=True)
class _Open:
    what: str
    future: asyncio.Future[list[Any]]
    items: list[Any] = field(default_factory=list)


class Requests:
    """Each question is under one key: its number, or its kind where the protocol gives it none.

    Of a kind without numbers one is asked at a time, or a second would take the answer of the first.
    """

    def __init__(self) -> None:
        self._open: dict[Hashable, _Open] = {}
        self._turns: defaultdict[Hashable, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def ask(self, key: Hashable, what: str, send: Callable[[], None], seconds: float) -> list[Any]:
        """Send a question and return all that is answered.

        Raises:
            RequestFailed: it was answered with an error, or not within `seconds`.
        """
        async with self._turns[key]:
            asked = _Open(what, asyncio.get_running_loop().create_future())
            self._open[key] = asked
            try:
                send()
                return await asyncio.wait_for(asked.future, seconds)
            except TimeoutError:
                raise RequestFailed(what, f"none within {seconds:g} s") from None
            finally:
                del self._open[key]
                if isinstance(key, int):
                    del self._turns[key]

    def is_open(self, key: Hashable) -> bool:
        """Return whether an answer is awaited under `key`."""
        return key in self._open

    def add(self, key: Hashable, item: Any) -> None:
        """Take in a part of an answer; one that nobody awaits any more is dropped."""
        if key in self._open:
            self._open[key].items.append(item)

    def end(self, key: Hashable) -> None:
        """Note that an answer is complete."""
        asked = self._open.get(key)
        if asked is not None and not asked.future.done():
            asked.future.set_result(asked.items)

    def fail(self, key: Hashable, text: str, code: int | None = None) -> None:
        """Let a question fail."""
        asked = self._open.get(key)
        if asked is not None and not asked.future.done():
            asked.future.set_exception(RequestFailed(asked.what, text, code))

    def fail_all(self, text: str) -> None:
        """Let all questions fail: the connection is gone."""
        for key in list(self._open):
            self.fail(key, text)

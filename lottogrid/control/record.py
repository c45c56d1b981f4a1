"""Every command that was ever given, and what came of it: one line each in a file that only grows."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

from loguru import logger

from lottogrid.clock import SystemClock
from lottogrid.control.commands import Answer, Request
from lottogrid.files import give_to_owner_of

NAME = "commands.jsonl"
REMEMBERED = 2000
"""Commands whose ids are known again after a restart."""


class CommandRecord:
    """The file beside the ledger: it is written also where the ledger's actor is dead, and knows what came before.

    May be used by any thread. What cannot be written is logged: no disk keeps a person from stopping the bot.
    """

    def __init__(self, directory: Path) -> None:
        self.path = directory / NAME
        self._lock = threading.Lock()
        self._answers: dict[str, Answer | None] = dict(self._read())

    def begin(self, request: Request) -> bool:
        """Note a request; return False where one of its id was made before."""
        with self._lock:
            if request.id in self._answers:
                return False
            self._answers[request.id] = None
        self._append({"asked": request.document()})
        return True

    def end(self, answer: Answer) -> None:
        """Note what came of a request."""
        with self._lock:
            self._answers[answer.id] = answer
        self._append({"answered": answer.document()})

    def answer(self, request_id: str) -> Answer | None:
        """Return what came of a request; None while nothing has, or where there was none."""
        with self._lock:
            return self._answers.get(request_id)

    def knows(self, request_id: str) -> bool:
        """Return whether a request of this id was made."""
        with self._lock:
            return request_id in self._answers

    @property
    def latest(self) -> tuple[Answer, ...]:
        """What came of the latest commands, newest first."""
        with self._lock:
            return tuple(answer for answer in reversed(self._answers.values()) if answer is not None)[:10]

    def _append(self, document: dict[str, Any]) -> None:
        line = json.dumps({"at": SystemClock().now().isoformat(), **document}) + "\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                give_to_owner_of(self.path.parent, descriptor)
                os.write(descriptor, line.encode())
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            logger.error("control: {} could not be written: {}; {}", self.path, error, line.strip())

    def _read(self) -> list[tuple[str, Answer | None]]:
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()[-2 * REMEMBERED :]
        except FileNotFoundError:
            return []
        except OSError as error:
            logger.error("control: {} cannot be read: {}; earlier commands are not known", self.path, error)
            return []
        found: dict[str, Answer | None] = {}
        for line in lines:
            try:
                document = json.loads(line)
                if "asked" in document:
                    found.setdefault(document["asked"]["id"], None)
                else:
                    answer = Answer.read(document["answered"])
                    found[answer.id] = answer
            except (ValueError, TypeError, KeyError):
                continue  # a line that a crash has cut
        return list(found.items())

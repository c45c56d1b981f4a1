"""Commands of ours as processes, as a user has them: a gateway in one, a bot in another."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def command(*words: object, settings: tuple[str, ...] = ()) -> list[str]:
    """Return the words that call lottogrid."""
    return [
        *(sys.executable, "-u", "-m", "lottogrid", *map(str, words)),
        *(word for value in settings for word in ("--set", value)),
    ]


def environment() -> dict[str, str]:
    """Return ours, without settings and with the project that is tested."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LOTTOGRID_")}
    return {**inherited, "PYTHONPATH": str(ROOT)}


@contextmanager
def program(folder: Path, *words: object, settings: tuple[str, ...] = ()) -> Iterator[subprocess.Popen[str]]:
    """Run a command whose ledger is in `folder` and whose lines can be read as they come; stop it in the end."""
    folder.mkdir(exist_ok=True)
    with subprocess.Popen(
        command(*words, "--ledger", folder, settings=settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=environment(),
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=20)


@dataclass(frozen=True)
class Gateway:
    """A gateway of another process."""

    port: int
    control: int

    def status(self) -> dict[str, Any]:
        """Return how it and its account stand; OSError where nobody is there."""
        return ask(self.control, {"do": "status"})


@contextmanager
def gateway(folder: Path, *words: object, settings: tuple[str, ...] = ()) -> Iterator[Gateway]:
    """Run `lottogrid gateway` on two free ports."""
    with program(folder, "gateway", "--port", 0, "--control", 0, *words, settings=settings) as process:
        assert process.stderr is not None
        port, control = (int(re.findall(r"port (\d+)", process.stderr.readline())[0]) for _ in range(2))
        yield Gateway(port, control)


def ask(control: int, what: Mapping[str, Any]) -> dict[str, Any]:
    """Return a control port's answer to one line; OSError where nobody is there."""
    with socket.create_connection(("127.0.0.1", control), timeout=5) as line:
        line.sendall(json.dumps(what).encode() + b"\n")
        with line.makefile("rb") as answers:
            answer: dict[str, Any] = json.loads(answers.readline())
    return answer

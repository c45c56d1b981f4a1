"""`lottogrid gateway` as a process: it serves, it stops when told to, and it goes on where it stopped."""

from __future__ import annotations

import argparse
import json
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from lottogrid.cli.gateway import command as gateway
from lottogrid.cli.main import Parser
from lottogrid.errors import BadInput

CALL = (
    "import argparse, sys; from lottogrid.cli.gateway import command as gateway; p = argparse.ArgumentParser(); "
    "gateway.add_parser(p.add_subparsers()); a = p.parse_args(); sys.exit(a.func(a))"
)


def parsed(*words: str) -> argparse.Namespace:
    """Return what the options mean."""
    parser = Parser()
    gateway.add_parser(parser.add_subparsers())
    return parser.parse_args(["gateway", *words])


@contextmanager
def running(folder: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Yield the process and its control port; it is told to stop in the end."""
    command = [sys.executable, "-c", CALL, "gateway", "--port", "0", "--control", "0", "--ledger", str(folder), *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            assert "DU1234567" in process.stderr.readline()
            found = re.search(r"Control port (\d+)", process.stderr.readline())
            assert found is not None
            # A full pipe would stop the gateway at its next word.
            threading.Thread(target=process.stderr.read, daemon=True).start()
            yield process, int(found[1])
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)


def told(port: int, **asked: Any) -> dict[str, Any]:
    """Return the control port's answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as control:
        control.sendall(json.dumps(asked).encode() + b"\n")
        with control.makefile() as lines:
            found: dict[str, Any] = json.loads(lines.readline())
            return found


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_what_was_bought_in_one_life_is_held_in_the_next(tmp_path: Path, how: signal.Signals) -> None:
    """However the first one ended."""
    day = ("--date", "2025-04-09", "--seed", "3", "--as-of", "2025-04-09T10:00-04:00")
    with running(tmp_path, *day) as (process, port):
        assert told(port, do="manual-order", right="C", strike=6300, quantity=2) == {"ok": True}
        while not (before := told(port, do="status"))["executions"]:
            pass
        process.send_signal(how)
        process.wait(10)
        assert process.returncode == (0 if how is signal.SIGTERM else -how)

    with running(tmp_path, "--date", "2025-04-09", "--seed", "3") as (process, port):
        after = told(port, do="status")

    assert process.returncode == 0
    assert after["executions"] == before["executions"]
    assert (after["positions"], after["cash"]) == (before["positions"], before["cash"])


@pytest.mark.process
@pytest.mark.slow
def test_a_future_that_an_expiry_delivered_is_held_in_the_next_life(tmp_path: Path) -> None:
    """Of a call and a put at one strike one ends in the money; killed after the fixing, the gateway still has it."""
    day = ("--date", "2025-04-09", "--seed", "3")
    with running(tmp_path, *day, "--as-of", "2025-04-09T15:58-04:00", "--speed", "60") as (process, port):
        for right in ("C", "P"):
            assert told(port, do="manual-order", right=right, strike=6300, quantity=2) == {"ok": True}
        end = monotonic() + 20
        while not (before := told(port, do="status"))["future"]:
            assert monotonic() < end
        process.kill()
        process.wait(10)

    with running(tmp_path, *day) as (_, port):
        after = told(port, do="status")

    assert abs(before["future"]) == 2
    assert (after["future"], after["cash"], after["positions"]) == (before["future"], before["cash"], {})


@pytest.mark.parametrize("words", [["--port", "70000"], ["--port", "x"], ["--version-max", "156"], ["--control", "-1"]])
def test_senseless_options_are_refused(words: list[str]) -> None:
    """Before anything is imported that takes time."""
    with pytest.raises(BadInput, match=r"expected a|expected one argument"):
        parsed(*words)


def test_the_defaults_are_those_of_a_paper_gateway() -> None:
    """Port 4002, the newest protocol, no control port."""
    args = parsed()

    assert (args.port, args.version_max, args.control) == (4002, 178, None)

"""A bot in a process of its own, on a gateway that lives elsewhere: to be killed.

Called as `python -m tests.scenarios.bot FOLDER PORT CONTROL SPEED [SETTING ...]`; ends when the day is over.
"""

from __future__ import annotations

import json
import signal
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from actors.broker import Broker
from actors.runtime.runtime import Runtime
from lottogrid.brokers.ib.port import IbBroker, make_port
from lottogrid.brokers.ib.settings import IbSettings
from lottogrid.brokers.port import BrokerPort
from lottogrid.cli.desk import Desk
from lottogrid.cli.paperday import Account, Asked, PaperDay, choose
from lottogrid.cli.wiring import exchange_of
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.lock import LedgerLock
from lottogrid.market.contracts import spec_of
from lottogrid.settings import Settings
from tests.scenarios.desk import DAY, QUICK, settings_of

LINGER = timedelta(minutes=3)
AT_MOST = timedelta(minutes=30)
TO_COME_BACK = 20.0
"""Real seconds that a killed gateway is given."""


class Elsewhere:
    """The world of a `Desk` whose gateway is another process's."""

    account = "DU1234567"

    def __init__(self, settings: Settings, day: PaperDay, folder: Path, port: int) -> None:
        self.exchange = exchange_of(settings)
        self._settings, self._day, self._folder, self._port = settings, day, folder, port
        self._ports: list[IbBroker] = []

    def open(self, runtime: Runtime) -> None:
        """Do nothing: it is open."""

    def make_port(self, broker: Broker) -> BrokerPort:
        """Return a port to the gateway."""
        settings = IbSettings(
            port=self._port, account=self.account, state_file=self._folder / "order-numbers.json", **QUICK
        )
        port = make_port(settings, spec_of(self._settings.market.instrument), broker.clock)
        assert isinstance(port, IbBroker)
        self._ports.append(port)
        return port

    def is_over(self, runtime: Runtime) -> bool:
        """Return whether the close has passed."""
        return runtime.clock.now() > self._day.session.day.closes

    def close(self, runtime: Runtime, within: timedelta) -> None:
        """Wait for the connections' ends."""
        for port in self._ports:
            port.join(within.total_seconds())


def ask(control: int, what: Mapping[str, Any]) -> dict[str, Any]:
    """Return the control port's answer to one line; OSError where nobody is there."""
    with socket.create_connection(("127.0.0.1", control), timeout=5) as line:
        line.sendall(json.dumps(what).encode() + b"\n")
        with line.makefile("rb") as answers:
            answer: dict[str, Any] = json.loads(answers.readline())
    return answer


def run(folder: Path, port: int, control: int, speed: float, *overrides: str) -> None:
    """Trade from the gateway's present instant on to the end of the day."""
    settings = settings_of(f"simulator.speed={speed}", *overrides)
    path = folder / "ledger.sqlite"
    with LedgerLock(path):
        Ledger.open(path).close()
        day = choose(Asked(on=DAY, broker="gateway"), settings, Account(), today=DAY, recorded=None)
        day = replace(day, starts_at=_now(control))
        desk = Desk(settings, day, path, Elsewhere(settings, day, folder, port))
        signal.signal(signal.SIGTERM, lambda *_: desk.ask_to_stop("SIGTERM"))
        desk.start()
        try:
            _wait(desk, day)
        finally:
            desk.stop()


def _now(control: int) -> datetime:
    """Return the gateway's time; it may have been killed a moment ago and be starting again."""
    limit = time.monotonic() + TO_COME_BACK
    while True:
        try:
            return datetime.fromisoformat(ask(control, {"do": "status"})["now"])
        except (OSError, ValueError):
            if time.monotonic() > limit:
                raise
            time.sleep(0.05)  # noqa: TID251 - it waits for another process


def _wait(desk: Desk, day: PaperDay) -> None:
    while (ended := desk.wait(0.1)) is None:
        view = desk.look()
        since = view.at - day.session.day.closes
        if (since > LINGER and not view.open_positions) or since > AT_MOST:
            return
    if not isinstance(ended, str):
        raise SystemExit(f"the tree ended: {ended}")


if __name__ == "__main__":
    run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), *sys.argv[5:])

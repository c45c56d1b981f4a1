"""SIGKILL the bot, and the gateway, again and again in one trading day, and compare the books at its end.

python -m tests.scenarios.kills --kills 30 --gateway-kills 5 --seed 1
"""

from __future__ import annotations

import argparse
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from lottogrid.errors import Missing
from lottogrid.ledger.corrections import stem_of
from lottogrid.ledger.ledger import Ledger
from lottogrid.orders import ExecutionKind, is_combo_ref, leg_ref
from tests.programs import ask, command, environment
from tests.scenarios.desk import BUSY, DAY

TO_START = 60.0
"""Real seconds."""
TO_END = 30.0
"""Real seconds after the close."""
START_CASH = Decimal(50_000)


@dataclass
class Day:
    """One gateway and one bot after the other, in processes of their own, on one short day."""

    folder: Path
    speed: float
    say: Callable[[str], None]
    opens: str
    settings: tuple[str, ...] = ()
    """Of the bot, over the day's."""
    gateway: subprocess.Popen[bytes] | None = field(default=None, init=False)
    bot: subprocess.Popen[bytes] | None = field(default=None, init=False)
    gateway_kills: int = 0
    port: int = 0
    control: int = 0

    def begin(self) -> None:
        """Start both."""
        self.port, self.control = _free_ports()
        self.start_gateway()
        self.start_bot()

    def start_gateway(self, as_of: datetime | None = None) -> None:
        """Start the gateway; one that was killed goes on with its account, at `as_of`."""
        words: list[object] = ["gateway", "--date", DAY, "--port", self.port, "--control", self.control]
        words += [] if as_of is None else ["--as-of", as_of.isoformat()]
        self.gateway = self._run("gateway", *words, settings=self._settings)
        limit = time.monotonic() + TO_START
        while self.status() is None:
            assert self.gateway.poll() is None, (self.folder / "gateway.log").read_text()
            assert time.monotonic() < limit, "the gateway does not answer"
            _nap(0.05)

    def start_bot(self) -> None:
        """Start the bot, or the next one."""
        words = ("run", "--broker", "ib", "--gateway", self.port, "--clock", "gateway", "--no-web")
        self.bot = self._run("bot", *words, settings=(*self._settings, *self.settings))

    def status(self) -> dict[str, Any] | None:
        """Return how the gateway stands; None while it does not answer."""
        try:
            return ask(self.control, {"do": "status"})
        except (OSError, ValueError):
            return None

    def now(self) -> datetime:
        """Return the gateway's time."""
        found = self.status()
        assert found is not None, "the gateway does not answer"
        return datetime.fromisoformat(found["now"])

    def kill_bot(self) -> None:
        """Kill the bot and start the next."""
        self.say(f"{self.now():%H:%M:%S} UTC: the bot is killed")
        _kill(self.bot)
        self.start_bot()

    def kill_gateway(self) -> None:
        """Kill the gateway and start it again; its clock goes on as if it had run on."""
        at, began = self.now(), time.monotonic()
        self.say(f"{at:%H:%M:%S} UTC: the gateway is killed")
        _kill(self.gateway)
        self.gateway_kills += 1
        # What starting will take is not known; the bot's clock may be some seconds ahead of the gateway's.
        self.start_gateway(at + timedelta(seconds=self.speed * (time.monotonic() - began + 0.8)))

    def finish(self) -> list[str]:
        """Wait for the bot's end and return what is wrong with the books."""
        assert self.bot is not None, "it was never started"
        try:
            # A gateway that was killed while the bot began: systemd, too, would try again.
            while self.bot.wait(timeout=self._left() + TO_END) == Missing.exit_code and self.gateway_kills:
                self.gateway_kills -= 1
                self.say(f"{self.now():%H:%M:%S} UTC: the bot had found no gateway, and is started again")
                self.start_bot()
            status = self.status()
        finally:
            self.end()
        assert status is not None
        found = [] if self.bot.returncode == 0 else [f"the bot ended with {self.bot.returncode}: see bot.log"]
        with closing(Ledger.open_read_only(self.folder / "bot" / "ledger.sqlite")) as ledger:
            return found + differences(ledger, status)

    def end(self) -> None:
        """End both processes, however they are."""
        for process in (self.bot, self.gateway):
            if process is not None and process.poll() is None:
                process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=10)
                _kill(process)

    def _left(self) -> float:
        status = self.status()
        assert status is not None, "the gateway does not answer"
        left = datetime.fromisoformat(status["closes"]) - datetime.fromisoformat(status["now"])
        return max(left.total_seconds() / self.speed, 0.0)

    @property
    def _settings(self) -> tuple[str, ...]:
        return (*BUSY, f"session.market_open={self.opens}", f"simulator.speed={self.speed}")

    def _run(self, name: str, *words: object, settings: tuple[str, ...]) -> subprocess.Popen[bytes]:
        called = command(*words, "--ledger", self.folder / name, settings=settings)
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(called, cwd=self.folder, stdout=log, stderr=log, env=environment())


def differences(ledger: Ledger, status: dict[str, Any]) -> list[str]:
    """Return what no day may show: a book that is not flat, an order sent twice, a difference between the books."""
    positions = ledger.positions()
    fills = [
        fill
        for position in positions
        for leg in position.legs
        for fill in leg.executions
        if fill.kind is ExecutionKind.TRADE
    ]
    ours = {stem_of(f.exec_id)[0]: (f.side.value, f.quantity, f.price, f.commission) for f in fills}
    theirs = {
        stem_of(each["execId"])[0]: (
            each["side"],
            each["quantity"],
            Decimal(each["price"]),
            None if each["commission"] is None else Decimal(each["commission"]),
        )
        for each in status["executions"]
    }
    refs = Counter(ref for order in status["orders"] for ref in _refs(order["orderRef"]))
    cash = ledger.cash_usd(START_CASH)
    return [
        *(f"{p.position_id} ended as {p.state.value}" for p in positions if not p.state.is_final),
        *(f"{p.position_id} holds {leg.held}" for p in positions for leg in p.legs if leg.held),
        *(f"the gateway holds {held} {name}" for name, held in status["positions"].items()),
        *(f"order {ref} is at the gateway {count} times" for ref, count in refs.items() if count > 1),
        *(f"order {ref} is not in the ledger" for ref in refs if ledger.order(ref) is None),
        *(f"execution {s}: {ours.get(s)}, {theirs.get(s)}" for s in ours | theirs if ours.get(s) != theirs.get(s)),
        *([] if cash == Decimal(status["cash"]) else [f"cash: ledger {cash}, gateway {status['cash']}"]),
        *(f"halted: {halt.detail}" for halt in ledger.halts()),
    ]


def _refs(ref: str) -> list[str]:
    """Return the orders of the journal that one at the gateway is: itself, or both legs of a strangle."""
    return [leg_ref(ref, number) for number in (1, 2)] if is_combo_ref(ref) else [ref]


def play(
    folder: Path,
    *settings: str,
    kills: int,
    gateway_kills: int,
    seed: int,
    speed: float,
    say: Callable[[str], None],
) -> Day:
    """Play a day with so many kills at random moments, and return it before its end."""
    source = random.Random(seed)
    day = Day(folder, speed, say, opens="10:00" if kills > 5 else "12:00", settings=settings)
    try:
        day.begin()
        targets = [day.kill_bot] * kills + [day.kill_gateway] * gateway_kills
        source.shuffle(targets)
        for kill in targets:
            _nap(source.uniform(1.5, 4.5))
            kill()
    except BaseException:
        day.end()
        raise
    return day


def main() -> int:
    """Play a day and print what was done and how it ended."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--gateway-kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", type=float, default=100)
    parser.add_argument("--set", action="append", default=[], dest="settings", metavar="KEY=VALUE", help="of the bot")
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="lottogrid-kills-"))
    _say(f"seed {args.seed}, {args.kills} kills of the bot, {args.gateway_kills} of the gateway; {folder}")
    day = play(
        folder,
        *args.settings,
        kills=args.kills,
        gateway_kills=args.gateway_kills,
        seed=args.seed,
        speed=args.speed,
        say=_say,
    )
    wrong = day.finish()
    with closing(Ledger.open_read_only(folder / "bot" / "ledger.sqlite")) as ledger:
        positions = ledger.positions()
        _say(f"{len(positions)} strangles, {sum(len(leg.executions) for p in positions for leg in p.legs)} executions")
    _say("\n".join(wrong) or "flat, both books equal to the cent, no order twice, no halt")
    return 1 if wrong else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _kill(process: subprocess.Popen[bytes] | None) -> None:
    assert process is not None, "it was never started"
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=10)


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1]


def _nap(seconds: float) -> None:
    time.sleep(seconds)  # noqa: TID251 - it waits for other processes


if __name__ == "__main__":
    sys.exit(main())

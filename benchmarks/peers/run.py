"""The fast backtest beside its peers: `python -m benchmarks.peers.run [--json] [--days 252] [--rounds 5] [NAME ...]`.

Each peer lives in an environment of its own, made once in the folder given (default: var/peers), and plays a simplified
rule over the year of generated one-minute bars that lottogrid plays the full rule on, by vectors and, in one more
environment, by the loops that numba compiles: two ratios. All take turns, so that a busy
machine slows all; medians of processor seconds are printed. What does not count for anybody is the way of the bars into
what the program reads, and the first play, which compiles.

Some of these libraries have licences that do not let them become a dependency: they are fetched here, used, and never
shipped. One that cannot be installed is named, and left out.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import venv
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import numpy as np
from loguru import logger

from benchmarks.backtest import SETTINGS
from benchmarks.peers.rule import SESSION, SIMPLIFIED
from lottogrid.backtest.engine import Ground, run
from lottogrid.backtest.tape import Tape
from lottogrid.calendar import Calendar
from lottogrid.cli.feed import FIRST_GENERATED, days_from, generated
from lottogrid.cli.research.backtest_work import plan_of
from lottogrid.cli.wiring import forecast_of
from lottogrid.market.sessions import Session
from lottogrid.settings import Settings, load

NUMPY = "lottogrid_numpy"
PEERS = {
    "vectorbt": (["vectorbt==1.2.0", "scipy"], "every leg a column of prices, bought and sold by signals"),
    "nautilus_trader": (["nautilus_trader==1.221.0"], "BacktestEngine feeds a strategy, which keeps the options"),
    "backtesting": (["backtesting==0.6.5"], "Backtest feeds a strategy, which keeps the options"),
    "backtrader": (["backtrader==1.9.78.123", "pandas"], "Cerebro feeds a strategy, which keeps the options"),
}
ROOT = Path(__file__).resolve().parents[2]
COMPILED = "lottogrid"
"""Our own engine with the loops that numba compiles, in an environment of its own, too."""
"""What is installed, and how it runs the simplified rule."""
ALIKE = 0.01
"""Of the legs and of the points: peers that differ by more did not run one rule."""
_TOO_FEW = "expected a peer that can be installed, found none; look at what pip says above"


class Peer:
    """A peer's process, which plays the year each time that it is asked to."""

    def __init__(self, name: str, python: Path, bars: Path) -> None:
        child = Path(__file__).with_name("child.py")
        self._process = subprocess.Popen(
            [python, child, name, bars], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.name = name
        self._answer()

    def play(self) -> dict[str, Any]:
        """Return seconds, legs and points."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=60)

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                found: dict[str, Any] = json.loads(line)
                return found
        raise RuntimeError(f"{self.name}: expected an answer, found that it broke off; its words are above")


def environment(folder: Path, packages: list[str]) -> Path | None:
    """Return the interpreter of an environment that has `packages`, made where there is none; None if pip cannot."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    stamp, wanted = folder / "installed", "\n".join(packages)
    if not stamp.exists() or stamp.read_text() != wanted:
        done = subprocess.run([python, "-m", "pip", "install", "--quiet", "--prefer-binary", *packages], check=False)
        if done.returncode:
            return None
        stamp.write_text(wanted)
    return python.absolute()


def year(settings: Settings, count: int) -> list[Session]:
    """Return so many generated sessions of full length."""
    calendar = Calendar(settings.session)
    days = days_from(calendar, FIRST_GENERATED, None, count + count // 20 + 5)
    return generated(settings, [day for day in days if day.minutes == SESSION][:count]).sessions


def write(path: Path, ground: Ground) -> None:
    """Write the bars from open to close as the peers read them: seconds since 1970, points; and volatilities a year."""
    bars = [bar for session in ground.tape.sessions for bar in session.cash]
    columns = {name: np.array([float(getattr(bar, name)) for bar in bars]) for name in ("open", "high", "low", "close")}
    at_open = ground.volatility[:, ground.tape.lead]
    np.savez(path, ts=np.array([int(bar.start.timestamp()) for bar in bars]), volatility=at_open, **columns)


def measure(names: list[str], folder: Path, days: int, rounds: int) -> dict[str, Any]:
    """Return the seconds of the engine and of each peer, and the ratios."""
    settings = load(None, {}, list(SETTINGS))
    tape, plan = Tape.of(year(settings, days)), plan_of(settings)

    def engine() -> dict[str, Any]:
        began = process_time()
        found = run(Ground(tape, forecast_of(settings)), plan)
        gained = float(found.gains_usd.sum())
        return {"seconds": process_time() - began, "legs": 2 * len(found.positions), "usd": round(gained, 2)}

    engine()
    with TemporaryDirectory() as place, ExitStack() as stack:
        bars = Path(place) / "bars.npz"
        write(bars, Ground(tape, forecast_of(settings)))
        pythons = {name: environment(folder / name, PEERS[name][0]) for name in names}
        fast = environment(folder / COMPILED, ["-e", f"{ROOT}[fast]"])
        peers = [Peer(name, python, bars) for name, python in pythons.items() if python is not None]
        if not peers:
            raise RuntimeError(_TOO_FEW)
        for peer in peers:
            stack.callback(peer.close)
        own = [] if fast is None else [Peer(COMPILED, fast, bars)]
        for peer in own:
            stack.callback(peer.close)
        turns = [{NUMPY: engine(), **{peer.name: peer.play() for peer in own + peers}} for _ in range(rounds)]
    middle = {name: statistics.median(turn[name]["seconds"] for turn in turns) for name in turns[0]}
    found = {name: {**turns[0][name], "seconds": round(middle[name], 4)} for name in middle}
    check([found[peer.name] for peer in peers])
    for peer in peers:
        ratios = {each: round(middle[peer.name] / middle[each], 1) for each in (NUMPY, COMPILED) if each in middle}
        found[peer.name] |= {"ratios": ratios, "how": PEERS[peer.name][1]}
    if own and (found[COMPILED]["legs"], found[COMPILED]["points"]) != (found[NUMPY]["legs"], found[NUMPY]["usd"]):
        raise RuntimeError(f"peers: expected both kernels to come to the same, found {found[NUMPY]}, {found[COMPILED]}")
    absent = [name for name, python in pythons.items() if python is None]
    return {"days": days, "bars": days * SESSION, "simplified": SIMPLIFIED, "found": found, "not_installed": absent}


def check(found: list[dict[str, Any]]) -> None:
    """Refuse peers that do not come to the same."""
    for key in ("legs", "points"):
        values = [each[key] for each in found]
        if max(values) - min(values) > ALIKE * abs(max(values, key=abs)):
            raise RuntimeError(f"peers: expected the same {key} of all, found {values}")


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers.run", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="PEER", help=f"out of {', '.join(PEERS)}; all by default")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--days", type=int, default=252, help="generated sessions")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds")
    parser.add_argument("--folder", type=Path, default=Path("var/peers"), help="where the environments are kept")
    args = parser.parse_args()
    if unknown := set(args.names) - set(PEERS):
        parser.error(f"expected peers out of {', '.join(PEERS)}, found {', '.join(sorted(unknown))}")
    logger.remove()
    result = measure(args.names or list(PEERS), args.folder, args.days, args.rounds)
    print(json.dumps(result, indent=2) if args.json else in_words(result))
    return 0


def in_words(result: dict[str, Any]) -> str:
    """Return the result as lines."""
    found = dict(result["found"])
    own, compiled = found.pop(NUMPY), found.pop(COMPILED, None)
    lines = [
        f"{result['days']} days, {result['bars']} one-minute bars",
        f"lottogrid, the full rule: {own['seconds']:.4f} s, {own['legs']} legs",
        f"the same with numba:      {compiled['seconds']:.4f} s" if compiled else "numba could not be installed here",
        f"the peers, a simplified rule: {result['simplified']}",
        *(_line(name, peer) for name, peer in found.items()),
        *(f"  {name:16} could not be installed here" for name in result["not_installed"]),
    ]
    return "\n".join(lines)


def _line(name: str, peer: dict[str, Any]) -> str:
    ratios = " and ".join(f"{ratio:6.1f}" for ratio in peer["ratios"].values())
    times = f"{peer['seconds']:8.3f} s, {ratios} times as long"
    return f"  {name:16} {times}, {peer['legs']} legs; {peer['how']}"


if __name__ == "__main__":
    sys.exit(main())

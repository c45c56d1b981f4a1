"""Memory of a whole run: the bot over the paper gateway and the client library, with its page asked once a second.

    python benchmarks/memory.py [--json] [--speed 120] [--hours 6] [--busy]

A process of `lottogrid run` is looked at from outside (Linux): resident memory, threads and open files at each hour of
its clock after the open. What leaks grows with the hours; the aims are a flat line and 250 MB. An open strangle is a
thread: with --busy one more is bought every ten minutes, with the limits lifted, else it is an ordinary day.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
DAY = "2025-07-01"
OPENS = datetime.fromisoformat("2025-07-01T09:30:00-04:00")
BUSY = (
    "strategy.volatility_threshold=10",
    "strategy.max_premium_per_strangle=200",
    "risk.min_time_between_trades=10",
    "risk.max_trades_per_day=100",
    "risk.max_open_trades=100",
    "risk.max_draw=20000",
    "risk.start_cash=20000",
)
TO_END = 30.0
"""Real seconds for the process to stop."""


class Ended(SystemExit):
    """The run was over before its time."""


@dataclass(frozen=True)
class Size:
    """How large the process is at an hour of its clock."""

    hours: float
    resident_mb: float
    threads: int
    open_files: int


def measure(speed: float, hours: Sequence[float], settings: Sequence[str]) -> list[Size]:
    """Return the sizes of a run at `hours` after the open, market time."""
    port = _free_port()
    with TemporaryDirectory() as folder:
        words = ["run", "--date", DAY, "--seed", "7", "--speed", str(speed), "--port", str(port), "--ledger", folder]
        values = [word for value in settings for word in ("--set", value)]
        with Path(folder, "said").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "lottogrid", *words, *values], cwd=ROOT, stdout=log, stderr=subprocess.STDOUT
            )
        try:
            return [_size(process, port, hour) for hour in hours]
        except Ended:
            sys.stderr.write(Path(folder, "said").read_text(encoding="utf-8"))
            raise
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(TO_END)
            process.kill()
            process.wait()


def _size(process: subprocess.Popen[bytes], port: int, hours: float) -> Size:
    """Wait until the run's clock is so many hours after the open, and look."""
    at = OPENS + timedelta(hours=hours)
    while _now(process, port) < at:
        time.sleep(1.0)  # noqa: TID251 - it waits for another process
    status = dict(line.split(":", 1) for line in Path(f"/proc/{process.pid}/status").read_text().splitlines())
    return Size(
        hours,
        resident_mb=int(status["VmRSS"].split()[0]) / 1024,
        threads=int(status["Threads"]),
        open_files=sum(1 for _ in Path(f"/proc/{process.pid}/fd").iterdir()),
    )


def _now(process: subprocess.Popen[bytes], port: int) -> datetime:
    """Return the run's time as its page shows it; the beginning of time where it does not answer yet."""
    if process.poll() is not None:
        raise Ended(f"memory: expected the run to go on, found it ended with {process.returncode}; see above")
    with suppress(URLError, ConnectionError), urlopen(f"http://127.0.0.1:{port}/api/view", timeout=5) as answer:
        return datetime.fromisoformat(json.load(answer)["at"])
    return OPENS - timedelta(days=1)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--speed", type=float, default=120)
    parser.add_argument("--hours", type=int, default=6)
    parser.add_argument("--busy", action="store_true")
    args = parser.parse_args()
    if not Path("/proc/self/status").exists():
        sys.stderr.write("memory: expected /proc, as on Linux, found none; measure there\n")
        return 3
    sizes = measure(args.speed, range(1, args.hours + 1), BUSY if args.busy else ())
    ratio = sizes[-1].resident_mb / sizes[0].resident_mb
    if args.json:
        print(json.dumps({"sizes": [asdict(size) for size in sizes], "ratio": ratio}))
    else:
        for size in sizes:
            print(
                f"hour {size.hours}: {size.resident_mb:6.1f} MB, {size.threads} threads, {size.open_files} open files"
            )
        print(f"last to first: {ratio:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Speed of a sweep: settings a second on one core, and how much more cores and a Dask cluster make of it.

    python benchmarks/sweep.py [--json] [--days 252] [--settings 200] [--jobs 2] [--rounds 3] [--kernel numba]

Generated sessions, the full rule, settings that differ in threshold, target, cap and count. Measured in one run,
interleaved, medians: this process alone, joblib over the cores, and a Dask cluster of as many workers on loopback
where the package is there. All must come to the same digest. Workers are started, and have been given the bars, before
the clock runs; the process that waits for them is counted as none. Only ratios mean anything on another machine.
"""

from __future__ import annotations

import argparse
import json
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lottogrid.backtest import sweep_pools
from lottogrid.backtest.engine import Ground
from lottogrid.backtest.kernels import Kernel, kernel_of
from lottogrid.backtest.sweep import Case, Score
from lottogrid.backtest.sweep_pools import DaskPool, LocalPool, Pool
from lottogrid.backtest.sweep_rank import rank
from lottogrid.calendar import Calendar
from lottogrid.cli.feed import FIRST_GENERATED, days_from, generated
from lottogrid.cli.research.backtest_work import plan_of
from lottogrid.cli.research.sweep_grids import points_of, settings_at
from lottogrid.cli.wiring import forecast_of
from lottogrid.errors import BadInput
from lottogrid.settings import Settings, load

GRID = {
    "strategy.volatility_threshold": ["0.4", "0.5", "0.6", "0.67", "0.8"],
    "strategy.profit_target_multiplier": ["2", "2.5", "3", "4", "5", "6"],
    "strategy.max_premium_per_strangle": ["15", "20", "25", "30", "40"],
    "risk.max_trades_per_day": ["4", "8", "12"],
    "risk.min_time_between_trades": ["15", "30", "45"],
}


def cases_of(settings: Settings, count: int) -> list[Case]:
    """Return so many settings of the grid."""
    found = settings_at(points_of(GRID, count, seed=1), settings)
    return [Case(each.hash, point, plan_of(each)) for point, each in found if not isinstance(each, BadInput)]


@contextmanager
def cluster(workers: int) -> Iterator[Pool | None]:
    """Yield a pool on a cluster of so many workers on loopback; None without the package."""
    try:
        import distributed  # noqa: PLC0415 - an extra
    except ImportError:
        yield None
        return
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{listener.getsockname()[1]}"
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        _start(stack, "distributed.cli.dask_scheduler", "--host", f"tcp://{address}", "--no-dashboard", "--no-show")
        words = ("--nthreads", "1", "--host", "127.0.0.1", "--no-dashboard", "--no-nanny", "--local-directory", folder)
        for _ in range(workers):
            _start(stack, "distributed.cli.dask_worker", f"tcp://{address}", *words)
        with distributed.Client(address, timeout=60) as client:
            client.wait_for_workers(workers, timeout=60)
        pool = DaskPool(address)
        stack.callback(pool.close)
        yield pool


def _start(stack: ExitStack, module: str, *words: str) -> None:
    root = Path(__file__).resolve().parent.parent
    process = subprocess.Popen([sys.executable, "-m", module, *words], cwd=root, stderr=subprocess.DEVNULL)
    stack.callback(process.wait, 20)
    stack.callback(process.terminate)


def timed(pool: Pool, cases: Sequence[Case], make: Callable[[], Ground]) -> tuple[float, str]:
    """Return the seconds that the cases take, and their digest; the ground is new, so that nothing is priced."""
    ground = make()
    began = perf_counter()
    found = list(pool.scores(cases, ground))
    return perf_counter() - began, rank([each for each in found if isinstance(each, Score)]).digest


def measure(days: int, count: int, jobs: int, rounds: int, kernel: Kernel) -> dict[str, float | int | None]:
    """Return settings a second and the ratios."""
    settings = load(None, {}, ["simulator.profile=ideal"])
    feed = generated(settings, days_from(Calendar(settings.session), FIRST_GENERATED, None, days))
    cases = cases_of(settings, count)
    sweep_pools._ALONE_SECONDS = 0.0  # noqa: SLF001 - workers, however little there is to do

    def make() -> Ground:
        return Ground(feed.sessions, forecast_of(settings), kernel)

    with cluster(jobs) as dask:
        pools: dict[str, Pool] = {"one": LocalPool(1), "local": LocalPool(jobs)} | ({"dask": dask} if dask else {})
        for pool in pools.values():
            timed(pool, cases[: 4 * jobs], make)
        seconds: dict[str, list[float]] = {name: [] for name in pools}
        digests = set()
        for _ in range(rounds):
            for name, pool in pools.items():
                taken, digest = timed(pool, cases, make)
                seconds[name].append(taken)
                digests.add(digest)
    if len(digests) != 1:
        raise RuntimeError(f"sweep: expected one digest, found {len(digests)}")
    middle = {name: statistics.median(values) for name, values in seconds.items()}
    years = len(cases) * days / 252
    return {
        "days": days,
        "settings": len(cases),
        "jobs": jobs,
        "kernel": kernel.value,
        "setting_years_per_second": round(years / middle["one"], 1),
        "speed_up": round(middle["one"] / middle["local"], 2),
        "dask_speed_up": round(middle["one"] / middle["dask"], 2) if dask else None,
        "dask_over_local": round(middle["local"] / middle["dask"], 2) if dask else None,
    }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--days", type=int, default=252, help="generated sessions")
    parser.add_argument("--settings", type=int, default=200, help="settings of the grid")
    parser.add_argument("--jobs", type=int, default=2, help="processes, and workers of the cluster")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds")
    parser.add_argument("--kernel", choices=("numpy", "numba"), default="numpy", help="what computes")
    arguments = parser.parse_args()
    kernel = kernel_of(arguments.kernel, arguments.days * arguments.settings)
    found = measure(arguments.days, arguments.settings, arguments.jobs, arguments.rounds, kernel)
    if arguments.json:
        print(json.dumps(found))
        return
    print(f"{found['settings']} settings, {found['days']} days, {found['kernel']}")
    print(f"  one process            {found['setting_years_per_second']:>8} setting-years a second")
    print(f"  {found['jobs']} processes            {found['speed_up']:>8} times as fast")
    if found["dask_over_local"] is None:
        print("  Dask                   not measured: pip install lottogrid[dask]")
    else:
        print(f"  Dask, {found['jobs']} workers        {found['dask_speed_up']:>8} times as fast as one process,")
        print(f"                         {found['dask_over_local']:>8} times the speed of the processes")


if __name__ == "__main__":
    main()

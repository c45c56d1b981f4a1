"""A sweep on a real Dask cluster: a scheduler and two workers, each a process of its own, on loopback."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from lottogrid.backtest import sweep_pools
from lottogrid.backtest.sweep_pools import DaskPool, LocalPool
from lottogrid.errors import Missing
from tests.backtest.test_sweep import cases, ground
from tests.conftest import ROOT

pytestmark = [pytest.mark.process, pytest.mark.sockets, pytest.mark.slow]  # a cluster starts in some seconds

distributed = pytest.importorskip("distributed", reason="needs `pip install lottogrid[dask]`")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """Return the address of a scheduler without workers."""
    address = f"127.0.0.1:{free_port()}"
    with ExitStack() as stack:
        _start(stack, "distributed.cli.dask_scheduler", "--host", f"tcp://{address}", "--no-dashboard", "--no-show")
        yield address


def _start(stack: ExitStack, module: str, *words: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-m", module, *words], cwd=ROOT, stderr=subprocess.DEVNULL)
    stack.callback(process.wait, 20)
    stack.callback(process.terminate)
    return process


@pytest.mark.filterwarnings("ignore")  # of the library's own
def test_two_workers_come_to_the_same(scheduler: str) -> None:
    """Each case once, with the same digests; a cluster without workers was refused before."""
    with pytest.raises(Missing, match="expected workers at"):
        DaskPool(scheduler)
    with ExitStack() as stack:
        options = ("--no-nanny", "--no-dashboard", "--nthreads", "2", "--host", "127.0.0.1")
        for _ in range(2):
            _start(stack, "distributed.cli.dask_worker", f"tcp://{scheduler}", *options)
        with distributed.Client(scheduler, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
        pool = DaskPool(scheduler)
        stack.callback(pool.close)
        found = list(pool.scores(cases(12), ground()))

    here = list(LocalPool(1).scores(cases(12), ground()))
    assert sorted(found, key=repr) == sorted(here, key=repr)


@pytest.mark.filterwarnings("ignore")
def test_a_dead_address_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line, with what to do."""
    monkeypatch.setattr(sweep_pools, "_PATIENCE_SECONDS", 0.5)
    address = f"127.0.0.1:{free_port()}"
    with pytest.raises(Missing, match=f"expected a scheduler at {address}") as caught:
        DaskPool(address)
    assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("address", ["nonsense", "tcp://", "http://127.0.0.1:1", "127.0.0.1:99999999"])
def test_what_is_no_address_is_named(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Like an address where nobody answers."""
    monkeypatch.setattr(sweep_pools, "_PATIENCE_SECONDS", 0.5)
    with pytest.raises(Missing, match="expected a scheduler at"):
        DaskPool(address)

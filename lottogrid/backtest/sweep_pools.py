"""Where the cases of a sweep are computed: in this process, on the cores of this machine, or on a Dask cluster."""

from __future__ import annotations

import importlib
import logging
import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol, TypeVar

from lottogrid.backtest.engine import Ground
from lottogrid.backtest.sweep import Case, Packed, Refused, Room, Score, content_hash, pack, score, score_all
from lottogrid.clock import real_seconds
from lottogrid.errors import Missing

BATCH_SECONDS = 0.25
"""Of work in a batch: a task costs about a millisecond on the cores of this machine and a few on a cluster."""
_ALONE_SECONDS = 3.0
"""Work that this process does by itself: workers take as long to start and to be given the bars."""
_PATIENCE_SECONDS = 10.0
"""For a scheduler to answer."""

Found = Score | Refused
_Item = TypeVar("_Item")


class Pool(Protocol):
    """Computes the cases on one ground, in any order."""

    def scores(self, cases: Sequence[Case], ground: Ground) -> Iterator[Found]:
        """Yield what the cases come to, each as soon as it is known."""
        ...


class LocalPool:
    """The cores of this machine, by joblib; this process alone where the work is little."""

    def __init__(self, jobs: int | None = None) -> None:
        self._jobs = jobs or os.cpu_count() or 1

    def scores(self, cases: Sequence[Case], ground: Ground) -> Iterator[Found]:
        """Yield what the cases come to."""
        data = content_hash(ground)
        first, seconds = _first_two(cases, ground, data)
        yield from first
        rest = cases[2:]
        if self._jobs == 1 or seconds * len(rest) < _ALONE_SECONDS:
            yield from score_all_here(rest, ground, data)
            return
        with TemporaryDirectory(prefix="lottogrid-") as folder:
            path = Path(folder) / data
            path.write_bytes(pack(ground))
            yield from self._parallel(batches(rest, seconds, self._jobs), Packed(data, path))

    def _parallel(self, work: Iterable[Sequence[Case]], packed: Packed) -> Iterator[Found]:
        import joblib  # noqa: PLC0415 - only where there is much to do

        run = joblib.Parallel(n_jobs=self._jobs, return_as="generator_unordered", pre_dispatch="2*n_jobs")
        results = run(joblib.delayed(score_all)(batch, packed) for batch in work)
        try:
            for found in results:
                yield from found
        except BrokenExecutor as error:
            raise Missing(
                "sweep: expected worker processes to live, found one dead, as when memory runs out; results so far are "
                "kept, run the same command again with fewer --jobs to go on"
            ) from error
        finally:
            # Whoever stops early, as on a full disk, says why; joblib would warn of the tasks that are left undone.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                results.close()


class DaskPool:
    """An existing Dask cluster. Its workers need lottogrid in the same version, and no disk in common."""

    def __init__(self, address: str) -> None:
        """Connect to the scheduler at `address` (host:port, or with tcp:// before it).

        Raises:
            Missing: the package is not installed, nobody answers, or the scheduler has no workers.
        """
        self._address = address
        self._distributed = _distributed()
        _silence()
        try:
            self._client = self._distributed.Client(address, timeout=_PATIENCE_SECONDS)
        except (OSError, TimeoutError, ValueError) as error:
            raise Missing(
                f"--dask: expected a scheduler at {address}, found {_first_sentence(error) or 'no answer'}; "
                "start one with `dask scheduler`, or leave --dask out to use this machine"
            ) from None
        self._workers = sum(self._client.nthreads().values())
        if not self._workers:
            self._client.close()
            raise Missing(f"--dask: expected workers at {address}, found none; start one with `dask worker {address}`")

    def close(self) -> None:
        """Leave the cluster as it was."""
        self._client.close()

    def scores(self, cases: Sequence[Case], ground: Ground) -> Iterator[Found]:
        """Yield what the cases come to.

        Raises:
            Missing: the cluster or all its workers went away, or they cannot run lottogrid.
        """
        data = content_hash(ground)
        first, seconds = _first_two(cases, ground, data)
        yield from first
        work = list(batches(cases[2:], seconds, self._workers))
        try:
            (content,) = self._client.scatter([pack(ground)], broadcast=True, hash=False)
            tasks = [self._client.submit(_score_all, batch, data, content, pure=False) for batch in work]
            yield from self._results(tasks)
        except Missing:
            raise
        except Exception as error:
            # A cluster fails in many ways, and all of them end here.
            raise self._lost(f"{type(error).__name__}: {_first_sentence(error)}") from error

    def _results(self, tasks: Sequence[Any]) -> Iterator[Found]:
        waiting: set[Any] = set(tasks)
        while waiting:
            try:
                done, waiting = self._distributed.wait(
                    waiting, timeout=_PATIENCE_SECONDS, return_when="FIRST_COMPLETED"
                )
            except TimeoutError:
                if not self._client.nthreads():
                    raise self._lost("no worker left") from None
                continue
            for task in done:
                yield from task.result()

    def _lost(self, what: str) -> Missing:
        return Missing(
            f"--dask: expected the cluster at {self._address} to compute, found {what}; "
            "results so far are kept, run the same command again to go on"
        )


def score_all_here(cases: Iterable[Case], ground: Ground, data: str) -> Iterator[Found]:
    """Yield what the cases come to, computed by this process."""
    room = Room()
    for case in cases:
        room.make(ground, case.plan)
        yield score(case, ground, data)


def batches(items: Sequence[_Item], seconds: float, workers: int) -> Iterator[Sequence[_Item]]:
    """Yield `items` in batches of `BATCH_SECONDS` of work, and of less only where a worker would have none.

    `seconds` is what one takes.
    """
    fair = max(1, -(-len(items) // max(workers, 1)))
    size = min(fair, max(1, round(BATCH_SECONDS / max(seconds, 1e-6))))
    for begin in range(0, len(items), size):
        yield items[begin : begin + size]


def _distributed() -> Any:
    try:
        return importlib.import_module("distributed")
    except ImportError:
        raise Missing(
            "--dask: expected the package distributed, found it absent; install it with `pip install lottogrid[dask]`"
        ) from None


def _first_two(cases: Sequence[Case], ground: Ground, data: str) -> tuple[list[Found], float]:
    """Return what the first cases come to, and the seconds of one: only the first has to price the market."""
    found, seconds = [], []
    for case in cases[:2]:
        began = real_seconds()
        found.append(score(case, ground, data))
        seconds.append(real_seconds() - began)
    return found, min(seconds)


def _silence() -> None:
    """Keep the library from logging what is said in one line here; each of its modules has a level of its own."""
    for name in [*logging.root.manager.loggerDict]:
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _first_sentence(error: BaseException) -> str:
    return " ".join(str(error).split()).split(". ")[0].rstrip(".")


def _score_all(cases: Sequence[Case], data: str, content: bytes) -> list[Found]:
    return score_all(cases, Packed(data, content))

"""Runs an element-wise kernel over arrays piece by piece, in buffers that are made once and stay in the cache.

Temporaries of full length cost more than the arithmetic: each is memory that the system hands out and takes back.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lottogrid.errors import BadInput

Floats = NDArray[np.float64]

Kernel = Callable[[Sequence[Floats], Sequence[Floats], Floats], None]
"""Takes inputs, rows for the results and rows to work in, all of one length; an input may also be of length 1."""

BLOCK = 8192
"""Elements a piece: few enough for the cache, enough to make the cost of a hundred numpy calls small."""


def above_zero(name: str, argument: ArrayLike) -> Floats:
    """Return `argument` as floats; refuse a number that is infinite or not above 0. NaN passes as unknown."""
    array = np.asarray(argument, dtype=np.float64)
    lowest = float(np.fmin.reduce(array, axis=None, initial=1.0))
    if lowest <= 0:
        raise BadInput(f"{name}: expected numbers above 0, found {lowest}; mark an unknown one as NaN")
    return _finite(name, array)


def not_negative(name: str, argument: ArrayLike) -> Floats:
    """Return `argument` as floats; refuse a number that is infinite or below 0. NaN passes as unknown."""
    array = np.asarray(argument, dtype=np.float64)
    lowest = float(np.fmin.reduce(array, axis=None, initial=0.0))
    if lowest < 0:
        raise BadInput(f"{name}: expected numbers from 0 on, found {lowest}; mark an unknown one as NaN")
    return _finite(name, array)


def map_blocks(kernel: Kernel, arguments: Sequence[ArrayLike], *, outputs: int, rows: int) -> list[Floats]:
    """Return the `outputs` arrays that `kernel` computes from `arguments`, in the shape these broadcast to.

    The kernel is given `rows` rows to work in, and leaves its inputs as they are.
    """
    arrays = [np.asarray(argument, dtype=np.float64) for argument in arguments]
    shape = np.broadcast_shapes(*(array.shape for array in arrays))
    flat = [array.reshape(1) if array.size == 1 else np.broadcast_to(array, shape).reshape(-1) for array in arrays]
    size = math.prod(shape)
    results = [np.empty(size) for _ in range(outputs)]
    work = np.empty((rows, min(size, BLOCK)))
    for start in range(0, size, BLOCK):
        piece = slice(start, start + BLOCK)
        inputs = [array if array.size == 1 else array[piece] for array in flat]
        kernel(inputs, [result[piece] for result in results], work[:, : min(BLOCK, size - start)])
    return [result.reshape(shape) for result in results]


def _finite(name: str, array: Floats) -> Floats:
    if np.fmax.reduce(array, axis=None, initial=0.0) == math.inf:
        raise BadInput(f"{name}: expected finite numbers, found inf; mark an unknown one as NaN")
    return array

"""Compiles functions where there is a compiler."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

_Function = TypeVar("_Function", bound=Callable[..., Any])
_PACKAGE = Path(__file__).parents[2]
_INGREDIENTS = ("backtest", "market", "pricing")
"""Packages whose constants and functions are compiled in."""


def compiled(function: _Function) -> _Function:
    """Return `function` compiled, or as it is where numba is absent.

    Without fast maths, so that no product is fused into a sum and no sum is reordered: each operation gives the double
    that numpy gives. Other threads run meanwhile. Nothing is allocated, so arrays need not be counted.
    """
    try:
        numba: Any = importlib.import_module("numba")
    except ImportError:
        return function
    folder = _folder()
    usual, numba.config.CACHE_DIR = numba.config.CACHE_DIR, str(folder or "")
    try:
        made = numba.njit(cache=folder is not None, nogil=True, forceinline=True, error_model="numpy", _nrt=False)(
            function
        )
    finally:
        numba.config.CACHE_DIR = usual
    return cast(_Function, made)


@cache
def _folder() -> Path | None:
    """Return where machine code is kept, None where nothing can be written.

    The compiler looks whether a function's own file has changed, but not whether one has that it calls; so each state
    of the sources has a folder of its own.
    """
    found = hashlib.sha256()
    for source in sorted(file for name in _INGREDIENTS for file in (_PACKAGE / name).rglob("*.py")):
        found.update(source.read_bytes())
    for base in (Path(__file__).parent / "__pycache__", Path.home() / ".cache" / "lottogrid"):
        folder = base / f"loops-{found.hexdigest()[:12]}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        return folder
    return None

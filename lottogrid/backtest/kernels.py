"""What computes a backtest: vectors of numpy, or loops that numba compiles. Both come to the same to the last digit."""

from __future__ import annotations

import importlib.util
from enum import Enum

from lottogrid.errors import Missing

PAYS_FROM = 100_000
"""Sessions times settings from which the time that the loops save is more than the time that numba takes to load."""


class Kernel(Enum):
    """How the engine computes."""

    NUMPY = "numpy"
    NUMBA = "numba"

    @property
    def is_installed(self) -> bool:
        """Whether this machine has it."""
        return self is Kernel.NUMPY or importlib.util.find_spec("numba") is not None


AUTO = "auto"
NAMES = (AUTO, *(each.value for each in Kernel))


def kernel_of(name: str, sessions: int) -> Kernel:
    """Return the kernel of that name; for `auto` the fastest that is installed, to play so many sessions in all.

    Raises:
        Missing: numba is asked for, and is not installed.
    """
    if name == AUTO:
        pays = sessions >= PAYS_FROM and Kernel.NUMBA.is_installed
        return Kernel.NUMBA if pays else Kernel.NUMPY
    found = Kernel(name)
    if not found.is_installed:
        raise Missing(
            "--kernel: expected the package numba, found it absent; install it with `pip install lottogrid[fast]`, or "
            "take numpy, which comes to the same"
        )
    return found

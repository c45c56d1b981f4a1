"""Corrections of executions: the same id with a higher number behind the last dot replaces the earlier one.

Source: Interactive Brokers, TWS API, "Executions and commissions". Only ids of that broker's shape are read so;
any other id stands for itself.
"""

from __future__ import annotations

import re
from functools import lru_cache

_NUMBERED = re.compile(r"([0-9a-f]{8}\.[0-9a-f]{8}\.\d+)\.(\d+)", re.IGNORECASE)


@lru_cache(maxsize=4096)
def stem_of(exec_id: str) -> tuple[str, int]:
    """Return what an execution and its corrections share, and the number of the correction (0 where there is none).

    >>> stem_of("0000e0d5.67fe667b.01.02")
    ('0000e0d5.67fe667b.01', 2)
    >>> stem_of("E-20250409-7")
    ('E-20250409-7', 0)
    """
    match = _NUMBERED.fullmatch(exec_id)
    return (match[1], int(match[2])) if match else (exec_id, 0)

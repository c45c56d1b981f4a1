"""The classes of faults: one table. A new class is a row in one of these modules, and nothing else."""

from __future__ import annotations

from actors.simulation.faults import actors, broker, human, link, process, storage, timing
from actors.simulation.faults.base import Fault

FAULTS: dict[str, Fault] = {
    fault.id: fault
    for fault in sorted(
        (
            *actors.FAULTS,
            *process.FAULTS,
            *link.FAULTS,
            *broker.FAULTS,
            *timing.FAULTS,
            *storage.FAULTS,
            *human.FAULTS,
        ),
        key=lambda fault: int(fault.id[1:]),
    )
}
"""Every class by its number, F1 to F46."""

"""What a run records for a look back, and where it is found again."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from actors.recorder import Recording
from lottogrid.flight.file import NAME
from lottogrid.flight.header import Header
from lottogrid.market.contracts import spec_of
from lottogrid.settings import Settings


def recording_of(settings: Settings, ledger: Path, started_at: datetime, data: str) -> Recording | None:
    """Return what is recorded of a process; None where the settings want nothing.

    Args:
        settings: of the process; all of them are recorded, as the page shows them.
        ledger: the recording is beside it.
        started_at: by the bot's clock, aware.
        data: where prices come from, in a word for people.
    """
    days = settings.storage.recorded_days
    if days == 0:
        return None

    def header(silence: timedelta) -> str:
        return Header(settings=settings, started_at=started_at, data=data, silence=silence).write()

    return Recording(
        path=beside(ledger),
        spec=spec_of(settings.market.instrument),
        header=header,
        keep=timedelta(days=days),
    )


def beside(ledger: Path) -> Path:
    """Return where the recording to a ledger is."""
    return ledger.with_name(NAME)

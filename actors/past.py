"""The bot as it was: finds the picture of a moment in the recording, and says where none was taken."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from threading import Lock

from actors.view import View
from actors.view_form import rebuilt
from lottogrid.clock import NEW_YORK, new_york
from lottogrid.errors import Missing
from lottogrid.flight.file import FlightReader, Frame
from lottogrid.flight.header import Header
from lottogrid.flight.moments import Moment, moments
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.place import Place

_KEPT = 8
"""Views that are kept."""
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Gap:
    """Nothing was recorded between two pictures."""

    after: datetime
    until: datetime | None
    """None where nothing follows."""

    def __str__(self) -> str:
        end = "on" if self.until is None else f"to {_words(self.until)}"
        return f"nothing is recorded from {_words(self.after)} {end}"


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen at a moment."""

    view: View
    header: Header
    """Of the process that was looked at."""
    sequence_before: int
    """Of the last journal row in the picture before this one; 0 where this is the first."""
    gap: Gap | None
    """Where the moment that was asked for lies in one: the view is the last before it."""


class Past:
    """Looks back, from any thread, beside a bot that records or after it."""

    def __init__(self, path: Path, ledger: Place) -> None:
        """Take the recording's file, and where the ledger is; they are opened at each look."""
        self._path = path
        self._ledger = ledger
        self._lock = Lock()
        self._views: OrderedDict[Frame, View] = OrderedDict()

    def at(self, instant: datetime) -> Sight:
        """Return the bot as it was last seen up to an instant (aware).

        Raises:
            Missing: there is no recording, or none from before the instant.
            BadInput: the recording is damaged, or another version's.
        """
        with closing(FlightReader(self._path)) as reader:
            frame = reader.last_by(instant)
            if frame is None:
                later = reader.first_after(instant)
                begins = "an empty one" if later is None else f"that it begins at {new_york(later.at).isoformat()}"
                raise Missing(f"recording: expected a picture by {new_york(instant).isoformat()}, found {begins}")
            return self._sight(reader, frame, instant)

    def with_row(self, sequence: int) -> Sight:
        """Return the bot as it was first seen with the journal's row of that number; raises as `at` does."""
        with closing(Ledger.open_read_only(self._ledger)) as ledger:
            rows = ledger.journal(after_seq=sequence - 1, limit=1)
        if not rows or rows[0].seq != sequence:
            raise Missing(f"journal: expected a row {sequence}, found none; `lottogrid timeline` lists moments")
        with closing(FlightReader(self._path)) as reader:
            frame = reader.first_with(sequence, rows[0].at)
            if frame is None:
                raise Missing(f"recording: expected a picture with row {sequence} of the journal, found none so late")
            return self._sight(reader, frame, frame.at)

    def moments(self, day: date) -> tuple[Moment, ...]:
        """Return the moments of a New York day, oldest first, by the journal; Missing where there is no ledger."""
        with closing(Ledger.open_read_only(self._ledger)) as ledger:
            return moments(ledger, day)

    def span(self, day: date) -> tuple[Frame, Frame] | None:
        """Return where the first and the last picture of a New York day are; None where none was taken."""
        begins = datetime.combine(day, time.min, NEW_YORK)
        ends = datetime.combine(day + timedelta(days=1), time.min, NEW_YORK) - _MICROSECOND
        with closing(FlightReader(self._path)) as reader:
            first, last = reader.first_after(begins - _MICROSECOND), reader.last_by(ends)
        return None if first is None or last is None or last.at < begins or first.at > ends else (first, last)

    def _sight(self, reader: FlightReader, frame: Frame, asked: datetime) -> Sight:
        header = Header.read(reader.header(frame))
        before = reader.last_by(frame.at - _MICROSECOND)
        gap = None
        if asked - frame.at > header.silence:
            later = reader.first_after(frame.at)
            gap = Gap(frame.at, later.at if later else None)
        return Sight(self._view(reader, frame), header, before.sequence if before else 0, gap)

    def _view(self, reader: FlightReader, frame: Frame) -> View:
        """Return the view of a frame; a page asks for it several times."""
        with self._lock:
            known = self._views.get(frame)
        if known is not None:
            return known
        view = rebuilt(reader.bodies(frame))
        with self._lock:
            self._views[frame] = view
            while len(self._views) > _KEPT:
                self._views.popitem(last=False)
        return view


def _words(instant: datetime) -> str:
    return f"{new_york(instant):%Y-%m-%d %H:%M:%S} ET"

"""Fixtures of the calendar's tests."""

from __future__ import annotations

import pytest

from lottogrid.calendar import Calendar
from lottogrid.calendar.sources import nyse
from lottogrid.settings import SessionSettings

# Before any test freezes time: pandas cannot be imported while `datetime` is replaced.
nyse()


@pytest.fixture
def calendar() -> Calendar:
    """A calendar with the default window."""
    return Calendar(SessionSettings())

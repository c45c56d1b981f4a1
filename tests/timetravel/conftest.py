"""What the tests of time travel share: a recorded day, of which the page and the commands tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient

from actors.past import Past
from actors.view import View
from tests.timetravel.made import RecordedDay, Witness, recorded_day
from tests.web import made
from tests.web.conftest import browser, real_time
from web.app import create_app

__all__ = ["browser", "real_time"]


@dataclass(frozen=True)
class Looked:
    """A day up to its afternoon, and what was seen in it."""

    day: RecordedDay
    witness: Witness
    now: View

    @property
    def past(self) -> Past:
        return self.day.past

    def client(self) -> FlaskClient:
        """Return a client of the page that goes on showing the last picture."""
        return create_app(lambda: self.now, made.about(self.day.settings), past=self.past).test_client()


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Looked]:
    """Return a recorded day with positions opened and closed."""
    witness = Witness()
    day = recorded_day(tmp_path_factory.mktemp("looked"), look=witness.look)
    day.run_to(200)
    yield Looked(day, witness, day.look())
    day.replay.stop()

"""What the tests of the alerts share, also with those of the page and of the commands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.alerts.webhook import Webhook
from tests.cli.conftest import call
from tests.web.conftest import midday

__all__ = ["call", "midday"]


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    """A web server on this machine."""
    pytest.importorskip("apprise", reason="needs the extra [alerts]")
    server = Webhook()
    yield server
    server.close()

"""Which client library speaks the protocol."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lottogrid.brokers.ib import client_library
from lottogrid.brokers.ib.client_library import AUTO, installed
from lottogrid.errors import BadInput, Missing

Have = Callable[..., None]


@pytest.fixture
def have(monkeypatch: pytest.MonkeyPatch) -> Have:
    """Say which libraries there are."""

    def say(*names: str) -> None:
        monkeypatch.setattr(client_library, "find_spec", lambda name: object() if name in names else None)

    return say


@pytest.mark.parametrize("name", ["ib_insync", "ib_async"])
@pytest.mark.parametrize("is_named", [False, True])
def test_the_one_that_is_there_is_taken(have: Have, name: str, is_named: bool) -> None:
    """Named, or not."""
    have(name)
    assert installed(name if is_named else AUTO) == name


@pytest.mark.parametrize("wanted", [AUTO, "ib_insync", "ib_async"])
def test_two_in_one_environment_are_refused(have: Have, wanted: str) -> None:
    """They share a package, of which each brings its own version."""
    have("ib_insync", "ib_async")
    with pytest.raises(BadInput, match="expected one of ib_insync and ib_async in an environment, found both"):
        installed(wanted)


def test_another_one_than_is_wanted_is_not_taken(have: Have) -> None:
    """The setting is a statement."""
    have("ib_insync")
    with pytest.raises(Missing, match="expected ib_async, found ib_insync"):
        installed("ib_async")


def test_none_is_missing(have: Have) -> None:
    """Whichever would do."""
    have()
    with pytest.raises(Missing, match="expected ib_insync or ib_async, found neither"):
        installed()

"""The worked numbers in the docstrings hold."""

from __future__ import annotations

import doctest
import importlib

import pytest


@pytest.mark.parametrize("name", ["black76", "greeks", "implied", "moves", "realised", "smile", "time"])
def test_worked_numbers_in_docstrings_hold(name: str) -> None:
    """Every module of the package shows at least one worked number, and all of them come out."""
    results = doctest.testmod(importlib.import_module(f"lottogrid.pricing.{name}"))

    assert results.attempted > 0
    assert results.failed == 0

"""What the writers of the tables share."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

from lottogrid.errors import BadInput

Execute = Callable[[str, tuple[Any, ...]], Any]
"""Runs one statement with its parameters and returns the cursor."""

State = TypeVar("State", bound=Enum)


def state_named(states: type[State], value: str) -> State:
    """Return the state whose value is `value`."""
    try:
        return states(value)
    except ValueError:
        known = ", ".join(state.value for state in states)
        raise BadInput(f"{states.__name__}: expected one of {known}, found {value!r}") from None


def stale(subject: str, before: str, stands: tuple[str] | None) -> BadInput:
    """Return the error for a move of what is unknown, or does not stand where the mover believes."""
    if stands is None:
        return BadInput(f"{subject}: expected one in the ledger, found none; plan or intend it first")
    return BadInput(f"{subject}: expected state {before}, found {stands[0]}; read it from the ledger and decide again")

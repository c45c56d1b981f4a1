"""Dataclasses of the account as exact JSON, and back: Decimals as text, instants with their offset."""

from __future__ import annotations

import dataclasses
import json
import types
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


def encode(value: object) -> str:
    """Return a dataclass instance as JSON."""
    return json.dumps(_plain(value), separators=(",", ":"))


def decode(kind: type[T], text: str) -> T:
    """Return the instance of the dataclass `kind` that `encode` made `text` from."""
    built: T = _build(kind, json.loads(text))
    return built


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(getattr(value, name)) for name in _fields(type(value))}
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    return value


def _build(kind: Any, plain: Any) -> Any:
    if get_origin(kind) is types.UnionType:  # only ever `X | None`
        return None if plain is None else _build(get_args(kind)[0], plain)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        # A field that is newer than the text has its default.
        return kind(**{name: _build(hint, plain[name]) for name, hint in _fields(kind).items() if name in plain})
    if issubclass(kind, Enum):
        return kind[plain]
    if issubclass(kind, date):
        return kind.fromisoformat(plain)
    return kind(plain)


@cache
def _fields(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}

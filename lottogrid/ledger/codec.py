"""Records as JSON and back, exactly: decimals as strings, times as ISO 8601 in UTC, enums by their names."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from lottogrid.clock import to_utc
from lottogrid.errors import BadInput
from lottogrid.ledger.records import (
    CommissionBooked,
    ExecutionBooked,
    FutureOrdered,
    LegMoved,
    OrderIntended,
    OrderMoved,
    PositionMoved,
    PositionPlanned,
    Record,
)

KINDS: dict[str, Any] = {kind.__name__: kind for kind in get_args(Record)}

Convert = Callable[[Any], Any]
_JSON = json.JSONEncoder(separators=(",", ":"), check_circular=False)  # records are trees


def encode(record: Record) -> tuple[str, str, str]:
    """Return kind, subject and payload (JSON) of `record`.

    Raises:
        BadInput: where a value is not of its field's type, a number is not finite or a time has no offset.
    """
    kind: Any = type(record)
    try:
        payload = _encoder(kind)(record)
    except BadInput as error:
        raise BadInput(f"record {kind.__name__}: {error}") from None
    return kind.__name__, subject_of(record), _JSON.encode(payload)


def decode(kind: str, payload: str) -> Record:
    """Return the record that was encoded; a field that is absent takes its default.

    Raises:
        BadInput: where the kind is unknown or the payload is not one of its records.
    """
    if kind not in KINDS:
        raise BadInput(f"record: expected one of {', '.join(KINDS)}, found {kind!r}; a newer lottogrid may know it")
    try:
        return cast("Record", _decoder(KINDS[kind])(json.loads(payload)))
    except (ValueError, TypeError, KeyError, AttributeError, InvalidOperation, BadInput) as error:
        raise BadInput(f"record {kind}: expected its fields, found {payload[:200]}: {error}") from error


def subject_of(record: Record) -> str:
    """Return what `record` is about: an order's ref, an execution's id, a position's id, or nothing."""
    match record:
        case OrderIntended():
            return record.intent.ref
        case OrderMoved() | FutureOrdered():
            return record.ref
        case ExecutionBooked():
            return record.execution.exec_id
        case CommissionBooked():
            return record.exec_id
        case PositionPlanned() | PositionMoved() | LegMoved():
            return record.position_id
        case _:
            return ""


@cache
def _encoder(hint: Any) -> Convert:
    inner, is_optional = _without_none(hint)
    if is_optional:
        some = _encoder(inner)
        return lambda value: None if value is None else some(value)
    if get_origin(hint) is tuple:
        each = _encoder(get_args(hint)[0])
        return lambda values: [each(value) for value in values]
    if is_dataclass(hint):
        return _dataclass_encoder(cast("type[Any]", hint))
    for kind, convert in _ENCODERS:
        if issubclass(hint, kind):
            return convert
    raise TypeError(f"no JSON form for {hint}")


def _dataclass_encoder(kind: type[Any]) -> Convert:
    hints = get_type_hints(kind)
    parts = [(field.name, _encoder(hints[field.name])) for field in fields(kind)]

    def convert(value: Any) -> dict[str, Any]:
        if not isinstance(value, kind):
            raise BadInput(f"expected a {kind.__name__}, found {value!r}")
        return {name: part(getattr(value, name)) for name, part in parts}

    return convert


@cache
def _decoder(hint: Any) -> Convert:
    inner, is_optional = _without_none(hint)
    if is_optional:
        some = _decoder(inner)
        return lambda value: None if value is None else some(value)
    if get_origin(hint) is tuple:
        each = _decoder(get_args(hint)[0])
        return lambda values: tuple(each(value) for value in values)
    if is_dataclass(hint):
        return _dataclass_decoder(cast("type[Any]", hint))
    if issubclass(hint, Enum):
        return lambda name: hint[name]
    for kind, convert in _DECODERS:
        if issubclass(hint, kind):
            return convert
    raise TypeError(f"no JSON form for {hint}")


def _dataclass_decoder(kind: type[Any]) -> Convert:
    hints = get_type_hints(kind)
    parts = {field.name: _decoder(hints[field.name]) for field in fields(kind)}
    required = {f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING}

    def convert(value: dict[str, Any]) -> Any:
        if not required <= value.keys() <= parts.keys():
            raise BadInput(f"expected the fields {', '.join(parts)}, found {', '.join(value)}")
        return kind(**{name: parts[name](found) for name, found in value.items()})

    return convert


def _without_none(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) not in {UnionType, Union}:
        return hint, False
    (inner,) = (arm for arm in get_args(hint) if arm is not type(None))
    return inner, True


def _expected(kind: type[Any]) -> Convert:
    def convert(value: Any) -> Any:
        if not isinstance(value, kind):
            raise BadInput(f"expected {kind.__name__}, found {value!r}")
        return value

    return convert


def _integer(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadInput(f"expected a whole number, found {value!r}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadInput(f"expected text, found {value!r}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadInput(f"expected text that UTF-8 can hold, found {value!r}") from None
    return value


def _decimal(value: Any) -> str:
    if not isinstance(value, Decimal) or not value.is_finite():
        raise BadInput(f"expected a finite decimal, found {value!r}")
    return str(value)


def _instant(value: Any) -> str:
    if not isinstance(value, datetime):
        raise BadInput(f"expected a time, found {value!r}")
    return to_utc(value).isoformat()


def _day(value: Any) -> str:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise BadInput(f"expected a date, found {value!r}")
    return value.isoformat()


def _enum(value: Any) -> str:
    if not isinstance(value, Enum):
        raise BadInput(f"expected a named value, found {value!r}")
    return value.name


# A datetime is a date and a bool is an int: the narrower kind comes first.
_ENCODERS: tuple[tuple[type[Any], Convert], ...] = (
    (Enum, _enum),
    (bool, _expected(bool)),
    (int, _integer),
    (str, _text),
    (Decimal, _decimal),
    (datetime, _instant),
    (date, _day),
)
_DECODERS: tuple[tuple[type[Any], Convert], ...] = (
    (bool, _expected(bool)),
    (int, _integer),
    (str, _expected(str)),
    (Decimal, lambda text: Decimal(_expected(str)(text))),
    (datetime, lambda text: to_utc(datetime.fromisoformat(text))),
    (date, date.fromisoformat),
)

"""Immutable dataclasses as JSON and back by their type hints, whole or as what changed since the one before.

A change is taken between the values themselves: what is the same object costs nothing, and only what differs is
written. Decimals are compared as they are written, since 1.0 and 1.00 are shown differently; times are kept in UTC.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from lottogrid.clock import to_utc
from lottogrid.errors import BadInput
from lottogrid.flight.series import Series, Table
from lottogrid.flight.shapes import SAME, Choice, Form, Row, Scalar

_KIND = "kind of"
"""Names the class in the whole form of one of several; no field has this name."""
_MICROSECOND = timedelta(microseconds=1)


class Fields(Form):
    """A dataclass: a JSON object of its fields; a change has only those that differ."""

    def __init__(self, kind: type[Any], without: Collection[str] = ()) -> None:
        """Take the class, and the names of fields that are left out and have a default."""
        hints = get_type_hints(kind)
        self._kind = kind
        self._forms = {each.name: form_of(hints[each.name]) for each in fields(kind) if each.name not in without}
        self._required = {
            each.name
            for each in fields(kind)
            if each.name in self._forms and each.default is MISSING and each.default_factory is MISSING
        }

    def write(self, value: Any) -> dict[str, Any]:
        """Return all fields."""
        return {name: form.write(getattr(value, name)) for name, form in self._forms.items()}

    def read(self, plain: dict[str, Any]) -> Any:
        """Return the instance; a field that is absent takes its default, one that is no more is left out.

        Raises:
            BadInput: a field is absent that has no default.
        """
        if not self._required <= plain.keys():
            absent = ", ".join(sorted(self._required - plain.keys()))
            raise BadInput(f"{self._kind.__name__}: expected {absent}, found none; another lottogrid has written it")
        return self._kind(**{name: form.read(plain[name]) for name, form in self._forms.items() if name in plain})

    def delta(self, old: Any, new: Any) -> Any:
        """Return the changes by field."""
        if old is new:
            return SAME
        changes = {
            name: change
            for name, form in self._forms.items()
            if (change := form.delta(getattr(old, name), getattr(new, name))) is not SAME
        }
        return changes or SAME

    def patch(self, old: Any, change: dict[str, Any]) -> Any:
        """Return an instance with the changed fields."""
        values = {
            name: form.patch(getattr(old, name), change[name]) if name in change else getattr(old, name)
            for name, form in self._forms.items()
        }
        return self._kind(**values)


@cache
def form_of(hint: Any) -> Form:
    """Return how values of a type are written.

    Raises:
        TypeError: it has no form.
    """
    if (origin := get_origin(hint)) is not None:
        return _composed(origin, get_args(hint))
    if is_dataclass(hint):
        return Fields(hint)  # type: ignore[arg-type]
    if issubclass(hint, Enum):
        return Scalar(lambda member: member.name, hint.__getitem__)
    for kind, form in _SCALARS:
        if issubclass(hint, kind):
            return form
    raise TypeError(f"no form for {hint}")


def _composed(origin: Any, arms: tuple[Any, ...]) -> Form:
    """Return the form of a type with parameters."""
    if origin in {UnionType, Union}:
        return _choice(arms)
    if origin is tuple:
        return Series(form_of(arms[0])) if arms[-1] is Ellipsis else Row([form_of(arm) for arm in arms])
    if issubclass(origin, Mapping):
        return Table(form_of(arms[0]), form_of(arms[1]))
    return _generic(origin, arms)


def _choice(arms: tuple[Any, ...]) -> Form:
    """Return the form of a union: of dataclasses, or of one type and None."""
    some = [arm for arm in arms if arm is not NoneType]
    if len(some) == 1 and isinstance(only := form_of(some[0]), Scalar):
        return only
    kinds = {get_origin(arm) or arm: form_of(arm) for arm in some}
    names = {kind.__name__: form for kind, form in kinds.items()}

    def write(value: Any) -> Any:
        return None if value is None else {_KIND: type(value).__name__, **kinds[type(value)].write(value)}

    def read(plain: Any) -> Any:
        return None if plain is None else names[plain[_KIND]].read(plain)

    return Choice(write, read, kinds.__getitem__)


def _generic(origin: type[Any], arms: tuple[Any, ...]) -> Form:
    """Return the form of a generic dataclass, its one parameter bound."""
    (parameter,) = origin.__parameters__
    bound = {name: arms[0] if hint is parameter else hint for name, hint in get_type_hints(origin).items()}
    forms = {each.name: form_of(bound[each.name]) for each in fields(origin)}
    return Scalar(
        lambda value: {name: form.write(getattr(value, name)) for name, form in forms.items()},
        lambda plain: origin(**{name: form.read(plain[name]) for name, form in forms.items()}),
    )


def _itself(value: Any) -> Any:
    return value


# A datetime is a date, a bool an int: the narrower kind comes first.
_SCALARS: tuple[tuple[type[Any], Form], ...] = (
    (bool, Scalar(_itself, _itself)),
    (int, Scalar(_itself, _itself)),
    (float, Scalar(_itself, _itself)),
    (str, Scalar(_itself, _itself)),
    (Decimal, Scalar(str, Decimal)),
    (datetime, Scalar(lambda instant: to_utc(instant).isoformat(), datetime.fromisoformat)),
    (date, Scalar(date.isoformat, date.fromisoformat)),
    (
        timedelta,
        Scalar(lambda span: span // _MICROSECOND, lambda microseconds: microseconds * _MICROSECOND),
    ),
)

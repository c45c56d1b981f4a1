"""The picture of the bot as JSON: what `/api/view` and `lottogrid status --json` print."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, cast, get_args

from actors.figures import figures
from actors.notifier import AlarmsView
from actors.view import View
from lottogrid.clock import new_york
from lottogrid.ledger.records import Record
from lottogrid.market.contracts import ContractSpec
from lottogrid.risk.reasons import Reason
from lottogrid.trades import Trade
from lottogrid.trades import to_json as to_trade_json

Convert = Callable[[Any], Any]

_RECORDS: dict[Any, str] = {kind: kind.__name__ for kind in get_args(Record)}


def to_json(view: View) -> dict[str, Any]:
    """Return `view` as a JSON document; null is unknown.

    Prices (points) and money (dollars) are exact decimal strings, times ISO 8601 in New York with their offset, spans
    of time seconds, states their values and reasons their codes. Lists run as in the view: the journal and the alarms
    oldest first. `figures` are the day's sums, `machines` how many lives of each machine stand in each state. The trace
    of messages is left out: it is no part of the bot's state.
    """
    document: dict[str, Any] = {
        each.name: _plain(getattr(view, each.name)) for each in fields(view) if each.name != "trace"
    }
    document["figures"] = _plain(figures(view))
    document["machines"] = {
        name: {cast("Enum", state).value: count for state, count in states.items()}
        for name, states in view.machines.items()
    }
    return document


def _plain(value: Any) -> Any:
    kind: Any = type(value)
    return _converter(kind)(value)


@cache
def _converter(kind: Any) -> Convert:
    for known, convert in _CONVERTERS:
        if issubclass(kind, known):
            return convert
    if not is_dataclass(kind):
        return lambda value: value
    names = [field.name for field in fields(kind)]
    tag = {"kind": _RECORDS[kind]} if kind in _RECORDS else {}
    return lambda value: tag | {name: _plain(getattr(value, name)) for name in names}


def _float(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _alarms(view: AlarmsView) -> list[dict[str, Any]]:
    return [
        {"at": _plain(at), "code": alarm.code.name, "severity": alarm.code.severity.value, "text": alarm.text}
        for at, alarm in view.alarms
    ]


# A datetime is a date, a reason an enum: the narrower kind comes first.
_CONVERTERS: tuple[tuple[type[Any], Convert], ...] = (
    (ContractSpec, lambda spec: spec.symbol),
    (AlarmsView, _alarms),
    (Trade, to_trade_json),
    (Reason, lambda reason: reason.name),
    (Enum, lambda member: member.value),
    (Decimal, lambda number: f"{number:f}"),
    (float, _float),
    (datetime, lambda instant: new_york(instant).isoformat()),
    (date, lambda day: day.isoformat()),
    (timedelta, lambda span: span.total_seconds()),
    (tuple, lambda values: [_plain(value) for value in values]),
    (Mapping, lambda values: [_plain(value) for value in values.values()]),
)

"""How a line of a log file reads: as text, or as one JSON document."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loguru import Record

BOUND = ("position", "leg", "orderRef", "permId")
"""What a line is about, where it says so."""
_HEAD = "{time:YYYY-MM-DD HH:mm:ss.SSS} {level: <7} {extra[market_time]} {name}"


def line_format(name: str) -> Callable[[Record], str]:
    """Return what makes loguru's template of a record, for `text` or `json`."""
    return _json if name == "json" else _text


def _text(record: Record) -> str:
    # Only names stand in the template: what is logged may hold braces.
    bound = "".join(f" {key}={{extra[{key}]}}" for key in BOUND if key in record["extra"])
    return f"{_HEAD}{bound}: {{message}}\n{{exception}}"


def _json(record: Record) -> str:
    extra = record["extra"]
    extra["json"] = json.dumps(document(record), ensure_ascii=False)
    return "{extra[json]}\n"


def document(record: Record) -> dict[str, Any]:
    """Return a record ready for JSON: times ISO 8601 with offset, `market_time` that of the bot's own clock."""
    extra, caught = record["extra"], record["exception"]
    found = {
        "time": record["time"].isoformat(),
        "market_time": extra["market_time"],
        "level": record["level"].name,
        "logger": record["name"],
        "message": record["message"],
        "thread": record["thread"].name,
    }
    found |= {key: extra[key] for key in BOUND if key in extra}
    if caught is not None:
        found["exception"] = "".join(traceback.format_exception(caught.type, caught.value, caught.traceback))
    return found

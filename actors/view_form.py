"""The picture of the bot as it is written down, and a picture made again of what was written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import InvalidOperation
from functools import cache
from typing import Any

from actors.view import View
from lottogrid.errors import BadInput
from lottogrid.flight.forms import Fields
from lottogrid.flight.shapes import SAME

_JSON = json.JSONEncoder(separators=(",", ":"), check_circular=False)


def whole(view: View) -> str:
    """Return all of `view` but the trace of messages, which is no part of the bot's state."""
    return _JSON.encode(_form().write(view))


def change(old: View, new: View) -> str | None:
    """Return what makes `new` of `old`; None where they are the same."""
    found = _form().delta(old, new)
    return None if found is SAME else _JSON.encode(found)


def rebuilt(bodies: Sequence[str]) -> View:
    """Return the view that a whole one and the changes after it, oldest first, come to.

    Raises:
        BadInput: they are not what this lottogrid would have written.
    """
    try:
        view = _form().read(json.loads(bodies[0]))
        for body in bodies[1:]:
            view = _form().patch(view, json.loads(body))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, InvalidOperation) as error:
        raise BadInput(
            f"recording: expected a picture of this lottogrid, found one that cannot be read: {error!r}; "
            "look with the version that recorded it"
        ) from error
    assert isinstance(view, View)
    return view


@cache
def _form() -> Any:
    """Return the form; made when it is first needed, as it looks at every type of the picture."""
    return Fields(View, {"trace"})

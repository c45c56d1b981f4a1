"""Whether the bot is in order: what a monitor asks."""

from __future__ import annotations

from actors.view import View
from machines.connection import ConnectionState
from machines.engine import EngineState
from web import text
from web.picture import Picture

_AT_REST = {EngineState.RUNNING, EngineState.PAUSED, EngineState.STOPPED}


def obstacles(picture: Picture) -> list[str]:
    """Return why the bot is not in order; empty where it runs or rests with the broker ready and the books agreeing."""
    view = picture.view
    return [*picture.doubts, *_engine(view), *_broker(view), *_books(view)]


def _engine(view: View) -> list[str]:
    if view.engine is None:
        return ["the engine has not reported"]
    return [] if view.engine.state in _AT_REST else [f"the engine is {text.words(view.engine.state)}"]


def _broker(view: View) -> list[str]:
    if view.broker is None:
        return ["the broker link has not reported"]
    if view.broker.state is ConnectionState.READY:
        return []
    return [f"the broker link is {text.words(view.broker.state)}: {view.broker.detail}"]


def _books(view: View) -> list[str]:
    found = view.ledger.reconciled if view.ledger else None
    if found is None:
        return ["the books have not been compared"]
    return [f"the books differ: {each}" for each in found.breaks]

"""Where the running bot has its broker, in a file: for whoever has to go past the bot."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lottogrid.brokers.ib.settings import IbSettings, Mode

NAME = "broker-address.json"


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """A broker's address."""

    connection: IbSettings
    """As the bot uses it, with the bot's client id."""
    is_inside: bool
    """The gateway lives in the bot's own process, and ends with it."""


def save(directory: Path, found: Whereabouts) -> None:
    """Write it, for the owner of the folder only."""
    connection = asdict(found.connection)
    document = {
        **connection,
        "mode": found.connection.mode.value,
        "state_file": str(found.connection.state_file),
        "is_inside": found.is_inside,
    }
    path = directory / NAME
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(document, file)
    fresh.replace(path)


def load(directory: Path) -> Whereabouts | None:
    """Return where the bot of this folder had its broker last; None where nobody has written it."""
    try:
        document: dict[str, Any] = json.loads((directory / NAME).read_text(encoding="utf-8"))
        is_inside = bool(document.pop("is_inside"))
        document["mode"] = Mode(document["mode"])
        document["state_file"] = Path(document["state_file"])
        return Whereabouts(IbSettings(**document), is_inside)
    except (OSError, ValueError, KeyError, TypeError):
        return None

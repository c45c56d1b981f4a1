"""What a recorder says of its process when it begins: all that the page shows beside the bot's own picture."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from lottogrid import __version__
from lottogrid.clock import to_utc
from lottogrid.errors import BadInput
from lottogrid.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The process that recorded."""

    settings: Settings | None
    """None where they were read and are of another version, which has others."""
    started_at: datetime
    """By the bot's clock, aware."""
    data: str
    """Where prices came from, in a word for people."""
    silence: timedelta
    """Of the bot's clock: where no frame follows for so long, nothing was recorded."""
    version: str = __version__

    def write(self) -> str:
        """Return it as JSON."""
        assert self.settings is not None
        return json.dumps(
            {
                "version": self.version,
                "started_at": to_utc(self.started_at).isoformat(),
                "data": self.data,
                "silence_seconds": self.silence.total_seconds(),
                "settings": self.settings.to_dict(),
                "origins": self.settings.origins,
            }
        )

    @classmethod
    def read(cls, text: str) -> Header:
        """Return what was written.

        Raises:
            BadInput: it is none.
        """
        try:
            found = json.loads(text)
            return cls(
                settings=_settings(found["settings"], found["origins"]),
                started_at=datetime.fromisoformat(found["started_at"]),
                data=found["data"],
                silence=timedelta(seconds=found["silence_seconds"]),
                version=found["version"],
            )
        except (ValueError, KeyError, TypeError) as error:
            raise BadInput(
                f"recording: expected what began it, found {text[:200]}: {error!r}; it is damaged"
            ) from error


def _settings(values: dict[str, Any], origins: dict[str, str]) -> Settings | None:
    try:
        return Settings.model_validate(values).with_origins(origins)
    except (ValidationError, BadInput):
        return None

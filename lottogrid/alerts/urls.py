"""Where alerts go: addresses in a file, as each of them is a password."""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from pathlib import Path

from lottogrid.errors import BadInput, Missing

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Url:
    """An address as apprise reads it; it shows its kind only."""

    secret: str = field(repr=False)

    @property
    def kind(self) -> str:
        """What may be logged of it: `tgram`, `mailtos`, `json`."""
        return self.secret.partition("://")[0]

    def __str__(self) -> str:
        return f"{self.kind}://…"


def urls_of(file: str) -> tuple[Url, ...]:
    """Return the addresses in the file that the settings name; none where they name none. Raises as `read_urls`."""
    return read_urls(Path(file)) if file else ()


def read_urls(path: Path) -> tuple[Url, ...]:
    """Return the addresses in a file, one a line; empty lines and what begins with `#` are left out.

    Raises:
        BadInput: others may read the file, or a line is no address.
        Missing: there is no such file.
    """
    try:
        mode = path.stat().st_mode
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no text"
        raise Missing(f"alerts.urls_file: expected a readable file, found {reason} at {path}; correct it") from None
    if mode & _OTHERS:
        raise BadInput(
            f"alerts.urls_file: expected a file that only its owner can read, found mode {stat.S_IMODE(mode):04o} at "
            f"{path}; run chmod 600 {path}"
        )
    found = []
    for number, line in enumerate(map(str.strip, lines), start=1):
        if not line or line.startswith("#"):
            continue
        kind, colon, rest = line.partition("://")
        if not (kind and colon and rest):
            raise BadInput(f"{path}:{number}: expected an address such as tgram://TOKEN/CHAT, found none; correct it")
        found.append(Url(line))
    return tuple(found)

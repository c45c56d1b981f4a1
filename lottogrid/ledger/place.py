"""Where the tables of a ledger are: in a file of SQLite's, or in a database on a PostgreSQL server."""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from lottogrid.errors import BadInput, Missing

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Backend:
    """A connection as the server knows it; the two together are never given out again."""

    process: int
    began: datetime


@dataclass(slots=True)
class Server:
    """A database on a PostgreSQL server."""

    url: str
    """`postgresql://USER@HOST:PORT/NAME`, with options as libpq knows them, and no password."""
    password_file: Path | None = None
    """What only its owner may read; None leaves the log-in to libpq (`PGPASSWORD`, `~/.pgpass`, a trusted user)."""
    writer: Backend | None = field(default=None, compare=False)
    """The last connection that was opened for writing through this object, whatever has become of it."""

    def __str__(self) -> str:
        return self.url

    def password(self) -> str | None:
        """Return the password; None where no file is named.

        Raises:
            BadInput: others may read the file, or it is empty.
            Missing: it cannot be read.
        """
        path = self.password_file
        if path is None:
            return None
        try:
            mode = path.stat().st_mode
            text = path.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "no text"
            raise Missing(f"password {path}: expected a file to read, found: {reason}; correct its name") from None
        if mode & _OTHERS:
            raise BadInput(
                f"password {path}: expected a file that only its owner can read, found mode {stat.S_IMODE(mode):04o}; "
                f"run chmod 600 {path}"
            )
        if not text:
            raise BadInput(f"password {path}: expected a password, found an empty file; write it there")
        return text


Place = Path | Server

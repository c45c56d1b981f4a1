"""The token that opens the controls: a secret in a file that only its owner can read."""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path

from lottogrid.errors import BadInput, Missing
from lottogrid.files import give_to_owner_of

NAME = "token"
_BYTES = 32
_OTHERS = 0o077


class TokenFile:
    """The file in the storage folder. It is read anew each time, so that a new token ends what an old one opened."""

    def __init__(self, directory: Path, *, is_handed_over: bool = False) -> None:
        """Name the file; one that systemd handed over is root's, and opened to us by rights that its mode hides."""
        self.path = directory / NAME
        self._is_handed_over = is_handed_over

    def ensure(self) -> bool:
        """Make the file where there is none; return whether it was made.

        Raises:
            BadInput: others can read it.
        """
        if self.path.exists():
            self.value()
            return False
        self.rotate()
        return True

    def rotate(self) -> str:
        """Replace the token and return the new one; every session of the old one is over."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        token = secrets.token_urlsafe(_BYTES)
        fresh = self.path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            give_to_owner_of(self.path.parent, descriptor)
            file.write(f"{token}\n")
        fresh.replace(self.path)
        return token

    def value(self) -> str:
        """Return the token.

        Raises:
            Missing: there is no file.
            BadInput: others can read the file, or it holds no token.
        """
        try:
            mode = self.path.stat().st_mode
            text = self.path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Missing(
                f"token {self.path}: expected a file to read, found {error}; `lottogrid token --new`"
            ) from None
        if mode & _OTHERS and not self._is_handed_over:
            raise BadInput(
                f"token {self.path}: expected a file for its owner only, found mode {mode & 0o777:o}; others may have "
                "read it: `lottogrid token --new`"
            )
        if len(text) < _BYTES:
            raise BadInput(
                f"token {self.path}: expected {_BYTES} characters at least, found {len(text)}; make a new one"
            )
        return text

    def is_right(self, given: str) -> bool:
        """Return whether that is the token, in a time that tells nothing of it."""
        return hmac.compare_digest(given.encode(), self.value().encode())

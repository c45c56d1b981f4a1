"""What the address of a database may be. No error repeats it: what is typed in the wrong place may be a password."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from lottogrid.errors import BadInput

_SCHEME = "postgresql"
_SECRETS = {"password", "sslpassword"}
_KEY = "storage.database"


def refuse_wrong_database(url: str) -> None:
    """Raise BadInput unless `url` is empty or `postgresql://USER@HOST[:PORT]/NAME[?OPTION=VALUE]` with no password."""
    if not url:
        return
    example = "postgresql://USER@HOST/NAME or nothing for SQLite"
    try:
        parts = urlsplit(url)
        has_port = parts.port != 0
        options = parse_qs(parts.query)
    except ValueError:
        raise BadInput(f"{_KEY}: expected {example}, found another text; correct it") from None
    if parts.scheme != _SCHEME or not has_port:
        raise BadInput(f"{_KEY}: expected {example}, found another text; correct it")
    if parts.password is not None or _SECRETS & options.keys():
        raise BadInput(
            f"{_KEY}: expected an address without a password, found one with it; put the password into a file and "
            f"name that in {_KEY}_password_file"
        )
    if not parts.path.strip("/") or not (parts.username or "user" in options):
        raise BadInput(f"{_KEY}: expected {example}, found no user or no name of a database; name both")

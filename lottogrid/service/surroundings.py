"""What of this machine a confined service would not see, and whom it may talk to."""

from __future__ import annotations

import stat
from collections.abc import Iterable
from ipaddress import ip_network
from pathlib import Path

from lottogrid.errors import BadInput

_HIDDEN = (Path("/home"), Path("/root"), Path("/run/user"), Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - looked at only
_NAMED = frozenset({"localhost", "link-local", "multicast"})
"""Addresses that systemd knows by name."""


def hidden(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return those of `paths` that lie where a service sees nothing unless it is named; none within another."""
    found = {path for path in paths if any(path.is_relative_to(place) for place in _HIDDEN)}
    return tuple(sorted(path for path in found if found.isdisjoint(path.parents)))


def refuse_closed(paths: Iterable[Path]) -> None:
    """Raise BadInput where a user without rights of its own could not come to one of `paths`."""
    for path in paths:
        for part in (path, *path.parents):
            if part in _HIDDEN:
                break  # that folder is empty for the service, and what is named in it stands open
            needed = stat.S_IXOTH if part.is_dir() else stat.S_IROTH
            if not part.stat().st_mode & needed:
                raise BadInput(
                    f"service: expected every user to be let in to {part}, found it closed; the service has a user of "
                    f"its own: chmod o+rX {part}, or install to /opt"
                )


def address(text: str) -> str:
    """Return `text` where it is an address or a network that systemd can filter by; it asks no name server."""
    if text not in _NAMED:
        try:
            ip_network(text, strict=False)
        except ValueError:
            raise BadInput(
                f"service: expected an address such as 192.0.2.7 or 192.0.2.0/24, found {text!r}; names are not "
                "looked up by the filter: give the --allow of its address, or --allow any"
            ) from None
    return text

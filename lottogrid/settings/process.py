"""Settings of the process around the trading: simulator, web page, storage, log."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from lottogrid.errors import BadInput
from lottogrid.settings.kinds import UPPER, Section


class SimulatorSettings(Section):
    """The paper broker inside the project."""

    profile: str = Field(
        default="paper", min_length=1, description="Broker profile: how orders fill, what goes wrong, how often."
    )
    seed: int = Field(default=1, ge=0, description="Seed of everything random. The same seed gives the same day.")
    speed: float = Field(
        default=60.0,
        gt=0,
        le=100_000,
        description="Simulated seconds in a real one: 1 is real time, 60 an hour a minute.",
    )


class WebSettings(Section):
    """The status page. Who reaches it can flatten the book, so it listens on this machine only."""

    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="Address the page listens on. Anything but this machine needs `allow_remote`.",
    )
    port: int = Field(default=8787, ge=0, le=65535, description="Port of the page; 0 takes any that is free.")
    enabled: bool = Field(default=True, description="Whether the page is served at all.")
    allow_remote: bool = Field(
        default=False, description="Allow a host that other machines can reach. Put a proxy with a login before it."
    )

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        if not self.allow_remote and not _is_loopback(self.host):
            raise BadInput(
                f"web.host: expected an address of this machine such as 127.0.0.1, found {self.host}; "
                "set web.allow_remote = true if other machines are to reach the page"
            )
        return self


class StorageSettings(Section):
    """Where the ledger lives."""

    directory: Path = Field(
        default=Path("var"), description="Folder of the ledger and its backups, relative to where the bot was started."
    )


class LogSettings(Section):
    """The log files."""

    level: Annotated[Literal["TRACE", "DEBUG", "INFO", "WARNING", "ERROR"], UPPER] = Field(
        default="INFO", description="Least severity that is written."
    )
    directory: str = Field(default="", description="Folder of the log files; empty is `logs` in the storage folder.")
    rotation: str = Field(
        default="10 MB", min_length=1, description="Size or age at which a new file is begun: `10 MB`, `1 day`."
    )
    retention: int = Field(default=10, ge=1, le=10_000, description="Files kept; older ones are deleted.")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False

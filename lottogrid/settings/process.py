"""Settings of the process around the trading: simulator, web page, storage, log."""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from lottogrid.errors import BadInput
from lottogrid.settings.database import refuse_wrong_database
from lottogrid.settings.kinds import LOWER, UPPER, Allowed, Section, ZoneName


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


class BrokerSettings(Section):
    """How a TWS or an IB Gateway is spoken to."""

    client_library: Annotated[Literal["auto", "ib_insync", "ib_async"], LOWER] = Field(
        default="auto",
        description="Library that speaks the protocol; `auto` takes the one that is installed. Both in one environment "
        "overwrite each other's parts.",
    )
    client_id: int = Field(
        default=7,
        ge=1,
        le=999,
        description="Number under which the bot logs in. Keep it: only the same number can cancel its orders.",
    )
    market_data_lines: int = Field(
        default=100, ge=20, le=10_000, description="Streams of quotes that the market data subscription allows."
    )
    time_zone: ZoneName = Field(
        default="America/New_York",
        description="Zone of the times in which the gateway names none, as chosen at its log-in.",
    )


_HOST_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


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
    public_name: Annotated[str, LOWER] = Field(
        default="",
        description="Name under which a proxy with TLS on this machine serves the page, as `desk.example.org`, without "
        "a port: requests for it are answered, and its log-in is sent over TLS only. Empty: there is no such proxy.",
    )

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        if not self.allow_remote and not _is_loopback(self.host):
            raise BadInput(
                f"web.host: expected an address of this machine such as 127.0.0.1, found {self.host}; "
                "set web.allow_remote = true if other machines are to reach the page"
            )
        if self.public_name and not _HOST_NAME.fullmatch(self.public_name):
            raise BadInput(
                "web.public_name: expected the name of a host such as desk.example.org, without https:// and port, "
                f"found {self.public_name}; correct it"
            )
        return self


class StorageSettings(Section):
    """Where the ledger lives."""

    directory: Path = Field(
        default=Path("var"), description="Folder of the ledger and its backups, relative to where the bot was started."
    )
    recorded_days: int = Field(
        default=14,
        ge=0,
        le=366,
        description="Days for which the page can be looked at as it was; 0 records nothing. Older moments are dropped, "
        "and the oldest before the recording holds more than 512 MB.",
    )
    database: Annotated[str, Allowed("nothing, or postgresql://USER@HOST/NAME")] = Field(
        default="",
        description="Database of the ledger: empty is the file `ledger.sqlite` in the folder, an address one on a "
        "PostgreSQL server. It bears no password: see `database_password_file`.",
    )
    database_password_file: str = Field(
        default="",
        description="File with the password of that user, which only its owner may read. Empty leaves it to "
        "`PGPASSWORD`, `~/.pgpass` or a log-in that needs none.",
    )

    @model_validator(mode="after")
    def _address(self) -> Self:
        refuse_wrong_database(self.database)
        return self


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
    format: Annotated[Literal["text", "json"], LOWER] = Field(
        default="text", description="`json` writes one JSON document a line, for programs that collect logs."
    )


class AlertSettings(Section):
    """Alerts that leave this machine. On the page, in the log and in the journal they are always."""

    urls_file: str = Field(
        default="",
        description="File with one address a line, as apprise reads it: `mailtos://…`, `tgram://…`, `json://…`. Only "
        "its owner may read it: an address is a password. Empty sends nothing.",
    )
    least_severity: Annotated[Literal["info", "warning", "critical"], LOWER] = Field(
        default="warning", description="Least severity that is sent."
    )
    repeat_minutes: int = Field(
        default=30,
        ge=1,
        le=1440,
        description="A trouble that lasts is sent again at most so often; a critical one, until it is acknowledged.",
    )
    per_hour: int = Field(
        default=20,
        ge=1,
        le=1000,
        description="Messages in an hour at most. The first of a critical trouble is sent nevertheless.",
    )
    daily_summary: bool = Field(default=True, description="Whether the end of the session is told, with its result.")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False

"""The units of systemd that run lottogrid, as text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MARK = "# Written by `lottogrid service install`; settings belong into a drop-in: systemctl edit"
"""First line of every unit, by which our own files are known."""
SERVICE, DAILY, ALERT = "lottogrid.service", "lottogrid.timer", "lottogrid-alert@.service"
BACKUP, BACKUP_DAILY = "lottogrid-backup.service", "lottogrid-backup.timer"
ENABLED = (SERVICE, DAILY, BACKUP_DAILY)
"""What is begun at boot; the others are called by these."""
_ON_FAILURE = "OnFailure=lottogrid-alert@%N.service"
"""An instance for each unit that fails: systemd tells how only to what a single unit has called."""
STOP_SECONDS = 150
"""What a stop may take: a flatten, an orderly end of every actor, and some to spare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What differs between one installation and the next."""

    command: tuple[str, ...]
    """What starts the program: an absolute path, and words after it."""
    run_options: tuple[str, ...] = ()
    """Of `lottogrid run`."""
    settings_file: Path | None = None
    """None: `settings.ini` in the state directory, else `/etc/lottogrid/settings.ini`."""
    for_user: bool = False
    """For the user's own service manager, which can confine less."""
    reads: tuple[Path, ...] = ()
    """Files and folders of the program in places that are hidden from a service: homes."""
    allowed: tuple[str, ...] = ("localhost",)
    """Addresses that it may talk to; empty for all."""
    at_broker: bool = False
    """Whether it trades the market's own day, so that there are days without one."""

    def units(self) -> dict[str, str]:
        """Return every unit file by its name."""
        return {
            SERVICE: self._service(),
            DAILY: _timer("begin each trading day", "Mon..Fri 07:25 America/New_York", SERVICE),
            ALERT: self._alert(),
            BACKUP: self._backup(),
            BACKUP_DAILY: _timer("back the ledger up each night", "17:30 America/New_York", BACKUP, catches_up=True),
        }

    def _service(self) -> str:
        due = [f"ExecCondition={self._line('service', 'due')}"] if self.at_broker else []
        return _text(
            "[Unit]",
            "Description=lottogrid: same-day strangles on Micro E-mini S&P 500 futures options",
            *([] if self.for_user else ["Wants=network-online.target", "After=network-online.target time-sync.target"]),
            "# A gateway that is restarted is back within minutes; what does not pass by itself is left to a person.",
            "StartLimitIntervalSec=30min",
            "StartLimitBurst=20",
            _ON_FAILURE,
            "",
            "[Service]",
            "Type=notify",
            "NotifyAccess=main",
            *due,
            f"ExecStart={self._line('run', *self.run_options)}",
            "# Fed only while the supervision tree shows signs of life.",
            "WatchdogSec=60",
            "WatchdogSignal=SIGABRT",
            "Restart=on-failure",
            "RestartSec=10",
            "# 2: what was given is wrong, and will be wrong the next time.",
            "RestartPreventExitStatus=2",
            "TimeoutStartSec=120",
            "# session.on_stop = flatten takes up to a minute.",
            f"TimeoutStopSec={STOP_SECONDS}",
            "KillMode=mixed",
            "SyslogIdentifier=lottogrid",
            "# The page's token, if there is a file /etc/credstore/lottogrid.token; else the bot makes one.",
            *([] if self.for_user else ["LoadCredential=token:lottogrid.token"]),
            *self._confinement(self.allowed),
            "",
            "[Install]",
            f"WantedBy={'default' if self.for_user else 'multi-user'}.target",
        )

    def _alert(self) -> str:
        return _text(
            "[Unit]",
            "Description=lottogrid: say that %i has given up",
            "",
            "[Service]",
            "Type=oneshot",
            f"ExecStart={self._line('service', 'alert')}",
            "SyslogIdentifier=lottogrid-alert",
            *self._confinement(self.allowed),
        )

    def _backup(self) -> str:
        directory = "%S/lottogrid/backups"
        return _text(
            "[Unit]",
            "Description=lottogrid: a verified copy of the ledger",
            _ON_FAILURE,
            "",
            "[Service]",
            "Type=oneshot",
            f"ExecStart={self._line('db', 'backup')} --into {directory} --keep 30",
            "SyslogIdentifier=lottogrid-backup",
            *self._confinement(()),
            *([] if self.for_user else ["PrivateNetwork=yes", "IPAddressDeny=any"]),
        )

    def _line(self, *words: str) -> str:
        settings = () if self.settings_file is None else ("--config", str(self.settings_file))
        task, *rest = words
        takes_settings = task != "service" or rest[0] in {"due", "alert"}
        return " ".join(quoted(word) for word in (*self.command, *words, *(settings if takes_settings else ())))

    def _confinement(self, allowed: tuple[str, ...]) -> list[str]:
        common = [
            "# Its files: ledger, logs, account. Everything else is closed to it.",
            "StateDirectory=lottogrid",
            "StateDirectoryMode=0700",
            "WorkingDirectory=%S/lottogrid",
            "Environment=LOTTOGRID_STORAGE__DIRECTORY=%S/lottogrid PYTHONUNBUFFERED=1",
            "# When the watchdog strikes, every thread says where it stood.",
            "Environment=PYTHONFAULTHANDLER=1",
            "UMask=0077",
            *_ANYWHERE,
        ]
        if self.for_user:
            return common
        network = ["IPAddressDeny=any", f"IPAddressAllow={' '.join(allowed)}"] if allowed else []
        reads = [f"BindReadOnlyPaths={str(path).replace('%', '%%')}" for path in self.reads]
        return [*common, *_OWNED_AGAIN, *_AS_SYSTEM, *network, *reads]


EXAMPLE = Service(command=("/opt/lottogrid/.venv/bin/lottogrid",))
"""An installation in /opt, as deploy/ shows it."""

_ANYWHERE = (
    "NoNewPrivileges=yes",
    "LockPersonality=yes",
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service",
    "SystemCallFilter=~@privileged @resources",
    "SystemCallErrorNumber=EPERM",
)
_OWNED_AGAIN = (
    "# What root has put there while the bot was away, such as a restored ledger, is the service's again.",
    "ExecStartPre=+/bin/chown --recursive --no-dereference --reference=%S/lottogrid/. %S/lottogrid/.",
)
# Without MemoryDenyWriteExecute: the diagrams are drawn by WebAssembly, which is compiled while it runs.
_AS_SYSTEM = (
    "DynamicUser=yes",
    "User=lottogrid",
    "CapabilityBoundingSet=",
    "DevicePolicy=closed",
    "KeyringMode=private",
    "PrivateDevices=yes",
    "PrivateTmp=yes",
    "PrivateUsers=yes",
    "ProcSubset=pid",
    "ProtectClock=yes",
    "ProtectControlGroups=yes",
    "ProtectHome=tmpfs",
    "ProtectHostname=yes",
    "ProtectKernelLogs=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelTunables=yes",
    "ProtectProc=invisible",
    "ProtectSystem=strict",
    "RemoveIPC=yes",
)


def quoted(word: str) -> str:
    """Return `word` as one word of a unit's command line: systemd's own signs in it mean nothing."""
    plain = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{plain}"' if not plain or any(sign in plain for sign in " \t'\"\\;#") else plain


def _timer(purpose: str, calendar: str, unit: str, *, catches_up: bool = False) -> str:
    return _text(
        "[Unit]",
        f"Description=lottogrid: {purpose}",
        "",
        "[Timer]",
        f"OnCalendar={calendar}",
        *(["Persistent=yes"] if catches_up else []),
        f"Unit={unit}",
        "",
        "[Install]",
        "WantedBy=timers.target",
    )


def _text(*lines: str) -> str:
    return "\n".join((MARK, *lines, ""))

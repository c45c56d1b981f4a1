"""The service manager from outside: where its unit files lie, and the programs that tell it about them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lottogrid.errors import BadInput, Missing
from lottogrid.service.units import ENABLED, MARK, SERVICE

_SHOWN = ("LoadState", "ActiveState", "SubState", "Result", "NRestarts", "MainPID", "StatusText")
_WAIT_SECONDS = 180
"""Longer than a stop may take."""
_READABLE = 0o644


@dataclass(frozen=True, slots=True)
class Systemd:
    """The system's service manager, or a user's own."""

    units: Path
    """Where the unit files of an administrator, or of the user, lie."""
    runtime: Path
    """A folder that is there while it runs."""
    for_user: bool = False

    @classmethod
    def of_system(cls) -> Systemd:
        """Return the manager that is process 1."""
        return cls(Path("/etc/systemd/system"), Path("/run/systemd/system"))

    @classmethod
    def of_user(cls, environ: Mapping[str, str]) -> Systemd:
        """Return the manager of the user whose environment this is."""
        home = Path(environ.get("HOME", "/"))
        configuration = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
        runtime = Path(environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")
        return cls(configuration / "systemd" / "user", runtime / "systemd", for_user=True)

    def require(self) -> None:
        """Return where it can be used; else Missing says what there is instead."""
        if shutil.which("systemctl") is None:
            raise Missing(
                "service: expected systemd, found no systemctl; start `lottogrid run` by what starts services here"
            )
        if not self.runtime.is_dir():
            whose = "the user's own systemd" if self.for_user else "systemd"
            advice = "log in anew, or leave --user out" if self.for_user else "this may be a container"
            raise Missing(
                f"service: expected {whose} to run, found no {self.runtime}; {advice}; --dry-run prints the units"
            )

    def install(self, units: Mapping[str, str]) -> None:
        """Write the unit files once they are found to be right, and let them begin at boot.

        Raises:
            BadInput: systemd finds fault with them, or a file of this name is not ours.
        """
        verify(units, for_user=self.for_user)
        self._refuse_files_of_others(units)
        self.units.mkdir(parents=True, exist_ok=True)
        for name, text in units.items():
            _replace(self.units / name, text)
        self._tell("daemon-reload")
        self._tell("enable", *ENABLED)

    def begin(self) -> None:
        """Start now what begins at boot."""
        self._tell("start", *ENABLED)

    def uninstall(self, names: Sequence[str]) -> list[Path]:
        """Stop the units, take their files away, and return these; what the service has stored is left alone."""
        found = [self.units / name for name in names if (self.units / name).exists()]
        self._refuse_files_of_others([path.name for path in found])
        # A template stands for no unit that could be stopped.
        begun = [path.name for path in found if "@." not in path.name]
        if begun:
            self._tell("disable", "--now", *begun)
        for path in found:
            path.unlink()
        if found:
            self._tell("daemon-reload")
        return found

    def status(self) -> dict[str, str]:
        """Return what the manager knows of the service, by systemd's names."""
        shown = self._tell("show", SERVICE, f"--property={','.join(_SHOWN)}")
        found = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
        return {name: found.get(name, "") for name in _SHOWN}

    def _refuse_files_of_others(self, names: Mapping[str, str] | Sequence[str]) -> None:
        for path in (self.units / name for name in names):
            if path.exists() and not path.read_text(encoding="utf-8").startswith(MARK):
                raise BadInput(f"service: expected a unit of ours at {path}, found another; move it away first")

    def _tell(self, *words: str) -> str:
        command = ["systemctl", *(["--user"] if self.for_user else []), *words]
        done = _run(command)
        if done.returncode != 0:
            raise Missing(
                f"service: expected `{' '.join(command)}` to succeed, found: {_first(done.stderr)}; see to it"
            )
        return done.stdout


def verify(units: Mapping[str, str], *, for_user: bool = False) -> None:
    """Let systemd-analyze look at unit files before they are installed; BadInput with its first complaint."""
    if shutil.which("systemd-analyze") is None:
        raise Missing("service: expected systemd-analyze, found none; install systemd")
    with tempfile.TemporaryDirectory(prefix="lottogrid-units-") as folder:
        for name, text in units.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        command = ["systemd-analyze", "verify", "--man=no", *(["--user"] if for_user else [])]
        done = _run([*command, *(f"{folder}/{name}" for name in units)])
        # It looks at the machine's own units too; what those lack is not our affair.
        complaints = [line for line in done.stderr.splitlines() if any(name in line for name in units)]
        if complaints:
            raise BadInput(f"service: expected units that systemd takes, found: {complaints[0].replace(folder, '')}")


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=_WAIT_SECONDS, check=False)  # noqa: S603 - ours
    except subprocess.TimeoutExpired as error:
        raise Missing(f"service: expected `{' '.join(command)}` within {_WAIT_SECONDS} s, found no end") from error


def _replace(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.chmod(_READABLE)
    partial.replace(path)


def _first(text: str) -> str:
    return next((line for line in text.splitlines() if line.strip()), "nothing said")

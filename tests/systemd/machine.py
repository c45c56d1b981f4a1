"""A machine that systemd boots, in namespaces of this one: its own processes, its own units, no other hardware."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from lottogrid.clock import real_seconds
from lottogrid.errors import BadInput
from lottogrid.service.surroundings import refuse_closed

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
SYSTEMD = Path("/lib/systemd/systemd")
_NEW = ("--pid", "--fork", "--mount", "--uts", "--ipc", "--cgroup", "--propagation", "private", "--kill-child")
_EMPTY = ("/tmp", "/run")
_TARGET = """\
[Unit]
Description=What the machine of the test is booted for
Requires=systemd-journald.service
Wants=multi-user.target timers.target
AllowIsolate=yes
"""


def why_not() -> str:
    """Return why no machine can be booted here; empty where it can."""
    if os.geteuid() != 0:
        return "needs root, to make namespaces and mounts"
    if any(PROJECT.is_relative_to(place) for place in _EMPTY):
        return f"has empty {', '.join(_EMPTY)}, and the project lies in one of them: {PROJECT}"
    try:
        refuse_closed([PROJECT, Path(sys.executable)])
    except BadInput as error:
        return f"would refuse to install the service: {error}"
    return _why_no_namespaces()


def _why_no_namespaces() -> str:
    missing = [name for name in ("unshare", "nsenter", "systemctl") if shutil.which(name) is None]
    if missing or not SYSTEMD.exists():
        return f"needs systemd and util-linux; absent: {', '.join(missing) or SYSTEMD}"
    command = ["unshare", *_NEW, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    if tried.returncode:
        return f"needs namespaces and mounts: {tried.stderr.strip()}"
    try:
        ControlGroup().remove()
    except OSError as error:
        return f"needs a control group of its own: {error}"
    return ""


class ControlGroup:
    """A control group below ours: two machines in one would each kill what is in the other's units of the same name."""

    def __init__(self) -> None:
        mounts = [line.split() for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()]
        places = [place for _, place, kind, *_ in mounts if kind == "cgroup2"]
        if not places:
            raise FileNotFoundError("no control groups of version 2 are mounted")
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
        ours = next(line.removeprefix("0::/") for line in lines if line.startswith("0::/"))
        self._folder = Path(tempfile.mkdtemp(prefix="lottogrid-test-", dir=Path(places[0]) / ours))

    def entered(self, command: list[str]) -> list[str]:
        """Return the command that runs `command` in this group."""
        return ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', str(self._folder), *command]

    def remove(self) -> None:
        """Remove it with what systemd made below it; what ran in it has ended, but the kernel may still be at it."""

        def is_removed() -> bool:
            try:
                for folder, _, _ in os.walk(self._folder, topdown=False):
                    Path(folder).rmdir()
            except OSError as error:
                if error.errno != errno.EBUSY:
                    raise
            return not self._folder.exists()

        wait_until(is_removed, 10, lambda: f"{self._folder} is still in use")


@dataclass
class Machine:
    """Boots, is told things, and is switched off; `folder` is its disk: units and state outlive a reboot."""

    folder: Path
    _group: ControlGroup | None = field(default=None, init=False)
    _outer: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _first: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self.units = self.folder / "units"
        self.units.mkdir(parents=True)
        (self.folder / "state").mkdir(mode=0o700)
        (self.units / "machine.target").write_text(_TARGET, encoding="utf-8")
        # What is wanted at boot, without what the machine around us would start.
        (self.units / "multi-user.target").write_text(
            "[Unit]\nDescription=The services of the test\n", encoding="utf-8"
        )

    def boot(self, within: float = 60) -> None:
        """Switch on, and wait until systemd answers."""
        self._group = ControlGroup()
        unshare = ["unshare", *_NEW, "bash", str(HERE / "boot.sh"), str(self.folder), str(PROJECT)]
        command = self._group.entered(unshare)
        with (self.folder / "console.log").open("ab") as console:
            self._outer = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True
            )
        wait_until(self._is_up, within, self.console)

    def _is_up(self) -> bool:
        assert self._outer is not None
        assert self._outer.poll() is None, self.console()
        children = Path(f"/proc/{self._outer.pid}/task/{self._outer.pid}/children").read_text(encoding="utf-8").split()
        self._first = children[0] if children else ""
        return bool(self._first) and self.tell("is-active", "-q", "machine.target", check=False).returncode == 0

    def run(self, *words: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command inside, as root."""
        inside = ["nsenter", "-t", self._first, "-a", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"]
        command = [*inside, *map(str, words)]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=200, stdin=subprocess.DEVNULL, check=False
        )
        assert done.returncode == 0 or not check, f"{words}: {done.stdout}{done.stderr}"
        return done

    def tell(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Call systemctl inside."""
        return self.run("systemctl", *words, check=check)

    def shown(self, unit: str) -> dict[str, str]:
        """Return the properties of a unit."""
        text = self.tell("show", unit).stdout
        return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)

    def journal(self, unit: str, *words: str) -> str:
        """Return what the journal has of a unit, since the machine was booted."""
        return self.run("journalctl", "--no-pager", "-u", unit, *words).stdout

    def console(self) -> str:
        """Return what was written to the console, of all boots."""
        return (self.folder / "console.log").read_text(encoding="utf-8", errors="replace")

    def switch_off(self, *, pull_the_plug: bool = False) -> None:
        """Shut down in order, or like a power cut; the machine can be booted again."""
        if self._outer is None or self._group is None:
            return
        if pull_the_plug:
            self._outer.kill()  # --kill-child takes process 1 with it, and that all others
        else:
            self.tell("poweroff", "--force", "--force", check=False)
        self._outer.wait(timeout=60)
        self._outer = None
        self._group.remove()


def wait_until(is_so: Callable[[], bool], within: float, what_is: Callable[[], str]) -> None:
    """Wait for something on the machine; after `within` real seconds the test fails with `what_is`."""
    end = real_seconds() + within
    while not is_so():
        assert real_seconds() < end, f"not within {within} s: {what_is()}"
        subprocess.run(["sleep", "0.25"], check=True)

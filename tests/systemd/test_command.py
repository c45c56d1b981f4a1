"""`lottogrid service` where there is no systemd, and where there is one in name only."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lottogrid.alerts.codes import AlertCode
from lottogrid.cli.run.alerting import Alerting
from lottogrid.cli.upkeep import service_work
from lottogrid.errors import BadInput, Missing
from lottogrid.service import systemd
from lottogrid.service.systemd import Systemd
from lottogrid.service.units import ALERT, MARK, SERVICE
from tests.cli.conftest import Call, call  # noqa: F401 - a fixture

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")


class Systemctl:
    """Stands in for the programs of systemd and writes down what it is asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.code = 0

    def __call__(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        self.asked.append(list(command))
        return subprocess.CompletedProcess(list(command), self.code, "ActiveState=active\nNRestarts=2\n", "no bus\n")


@pytest.fixture
def systemctl(monkeypatch: pytest.MonkeyPatch) -> Systemctl:
    """Replace the programs of systemd."""
    made = Systemctl()
    monkeypatch.setattr(systemd, "_run", made)
    return made


@pytest.fixture
def manager(tmp_path: Path, systemctl: Systemctl) -> Systemd:
    """A service manager that seems to run."""
    (tmp_path / "runtime").mkdir()
    return Systemd(tmp_path / "units", tmp_path / "runtime")


@needs_systemd
def test_a_dry_run_prints_the_units_and_needs_no_manager(call: Call) -> None:  # noqa: F811
    """Verified all the same."""
    found = call("service", "install", "--user", "--dry-run", "--run", "--speed 1 --seed 7")
    assert found.code == 0, found.err
    assert "# --- lottogrid.service\n" + MARK in found.out
    assert "run --speed 1 --seed 7\n" in found.out


def test_the_options_of_the_run_are_read_before_they_are_installed(call: Call) -> None:  # noqa: F811
    """Better now than at the first start."""
    assert "unrecognized arguments: --sped" in call("service", "install", "--user", "--run", "--sped 1").err
    assert "a service has its folder from systemd" in call("service", "install", "--user", "--run", "--ledger x").err
    assert "expected an address" in call("service", "install", "--user", "--allow", "gateway.example").err


@pytest.mark.parametrize(
    "words",
    [("status", "--start"), ("status", "--run", "x"), ("install", "--json"), ("due", "--user"), ("alert", "--dry-run")],
)
def test_options_of_another_task_are_refused(words: tuple[str, ...], call: Call) -> None:  # noqa: F811
    """They would change nothing."""
    found = call("service", *words)
    assert found.code == 2
    assert "where it means nothing" in found.err


def test_without_systemd_it_is_said_what_there_is_instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No program, or nobody who answers; both are a needed thing that is missing."""
    nobody = Systemd(tmp_path, tmp_path / "absent")
    monkeypatch.setattr("shutil.which", lambda _: "/bin/systemctl")
    with pytest.raises(Missing, match="this may be a container; --dry-run prints the units"):
        nobody.require()
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(Missing, match="found no systemctl"):
        nobody.require()


def test_units_are_written_and_begin_at_boot(manager: Systemd, systemctl: Systemctl) -> None:
    """Verified first; a second time they are replaced."""
    for _ in range(2):
        manager.install({SERVICE: f"{MARK}\n"})
    assert systemctl.asked[0][:2] == ["systemd-analyze", "verify"]
    assert systemctl.asked[1:3] == [
        ["systemctl", "daemon-reload"],
        ["systemctl", "enable", SERVICE, "lottogrid.timer", "lottogrid-backup.timer"],
    ]
    assert [path.name for path in manager.units.iterdir()] == [SERVICE]


def test_a_unit_of_somebody_else_is_left_alone(manager: Systemd, systemctl: Systemctl) -> None:
    """Neither written over nor taken away."""
    manager.units.mkdir()
    theirs = manager.units / SERVICE
    theirs.write_text("[Service]\n", encoding="utf-8")
    for attempt in (lambda: manager.install({SERVICE: f"{MARK}\n"}), lambda: manager.uninstall([SERVICE])):
        with pytest.raises(BadInput, match="found another"):
            attempt()
    assert theirs.read_text(encoding="utf-8") == "[Service]\n"
    assert ["systemctl", "daemon-reload"] not in systemctl.asked


def test_uninstalled_units_are_stopped_first(manager: Systemd, systemctl: Systemctl) -> None:
    """And a second time there is nothing to do."""
    manager.install({SERVICE: f"{MARK}\n"})
    systemctl.asked.clear()
    assert manager.uninstall([SERVICE, "lottogrid.timer"]) == [manager.units / SERVICE]
    assert systemctl.asked == [["systemctl", "disable", "--now", SERVICE], ["systemctl", "daemon-reload"]]
    systemctl.asked.clear()
    manager.install({ALERT: f"{MARK}\n"})
    manager.uninstall([ALERT])
    assert all(ALERT not in words for words in systemctl.asked if words[0] == "systemctl")
    assert manager.uninstall([SERVICE]) == []


def test_what_systemd_refuses_is_one_line(manager: Systemd, systemctl: Systemctl) -> None:
    """With the command that failed."""
    systemctl.code = 1
    with pytest.raises(Missing, match=r"`systemctl show lottogrid.service .*` to succeed, found: no bus; see to it"):
        manager.status()


def test_the_status_is_what_systemd_knows(manager: Systemd, systemctl: Systemctl) -> None:
    """By its own names; what it does not say is empty."""
    found = manager.status()
    assert (found["ActiveState"], found["NRestarts"], found["StatusText"]) == ("active", "2", "")


@pytest.mark.parametrize(
    ("now", "code", "said"),
    [
        (datetime(2026, 1, 5, 13, tzinfo=UTC), 0, "session today, until 16:00 ET"),
        (datetime(2026, 1, 5, 21, tzinfo=UTC), 1, "session today, over since 16:00 ET"),
        (datetime(2026, 11, 27, 17, 59, tzinfo=UTC), 0, "session today, until 13:00 ET"),
        (datetime(2026, 1, 1, 15, tzinfo=UTC), 1, "no session today"),
    ],
)
def test_a_session_is_due_until_it_is_over(
    now: datetime,
    code: int,
    said: str,
    call: Call,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Half days end early, holidays have none."""

    class Then:
        def now(self) -> datetime:
            return now

    monkeypatch.setattr(service_work, "SystemClock", Then)
    found = call("service", "due")
    assert (found.code, found.err) == (code, "")
    assert found.out.startswith(said)


def test_the_alert_names_the_unit_and_how_it_ended(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """At a priority for which the journal has filters."""
    known = {"UNIT": "lottogrid.service", "SERVICE_RESULT": "watchdog", "EXIT_CODE": "dumped", "EXIT_STATUS": "ABRT"}
    for name, value in known.items():
        monkeypatch.setenv(f"MONITOR_{name}", value)
    told: list[tuple[AlertCode, str]] = []
    monkeypatch.setattr(Alerting, "tell", lambda _, code, text, at: told.append((code, text)))
    found = call("service", "alert")
    assert found.code == 0
    how = "lottogrid.service has given up: watchdog, last dumped ABRT"
    assert found.err.startswith(f"<2>{how}; see `journalctl -u lottogrid.service`")
    assert told == [(AlertCode.SERVICE_FAILED, how)]

"""The unit files: what systemd itself thinks of them, and what they say of an installation."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from lottogrid.errors import BadInput
from lottogrid.service.surroundings import address, hidden, refuse_closed
from lottogrid.service.systemd import verify
from lottogrid.service.units import BACKUP, DAILY, ENABLED, EXAMPLE, SERVICE, Service, quoted

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
HERE = Service(command=(shutil.which("true") or "/bin/true",))
AT_BROKER = Service(
    command=HERE.command,
    run_options=("--broker", "ib", "--gateway", "192.0.2.7:4001"),
    settings_file=Path("/etc/lottogrid/settings.ini"),
    at_broker=True,
    allowed=(),
)


@needs_systemd
@pytest.mark.parametrize(
    "service", [HERE, AT_BROKER, Service(command=HERE.command, for_user=True)], ids=["paper", "broker", "user"]
)
def test_systemd_finds_no_fault_with_them(service: Service) -> None:
    """`systemd-analyze verify` has nothing to say."""
    verify(service.units(), for_user=service.for_user)


@needs_systemd
def test_a_fault_is_found_before_anything_is_installed() -> None:
    """A program that is not there, a key that systemd does not know."""
    with pytest.raises(BadInput, match="/nowhere/lottogrid"):
        verify(Service(command=("/nowhere/lottogrid",)).units())
    with pytest.raises(BadInput, match="WatchdogSecs"):
        verify({SERVICE: HERE.units()[SERVICE].replace("WatchdogSec", "WatchdogSecs")})


@needs_systemd
@pytest.mark.parametrize("service", [HERE, AT_BROKER], ids=["paper", "broker"])
def test_little_of_the_machine_is_exposed(service: Service, tmp_path: Path) -> None:
    """`systemd-analyze security` gives each service 1.5 at most, of 10: a bare one has 9.6."""
    for name, text in service.units().items():
        path = tmp_path / name.replace("@", "")
        path.write_text(text, encoding="utf-8")
        if name.endswith(".service"):
            command = ["systemd-analyze", "security", "--offline=true", "--threshold=15", str(path)]
            judged = subprocess.run(command, capture_output=True, text=True, check=False)
            assert judged.returncode == 0, judged.stdout[-200:] + judged.stderr


def test_at_a_broker_it_is_skipped_on_days_without_a_session() -> None:
    """A holiday is no failure; the simulated market has a session on any day."""
    condition = "ExecCondition=/bin/true service due --config /etc/lottogrid/settings.ini"
    assert condition in AT_BROKER.units()[SERVICE].replace("/usr/bin/true", "/bin/true")
    assert "ExecCondition" not in HERE.units()[SERVICE]


def test_it_talks_to_whom_it_is_allowed_to() -> None:
    """This machine only, unless somebody else is named; the backup talks to nobody."""
    assert "IPAddressAllow=localhost\n" in HERE.units()[SERVICE]
    assert "IPAddressDeny" not in AT_BROKER.units()[SERVICE]
    assert "PrivateNetwork=yes" in AT_BROKER.units()[BACKUP]
    assert "America/New_York" in HERE.units()[DAILY]


def test_what_begins_at_boot_can_be_installed() -> None:
    """systemctl enable needs a section that says where."""
    units = HERE.units()
    assert all(("[Install]" in text) == (name in ENABLED) for name, text in units.items())


@pytest.mark.parametrize(
    ("word", "written"),
    [("--speed", "--speed"), ("a b", '"a b"'), ("100%", "100%%"), ("$HOME", "$$HOME"), ('"', '"\\""'), ("", '""')],
)
def test_a_word_stays_one_word(word: str, written: str) -> None:
    """None of systemd's own signs means anything in an option."""
    assert quoted(word) == written


def test_hidden_places_are_opened_for_the_program_only() -> None:
    """Those within another are covered by it."""
    paths = [Path("/root/venv"), Path("/root/venv/lib"), Path("/opt/lottogrid"), Path("/homestead")]
    assert hidden(paths) == (Path("/root/venv"),)
    assert "BindReadOnlyPaths=/root/venv" in Service(command=HERE.command, reads=hidden(paths)).units()[SERVICE]


def test_a_folder_that_lets_nobody_in_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service has a user of its own; better said now than in its journal."""
    monkeypatch.setattr("lottogrid.service.surroundings._HIDDEN", (tmp_path,))
    program = tmp_path / "opt" / "lottogrid"
    program.mkdir(parents=True)
    refuse_closed([program])
    program.parent.chmod(0o700)
    with pytest.raises(BadInput, match=rf"let in to {program.parent}, found it closed"):
        refuse_closed([program])


def test_names_are_no_addresses() -> None:
    """The filter looks no names up."""
    assert [address(each) for each in ("192.0.2.7", "192.0.2.0/24", "2001:db8::1", "localhost")]
    with pytest.raises(BadInput, match="expected an address"):
        address("gateway.example")


def test_the_example_is_one_of_an_installation_in_opt() -> None:
    """It is what deploy/ shows; that it is up to date is looked at with the other generated pages."""
    assert "ExecStart=/opt/lottogrid/.venv/bin/lottogrid run\n" in EXAMPLE.units()[SERVICE]

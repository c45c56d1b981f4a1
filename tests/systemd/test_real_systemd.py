"""The service under a real systemd: what starts it, what brings it back, what gives it up."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.systemd.machine import HERE, Machine, wait_until, why_not

pytestmark = [pytest.mark.systemd, pytest.mark.timeout(300)]

SERVICE = "lottogrid.service"
DAY = "--date 2026-01-05 --speed 60 --port 0"
LOTTOGRID = (sys.executable, "-m", "lottogrid")
STATE = Path("/var/lib/lottogrid")


@pytest.fixture(scope="session")
def why_none(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Why no machine can be had: what is missing, or what became of one that was booted for trial."""
    if reason := why_not():
        return reason
    trial = Machine(tmp_path_factory.mktemp("trial") / "machine")
    try:
        trial.boot()
    except AssertionError as error:
        return f"was tried and did not come up: {error}"
    finally:
        trial.switch_off(pull_the_plug=True)
    return ""


@pytest.fixture
def machine(tmp_path: Path, why_none: str) -> Iterator[Machine]:
    """A machine that is running, with the units installed as a user would and nothing begun yet."""
    if why_none:
        pytest.skip(f"no systemd can be booted here: it {why_none}")
    made = Machine(tmp_path / "machine")
    made.boot()
    try:
        made.run(*LOTTOGRID, "service", "install", "--run", DAY)
        yield made
    finally:
        made.switch_off()


def drop_in(machine: Machine, *lines: str) -> None:
    """Change the service as its administrator would."""
    folder = machine.units / f"{SERVICE}.d"
    folder.mkdir(exist_ok=True)
    (folder / "test.conf").write_text("\n".join(("[Service]", *lines, "")), encoding="utf-8")
    machine.tell("daemon-reload")


def with_faults(machine: Machine, *lines: str) -> None:
    """Let the bot of the tests be the service, and make it quicker to restart."""
    start = f"ExecStart={sys.executable} {HERE / 'bot.py'} run {DAY}"
    drop_in(machine, "ExecStart=", start, "RestartSec=500ms", *lines)


def start(machine: Machine) -> None:
    """Begin, and wait until it says that it is up."""
    assert machine.tell("start", SERVICE, check=False).returncode == 0, story(machine)


def is_active_after(machine: Machine, restarts: int) -> bool:
    """Return whether the service is up again, after so many restarts."""
    shown = machine.shown(SERVICE)
    return (shown["ActiveState"], shown["NRestarts"]) == ("active", str(restarts))


def story(machine: Machine) -> str:
    """Return what a person would look at."""
    return machine.tell("status", SERVICE, check=False).stdout + machine.journal(SERVICE) + machine.console()


def test_it_starts_says_that_it_is_up_and_stops_in_order(machine: Machine) -> None:
    """`--start` returns when the tree is up; it runs under a user of its own, and a stop is no failure."""
    machine.run(*LOTTOGRID, "service", "install", "--run", DAY, "--start")

    shown = machine.shown(SERVICE)
    assert (shown["ActiveState"], shown["SubState"]) == ("active", "running"), story(machine)
    assert "engine" in shown["StatusText"]
    status = Path(f"/proc/{shown['MainPID']}/status")
    (users,) = (line for line in machine.run("cat", status).stdout.splitlines() if line.startswith("Uid:"))
    assert "0" not in users.split()
    assert machine.shown("lottogrid-backup.timer")["ActiveState"] == "active"
    assert json.loads(machine.run(*LOTTOGRID, "service", "status", "--json").stdout)["service"]["NRestarts"] == "0"

    machine.tell("stop", SERVICE)
    shown = machine.shown(SERVICE)
    assert (shown["ActiveState"], shown["Result"]) == ("inactive", "success"), story(machine)
    assert "Stopped at" in machine.journal(SERVICE)
    machine.run(*LOTTOGRID, "db", "check", "--ledger", STATE)


def test_its_log_is_in_the_journal_with_fields(machine: Machine) -> None:
    """A line can be looked up by where it was said, and has the priority of its severity."""
    start(machine)
    said = machine.journal(SERVICE, "LOTTOGRID_LOGGER=actors.engine", "-o", "json", "-n", "1")
    entry = json.loads(said)
    assert entry["PRIORITY"] == "6"
    assert entry["SYSLOG_IDENTIFIER"] == "lottogrid"
    assert entry["LOTTOGRID_MARKET_TIME"].startswith("2026-01-05 09:2")


def test_killed_it_is_started_again_and_goes_on(machine: Machine) -> None:
    """The day that was begun is the one that goes on."""
    with_faults(machine)
    start(machine)
    machine.tell("kill", "--kill-who=main", "--signal=KILL", SERVICE)
    wait_until(lambda: is_active_after(machine, 1), 60, lambda: story(machine))
    assert "2026-01-05 (generated, seed 1) goes on at" in machine.journal(SERVICE)


def test_frozen_it_is_bitten_by_the_watchdog_and_started_again(machine: Machine) -> None:
    """Nobody feeds the watchdog any more."""
    with_faults(machine, "WatchdogSec=10")
    start(machine)
    machine.tell("kill", "--kill-who=main", "--signal=STOP", SERVICE)
    wait_until(lambda: is_active_after(machine, 1), 90, lambda: story(machine))
    assert "Watchdog timeout (limit 10s)!" in machine.journal(SERVICE)


def test_an_actor_that_hangs_is_healed_without_a_restart(machine: Machine) -> None:
    """The tree looks after its own; the watchdog has no part in it."""
    with_faults(machine, "WatchdogSec=10")
    start(machine)
    before = machine.shown(SERVICE)["MainPID"]
    machine.tell("kill", "--kill-who=main", "--signal=USR1", SERVICE)
    wait_until(lambda: "risk hangs" in machine.journal(SERVICE), 60, lambda: story(machine))
    # Longer than the watchdog bears without being fed.
    machine.run("sleep", "15")
    shown = machine.shown(SERVICE)
    assert (shown["MainPID"], shown["NRestarts"], shown["ActiveState"]) == (before, "0", "active"), story(machine)


def test_a_root_that_hangs_is_for_the_watchdog(machine: Machine) -> None:
    """Nobody inside heals it: the watchdog is not fed, and every thread says where it stood before the new start."""
    with_faults(machine, "WatchdogSec=10")
    start(machine)
    machine.tell("kill", "--kill-who=main", "--signal=USR2", SERVICE)
    wait_until(lambda: is_active_after(machine, 1), 120, lambda: story(machine))
    said = machine.journal(SERVICE)
    assert "no sign of life of root" in said
    assert "Fatal Python error: Aborted" in said
    assert "goes on at" in said


def test_a_crash_loop_ends_and_somebody_is_told(machine: Machine) -> None:
    """After as many tries as the unit allows it is failed, and the alert has run."""
    with_faults(machine, "ExecStart=", f"ExecStart={sys.executable} -c 'raise SystemExit(1)'")
    machine.tell("start", SERVICE, check=False)
    wait_until(lambda: machine.shown(SERVICE)["ActiveState"] == "failed", 120, lambda: story(machine))
    assert machine.shown(SERVICE)["NRestarts"] == "20"

    def alert() -> str:
        return machine.journal("lottogrid-alert@lottogrid.service", "-p", "crit", "-o", "cat")

    wait_until(lambda: "lottogrid.service has given up: exit-code" in alert(), 30, lambda: story(machine) + alert())


def test_what_root_does_beside_it_does_not_lock_it_out(machine: Machine) -> None:
    """Commands of root's while it runs and while it does not, a look at the ledger, a ledger that is brought back."""
    start(machine)
    machine.run(*LOTTOGRID, "pause", "--ledger", STATE)
    owner = machine.run("stat", "-L", "-c", "%u", STATE).stdout
    assert owner != "0\n"
    assert machine.run("stat", "-c", "%u", STATE / "standing-order.json").stdout == owner

    machine.tell("stop", SERVICE)
    machine.run(*LOTTOGRID, "status", "--ledger", STATE)
    machine.run(*LOTTOGRID, "db", "backup", "--into", STATE / "backups", "--ledger", STATE)
    machine.run(
        "sh", "-c", f"cd {STATE} && rm ledger.sqlite* && {' '.join(LOTTOGRID)} db restore backups/*.sqlite --ledger ."
    )
    start(machine)
    assert "pause by" in machine.journal(SERVICE)
    machine.tell("start", "lottogrid-backup.service")


def test_what_is_given_wrong_is_not_tried_again(machine: Machine) -> None:
    """Exit code 2: it would be wrong the next time too."""
    drop_in(machine, "Environment=LOTTOGRID_RISK__MAX_DRAW=-1")
    machine.tell("start", SERVICE, check=False)
    wait_until(lambda: machine.shown(SERVICE)["ActiveState"] == "failed", 60, lambda: story(machine))
    assert machine.shown(SERVICE)["NRestarts"] == "0"
    assert "risk.max_draw: expected" in machine.journal(SERVICE)


def test_after_a_power_cut_it_is_there_again_and_goes_on(machine: Machine) -> None:
    """In the middle of a session: begun at boot by itself, with a whole ledger."""
    start(machine)
    machine.switch_off(pull_the_plug=True)
    machine.boot()
    wait_until(lambda: is_active_after(machine, 0), 60, lambda: story(machine))
    assert "2026-01-05 (generated, seed 1) goes on at" in machine.journal(SERVICE)
    machine.run(*LOTTOGRID, "db", "check", "--ledger", STATE)


def test_the_nightly_backup_is_a_whole_ledger(machine: Machine) -> None:
    """Taken beside the running bot."""
    start(machine)
    machine.tell("start", "lottogrid-backup.service")
    (copy,) = machine.run("find", f"{STATE}/backups/", "-name", "ledger-*.sqlite").stdout.split()
    machine.run(*LOTTOGRID, "db", "check", copy)
    assert is_active_after(machine, 0)


def hands_out_secrets(machine: Machine) -> bool:
    """Return whether this systemd, on this kernel, brings any secret to any service."""
    lines = ("[Service]", "Type=oneshot", "DynamicUser=yes", "SetCredential=any:thing")
    (machine.units / "secret.service").write_text("\n".join((*lines, "ExecStart=test -r %d/any", "")), encoding="utf-8")
    machine.tell("daemon-reload")
    return machine.tell("start", "secret.service", check=False).returncode == 0


def test_the_token_of_the_page_is_taken_from_where_secrets_are(machine: Machine) -> None:
    """`/etc/credstore` is root's alone; the service is handed a copy, and makes no token of its own."""
    if not hands_out_secrets(machine):
        pytest.skip("systemd hands out no credentials on this machine: an empty folder, closed to the service")
    machine.run("install", "-d", "-m", "700", "/etc/credstore")
    machine.run("sh", "-c", "umask 077; printf %040d 7 >/etc/credstore/lottogrid.token")
    start(machine)
    assert "A token for the controls" not in machine.journal(SERVICE)
    assert machine.run("test", "-e", STATE / "token", check=False).returncode == 1


def test_uninstalled_it_is_gone_and_its_ledger_is_not(machine: Machine) -> None:
    """Stopped, and no unit of ours left."""
    start(machine)
    machine.run(*LOTTOGRID, "service", "uninstall")
    assert machine.shown(SERVICE)["LoadState"] == "not-found"
    assert not list(machine.units.glob("lottogrid*.timer"))
    machine.run("test", "-f", STATE / "ledger.sqlite")

"""The work of `lottogrid service`."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from pathlib import Path

import lottogrid
from lottogrid.alerts.codes import AlertCode
from lottogrid.calendar import Calendar, TradingDay
from lottogrid.cli import options
from lottogrid.cli.output import console, facts, print_json
from lottogrid.cli.run.alerting import alerting
from lottogrid.clock import SystemClock, new_york, trading_date
from lottogrid.errors import BadInput
from lottogrid.service.surroundings import address, hidden, refuse_closed
from lottogrid.service.systemd import Systemd, verify
from lottogrid.service.units import SERVICE, Service
from lottogrid.settings import Settings, load

_PROGRAM = (Path(sys.prefix), Path(sys.base_prefix), Path(lottogrid.__file__).resolve().parents[1])
"""Folders that the program is made of."""
_SYSTEM_SETTINGS = Path("/etc/lottogrid/settings.ini")
_OURSELVES = frozenset({"localhost", "127.0.0.1", "::1"})
_CRITICAL = "<2>"
"""Marks a line on standard error as critical for the journal: sd-daemon(3)."""
_ANY = "any"


def refuse_idle_options(args: argparse.Namespace) -> None:
    """Raise BadInput for an option that would change nothing: it was meant for something else."""
    idle = {
        "--dry-run": args.dry_run and args.task not in {"install", "uninstall"},
        "--start": args.start and args.task != "install",
        "--allow": args.allow and args.task != "install",
        "--json": args.json and args.task != "status",
        "--run": args.run is not None and args.task != "install",
        "--config": args.config is not None and args.task not in {"install", "due", "alert"},
        "--user": args.user and args.task in {"due", "alert"},
    }
    for name in (name for name, found in idle.items() if found):
        raise BadInput(f"{name}: expected none with service {args.task}, where it means nothing; leave it out")


def install(args: argparse.Namespace) -> int:
    """Write, verify and enable the units, or print them."""
    made = service_of(args)
    units = made.units()
    if args.dry_run:
        verify(units, for_user=made.for_user)
        for name, text in units.items():
            print(f"# --- {name}\n{text}")
        return 0
    manager = _manager(args)
    manager.require()
    manager.install(units)
    print(f"{len(units)} units written to {manager.units}; {SERVICE} begins at boot and before each session")
    if args.start:
        manager.begin()
    return 0


def uninstall(args: argparse.Namespace) -> int:
    """Take the units away, or say which these would be."""
    manager = _manager(args)
    names = list(Service(command=("lottogrid",)).units())
    if args.dry_run:
        print("\n".join(str(manager.units / name) for name in names if (manager.units / name).exists()))
        return 0
    manager.require()
    found = manager.uninstall(names)
    print(f"{len(found)} units taken away from {manager.units}; ledger and logs are left where they are")
    return 0


def status(args: argparse.Namespace) -> int:
    """Print how the service stands; 1 where it does not run."""
    manager = _manager(args)
    manager.require()
    found = manager.status()
    if args.json:
        print_json({"service": found})
    else:
        console().print(facts(list(found.items())))
    return 0 if found["ActiveState"] == "active" else 1


def due(args: argparse.Namespace) -> int:
    """Return 0 where a session is or will be open today, 1 where the market trades none any more."""
    now = SystemClock().now()
    day = Calendar(load(args.config, os.environ, []).session).day(trading_date(now))
    if not isinstance(day, TradingDay):
        print(f"no session today: {day.detail}")
        return 1
    is_over = now >= day.closes
    print(f"session today, {'over since' if is_over else 'until'} {new_york(day.closes):%H:%M} ET")
    return int(is_over)


def alert(args: argparse.Namespace) -> int:
    """Tell the journal and whoever gets the alerts that a unit has given up; systemd names it in the environment."""
    unit, result = os.environ.get("MONITOR_UNIT", SERVICE), os.environ.get("MONITOR_SERVICE_RESULT", "unknown")
    code, status = os.environ.get("MONITOR_EXIT_CODE", ""), os.environ.get("MONITOR_EXIT_STATUS", "")
    text = f"{unit} has given up: {result}, last {code} {status}".rstrip(" ,")
    # Into the journal first: the way outside may be what is broken.
    print(f"{_CRITICAL}{text}; see `journalctl -u {unit}`, then `systemctl reset-failed {unit}`", file=sys.stderr)
    with alerting(load(args.config, os.environ, [])) as alerts:
        alerts.tell(AlertCode.SERVICE_FAILED, text, SystemClock().now())
    return 0


def service_of(args: argparse.Namespace) -> Service:
    """Return what the command line asks for, from what is installed here.

    Raises:
        BadInput: the options of the run or the settings are wrong: better now than at the first start.
        Missing: the settings file is absent.
    """
    settings_file = None if args.config is None else args.config.absolute()
    words = shlex.split(args.run or "")
    run_options = _options_of_run(words)
    at_broker = run_options.broker == "ib"
    needed = [*_PROGRAM, *([settings_file] if settings_file else [])]
    if not args.user:
        refuse_closed(needed)
    return Service(
        command=(sys.executable, "-m", "lottogrid"),
        run_options=tuple(words),
        settings_file=settings_file,
        for_user=args.user,
        reads=() if args.user else hidden(needed),
        allowed=_allowed(args.allow, run_options, settings_file),
        at_broker=at_broker,
    )


def _options_of_run(words: list[str]) -> argparse.Namespace:
    from lottogrid.cli.main import parser  # noqa: PLC0415 - a circle otherwise: main finds this command

    found = parser("run").parse_args(["run", *words])
    for name in ("config", "ledger"):
        if getattr(found, name) is not None:
            advice = "give it to install itself" if name == "config" else "a service has its folder from systemd"
            raise BadInput(f"--{name}: expected none among the options of the run; {advice}")
    return found


def _allowed(given: list[str], run_options: argparse.Namespace, settings_file: Path | None) -> tuple[str, ...]:
    """Return whom the service may talk to; nobody is left out where `any` is given."""
    if _ANY in given:
        return ()
    gateway = []
    if run_options.broker == "ib":
        named = None if run_options.gateway is None else options.address(run_options.gateway)[0]
        gateway = [named or _settings_of_service(settings_file).mode.host]
    addresses = [address(each) for each in (*gateway, *given) if each not in _OURSELVES]
    return tuple(dict.fromkeys(["localhost", *addresses]))


def _settings_of_service(path: Path | None) -> Settings:
    """Return the settings as the service will see them: nothing of this shell's environment or folder."""
    file = path or (_SYSTEM_SETTINGS if _SYSTEM_SETTINGS.is_file() else None)
    return load(file, {}, []) if file else Settings()


def _manager(args: argparse.Namespace) -> Systemd:
    return Systemd.of_user(os.environ) if args.user else Systemd.of_system()

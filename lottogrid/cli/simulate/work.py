"""The work of `lottogrid simulate`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.progress import Progress

from actors.simulation.everywhere import Walk, crash_everywhere
from actors.simulation.faults import FAULTS
from actors.simulation.invariants import DETERMINISM, INVARIANTS
from actors.simulation.options import Options
from actors.simulation.plan import draw_plan, listing
from actors.simulation.run import DayResult, Report, simulate
from actors.simulation.shrink import shrink
from actors.simulation.swarm import draw_setting
from lottogrid.calendar import Calendar
from lottogrid.cli.output import console, facts, print_json, table
from lottogrid.cli.simulate.house import SimulatedHouse
from lottogrid.errors import BadInput
from lottogrid.market.contracts import spec_of
from lottogrid.market.reader import read_bars
from lottogrid.market.sessions import Session, split


def run(args: argparse.Namespace) -> int:
    """Do what the arguments ask for, and return the exit code.

    Raises:
        BadInput: a class of faults is unknown, a setting is wrong, or the bars are not what they should be.
        Missing: the file of bars is absent.
    """
    if args.faults:
        _show_tables()
        return 0
    options = _options(args)
    if args.crash_everywhere:
        return _walk(args, options)
    out = console(error=True)
    with Progress(console=out, transient=True, disable=not out.is_terminal) as bar:
        task = bar.add_task("simulate", total=args.days)
        report = simulate(options, lambda _: bar.advance(task))
    failures = report.violations
    if args.shrink and failures:
        failures = [shrink(options, failures[0]), *failures[1:]]
    if args.json:
        print_json(document(args, report, failures))
    else:
        _show(args, report, failures)
    return 1 if report.violations else 0


def _options(args: argparse.Namespace) -> Options:
    if args.only is not None and args.days != 1:
        raise BadInput(f"--only: expected one day, found --days {args.days}; name it with --day")
    house = SimulatedHouse(tuple(args.set))
    return Options(
        house=house,
        days=args.days,
        seed=args.seed,
        first=args.day,
        profile=args.profile,
        rates=dict(args.fault),
        only=args.only,
        real=_real(args.real_bars, house),
        jobs=args.jobs,
    )


def _real(path: Path | None, house: SimulatedHouse) -> tuple[Session, ...]:
    if path is None:
        return ()
    settings = house.settings(())
    bars = read_bars(path, tick=spec_of(settings.market.instrument).underlying_tick)
    sessions, _ = split(bars, Calendar(settings.session))
    return tuple(sessions)


# --- what is printed


def command(args: argparse.Namespace, day: DayResult | None = None) -> str:
    """Return the command that plays it again: all of it, or one day with the strikes that were kept."""
    words = ["lottogrid simulate", f"--days {args.days if day is None else 1}", f"--seed {args.seed}"]
    first = args.day if day is None else day.number
    words += [f"--day {first}"] if first else []
    words += [f"--profile {args.profile}"]
    words += [f"--fault {fault}={rate:g}" for fault, rate in args.fault]
    words += [f"--set {value}" for value in args.set]
    words += [f"--real-bars {args.real_bars}"] if args.real_bars else []
    if day is not None and (args.only is not None or args.shrink):
        words.append(f"--only {','.join(str(strike.number) for strike in day.plan) or ','}")
    return " ".join(words)


def document(args: argparse.Namespace, report: Report, failures: Iterable[DayResult]) -> dict[str, Any]:
    """Return a report ready for JSON."""
    return {
        "days": len(report.days),
        "sessions": sum(day.sessions for day in report.days),
        "processes": sum(day.lives for day in report.days),
        "steps": sum(day.steps for day in report.days),
        "orders": sum(day.orders for day in report.days),
        "executions": sum(len(day.fills) for day in report.days),
        "violations": [_violation(args, day) for day in failures],
        "faults": report.faults,
        "restarts": report.restarts,
        "machines": {
            name: {"reached": reached, "rows": rows, "share": round(reached / rows, 4)}
            for name, (reached, rows) in report.coverage.shares().items()
        },
        "unreached": report.coverage.missing(),
        "cpu_seconds": round(report.cpu_seconds, 3),
        "digest": report.digest,
        "python": ".".join(map(str, sys.version_info[:3])),
        "reproduce": command(args),
    }


def _violation(args: argparse.Namespace, day: DayResult) -> dict[str, Any]:
    found = day.violation
    assert found is not None
    return {
        "day": day.number,
        "invariant": found.invariant,
        "at": found.at.isoformat(),
        "text": found.text,
        "setting": day.text,
        "plan": listing(day.plan),
        "trace": list(day.tail),
        "reproduce": command(args, day),
    }


def _show(args: argparse.Namespace, report: Report, failures: Iterable[DayResult]) -> None:
    out = console()
    if args.plan:
        for number in range(args.day, args.day + args.days):
            setting = draw_setting(report.options, number)
            out.print(f"day {number}: {setting.text}", soft_wrap=True)
            for line in listing(draw_plan(report.options, setting)):
                out.print(line, soft_wrap=True)
    for day in failures:
        _show_failure(args, day)
    rows = [
        (fault.id, fault.name, str(report.faults[fault.id]) if report.faults[fault.id] else "untested")
        for fault in FAULTS.values()
    ]
    out.print(table(("class", "fault", "struck"), rows, right=("struck",)))
    shares = ", ".join(f"{name} {reached}/{rows}" for name, (reached, rows) in report.coverage.shares().items())
    restarts = ", ".join(f"{name} {count}" for name, count in report.restarts.items()) or "none"
    steps = sum(day.steps for day in report.days)
    speed = len(report.days) / report.cpu_seconds if report.cpu_seconds else 0.0
    struck = sum(report.faults.values())
    classes = sum(count > 0 for count in report.faults.values())
    out.print(
        facts(
            (
                ("days", f"{len(report.days)}, {sum(day.sessions for day in report.days)} sessions, {steps} steps"),
                ("processes", f"{sum(day.lives for day in report.days)}"),
                ("trading", f"{sum(day.orders for day in report.days)} orders"),
                ("faults", f"{struck} in {classes} of {len(FAULTS)} classes"),
                ("restarts", restarts),
                ("machines", f"{shares} of states x triggers"),
                ("CPU", f"{report.cpu_seconds:.1f} s, {speed:.1f} days a second"),
                ("violations", f"{len(report.violations)} of {len(INVARIANTS) + 1} invariants"),
                ("digest", report.digest),
                ("again", command(args)),
            )
        )
    )


def _show_failure(args: argparse.Namespace, day: DayResult) -> None:
    out = console()
    found = day.violation
    assert found is not None
    lines = [
        f"day {day.number} breaks {found.invariant} at {found.at.isoformat()}: {found.text}",
        f"  {day.text}",
        *(f"  {line}" for line in listing(day.plan)),
        *(f"    {line}" for line in day.tail),
        f"  again: {command(args, day)}",
    ]
    for line in lines:
        out.print(line, soft_wrap=True)


def _show_tables() -> None:
    out = console()
    out.print(
        table(
            ("class", "fault", "what happens", "where it strikes"),
            [(each.id, each.name, each.sentence, each.where) for each in FAULTS.values()],
        )
    )
    rows = [(each.id, each.kind, each.claim) for each in INVARIANTS]
    out.print(table(("id", "kind", "what must hold"), sorted([*rows, DETERMINISM], key=lambda row: int(row[0][1:]))))


def _walk(args: argparse.Namespace, options: Options) -> int:
    out = console(error=True)
    with Progress(console=out, transient=True, disable=not out.is_terminal) as bar:
        task = bar.add_task("commits", total=None)
        walk = crash_everywhere(
            options, args.day, on_day=lambda boundary, commits: bar.update(task, completed=boundary, total=commits)
        )
    if args.json:
        print_json(_walk_document(args, walk))
    else:
        for boundary, day in walk.violations:
            console().print(f"killed behind commit {boundary}:")
            _show_failure(args, day)
        console().print(
            f"{walk.boundaries} commit boundaries, {walk.same} days with the same fills, "
            f"{len(walk.violations)} violations"
        )
    return 1 if walk.violations else 0


def _walk_document(args: argparse.Namespace, walk: Walk) -> dict[str, Any]:
    return {
        "boundaries": walk.boundaries,
        "same_fills": walk.same,
        "violations": [{"boundary": boundary, **_violation(args, day)} for boundary, day in walk.violations],
        "digest": walk.undisturbed.digest,
        "reproduce": f"{command(args)} --crash-everywhere",
    }

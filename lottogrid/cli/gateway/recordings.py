"""`lottogrid gateway record` and `replay`: write a session with any TWS server down, and compare the paper gateway."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lottogrid.cli import options
from lottogrid.cli.gateway import playing
from lottogrid.errors import BadInput, Missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lottogrid.gateway.comparing import Report
    from lottogrid.gateway.recording import Recording

_RECORD = (
    "Pass everything on between clients and a TWS, IB Gateway or paper gateway, and write it to FILE, with times and "
    "without loss. Point the client at --port. Ctrl-C stops. The file holds orders and balances: look before you share "
    "it. docs/gateway.md has the format."
)
_RECORD_EXAMPLES = """
lottogrid gateway record --upstream 127.0.0.1:4002 --port 4010 monday.jsonl
lottogrid gateway record --upstream 127.0.0.1:7497 --port 4010 --mask-account monday.jsonl
"""
_REPLAY = (
    "Play the client's side of a recording to a paper gateway, and compare what that says with what was recorded, kind "
    "by kind: number and type of the fields, not their values. Exit code 1 where a layout differs. Without --port it "
    "starts a gateway of its own, on the day and at the time of the recording."
)
_REPLAY_EXAMPLES = """
lottogrid gateway replay monday.jsonl
lottogrid gateway replay monday.jsonl --bars es.csv.gz --json
lottogrid gateway replay monday.jsonl --port 4002 --pace 5
"""


def add_record(subparsers: options.Subparsers) -> None:
    """Add the task to the command's parser."""
    parser = options.command(subparsers, "record", _RECORD, _RECORD_EXAMPLES)
    parser.add_argument("file", type=Path, metavar="FILE", help="what is written; it must not exist yet")
    parser.add_argument(
        "--upstream",
        type=_address,
        required=True,
        metavar="HOST:PORT",
        help="the server that clients are passed on to; a TWS on paper has port 7497",
    )
    parser.add_argument(
        "--port", type=playing.port, default=4010, metavar="N", help="for clients, 4010 by default; 0: any free"
    )
    parser.add_argument(
        "--mask-account", action="store_true", help="write made-up account numbers; nothing else is hidden"
    )
    parser.set_defaults(func=record)


def add_replay(subparsers: options.Subparsers) -> None:
    """Add the task to the command's parser."""
    parser = options.command(subparsers, "replay", _REPLAY, _REPLAY_EXAMPLES)
    parser.add_argument("file", type=Path, metavar="FILE", help="a recording")
    parser.add_argument(
        "--port", type=playing.port, default=None, metavar="N", help="of a gateway that runs already, on this machine"
    )
    parser.add_argument(
        "--pace", type=_pace, default=1.0, metavar="X", help="recorded seconds in a real one, 1 by default"
    )
    playing.add_day(parser)
    options.add_settings(parser)
    options.add_json(parser)
    parser.set_defaults(func=replay)


def record(args: argparse.Namespace) -> int:
    """Record until a signal; 1 where the server could not be reached."""
    from lottogrid.clock import SystemClock  # noqa: PLC0415 - slow, and --help needs none of it
    from lottogrid.gateway.recording import Mask, Writer  # noqa: PLC0415
    from lottogrid.gateway.relay import Relay  # noqa: PLC0415

    host, number = args.upstream
    try:
        file = args.file.open("x", encoding="utf-8")
    except FileExistsError as error:
        raise BadInput(f"{args.file}: expected no file yet, found one; give another name") from error
    except OSError as error:
        raise Missing(f"{args.file}: expected to write there, found {error.strerror}; give another name") from error
    with file, playing.asked_to_stop() as asked:
        writer = Writer(file, SystemClock().now(), Mask() if args.mask_account else None)
        with Relay((host, number), writer.write, port=args.port) as relay:
            playing.say(f"Clients on port {relay.port}, passed on to {host}:{number}, written to {args.file}.")
            while not asked.wait(playing.LOOK_EVERY):
                pass
    for why in relay.refused[:1]:
        playing.say(f"{host}:{number}: {len(relay.refused)} clients were turned away: {why}; is the server there?")
    return 1 if relay.refused else 0


def replay(args: argparse.Namespace) -> int:
    """Replay and print the comparison; 1 where a layout differs."""
    from lottogrid.cli.output import print_json  # noqa: PLC0415
    from lottogrid.gateway.recording import read  # noqa: PLC0415
    from lottogrid.gateway.replaying import replay as played  # noqa: PLC0415

    recording = read(args.file)
    if args.port is not None:
        report = played(recording, "127.0.0.1", args.port, pace=args.pace)
    else:
        report = _on_own_gateway(args, recording)
    if args.json:
        print_json(_document(report))
    else:
        _print(report)
    return 0 if report.is_same else 1


def _on_own_gateway(args: argparse.Namespace, recording: Recording) -> Report:
    from lottogrid.cli.run.paperday import Account, Asked, choose  # noqa: PLC0415
    from lottogrid.clock import trading_date  # noqa: PLC0415
    from lottogrid.exchange.store import Forgetful  # noqa: PLC0415
    from lottogrid.gateway.replaying import began_at  # noqa: PLC0415
    from lottogrid.gateway.replaying import replay as played  # noqa: PLC0415
    from lottogrid.gateway.server import Server  # noqa: PLC0415
    from lottogrid.gateway.session import HIGHEST_VERSION  # noqa: PLC0415

    began = began_at(recording)
    as_of = args.as_of or (began if args.date is None else None)
    settings = playing.settings_of(args, *([] if args.speed is not None else ["simulator.speed=1"]))
    asked = Asked(bars=args.bars, on=args.date or trading_date(as_of or began), as_of=as_of)
    day = choose(asked, settings, Account(), today=trading_date(began), recorded=None)
    hub, clock = playing.hub_of(settings, day, Forgetful(), version_max=HIGHEST_VERSION, steps=[])
    with Server(hub, clock, port=0) as server:
        report = played(recording, "127.0.0.1", server.port, pace=args.pace)
    if server.error is not None:
        raise server.error
    return report


def _document(report: Report) -> dict[str, Any]:
    return {
        "same": report.is_same,
        "versions": list(report.versions),
        "kinds": [
            {
                "name": kind.name,
                "recorded": kind.recorded,
                "replayed": kind.replayed,
                "differences": list(kind.differences),
                "notes": list(kind.notes),
            }
            for kind in report.kinds
        ],
    }


def _print(report: Report) -> None:
    from lottogrid.cli.output import console, table  # noqa: PLC0415

    columns = ("message", "recorded", "replayed", "")
    console().print(table(columns, _rows(report), right=("recorded", "replayed")))
    for text in report.versions:
        console().print(f"version: {text}; record with a client that speaks no more than the gateway does")
    differing = sum(bool(kind.differences) for kind in report.kinds)
    console().print("No layout differs." if report.is_same else f"Layouts of {differing} kinds of messages differ.")


def _rows(report: Report) -> Iterator[tuple[str, str, str, str]]:
    for kind in report.kinds:
        said = [*(f"DIFFERS: {text}" for text in kind.differences), *kind.notes] or ["same"]
        yield kind.name, str(kind.recorded), str(kind.replayed), said[0]
        yield from (("", "", "", text) for text in said[1:])


def _address(text: str) -> tuple[str, int]:
    host, colon, number = text.rpartition(":")
    if not colon or not host:
        raise argparse.ArgumentTypeError(f"expected HOST:PORT, found {text!r}")
    return host.strip("[]"), playing.port(number)


def _pace(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found <= 1000:  # noqa: PLR2004 - as fast as it goes
        raise argparse.ArgumentTypeError(f"expected a number above 0 and up to 1000, found {text!r}")
    return found

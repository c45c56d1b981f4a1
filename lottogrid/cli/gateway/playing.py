"""What serving, recording and replaying have in common: the day and its options, the gateway, and how it all ends."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from lottogrid.cli import options

if TYPE_CHECKING:
    from lottogrid.cli.run.paperday import PaperDay
    from lottogrid.clock import Clock
    from lottogrid.exchange.store import Keeper
    from lottogrid.gateway.hub import Hub
    from lottogrid.gateway.script import Step
    from lottogrid.settings import Settings

LOOK_EVERY = 0.5
"""Real seconds between two looks at whether it is to stop."""


def add_day(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which day is played, from when, and how fast."""
    options.add_played_day(parser, date="trading day to play, YYYY-MM-DD; by default the unfinished or the last")


def port(text: str) -> int:
    """Return the port that an option names."""
    if not (text.isascii() and text.isdigit()) or int(text) > 65535:  # noqa: PLR2004 - the highest port there is
        raise argparse.ArgumentTypeError(f"expected a port from 0 to 65535, found {text!r}")
    return int(text)


def settings_of(args: argparse.Namespace, *more: str) -> Settings:
    """Return the settings with what the options of `add_day` say."""
    values = {"simulator.seed": args.seed, "simulator.speed": args.speed}
    return options.settings_of(args, *more, *(f"{name}={value}" for name, value in values.items() if value is not None))


def hub_of(
    settings: Settings, day: PaperDay, keeper: Keeper, *, version_max: int, steps: list[Step]
) -> tuple[Hub, Clock]:
    """Return a gateway that plays `day`, and the clock that it lives on, which runs from now on."""
    from lottogrid.calendar import Calendar  # noqa: PLC0415
    from lottogrid.cli.wiring import exchange_of  # noqa: PLC0415
    from lottogrid.clock import ScaledClock  # noqa: PLC0415
    from lottogrid.gateway.hub import GatewayRules, Hub  # noqa: PLC0415

    clock = ScaledClock(day.session.day.closes if day.is_over else day.starts_at, settings.simulator.speed)
    hub = Hub(
        exchange_of(settings, keeper),
        day.session,
        Calendar(settings.session),
        clock.now,
        rules=GatewayRules(start_cash_usd=settings.risk.start_cash, version_max=version_max),
        keeper=keeper,
        steps=steps,
        seed=settings.simulator.seed,
    )
    return hub, clock


@contextmanager
def asked_to_stop() -> Iterator[threading.Event]:
    """Yield what Ctrl-C and SIGTERM set."""
    asked = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, lambda *_: asked.set())
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def say(text: str) -> None:
    """Print a line for the operator on standard error."""
    from lottogrid.cli.output import console  # noqa: PLC0415

    # Whoever read the terminal may have left; clients are served all the same.
    with suppress(OSError):
        console(error=True).print(text, soft_wrap=True)

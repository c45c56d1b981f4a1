"""`lottogrid pause`."""

from __future__ import annotations

from lottogrid.cli.controls.command import adder
from lottogrid.control.commands import Command

add_parser = adder(Command.PAUSE)

"""F14 to F22, F25, F31, F32: what can happen on the line to the broker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from actors import messages as m
from actors.simulation.faults.base import Fault, lasting
from actors.venue import DropLink

if TYPE_CHECKING:
    from actors.simulation.plan import Strike
    from actors.simulation.world import World

SOON = timedelta(seconds=5)
"""Before the flatten time the link goes, where it is to be down over it."""
_AFTER_THE_NEWS = timedelta(milliseconds=1)
ACROSS_FLATTEN = 3
"""The variant of a disconnect that lasts over the flatten time."""


def disconnect(world: World, strike: Strike) -> None:
    """Break the link; it cannot be opened again for a while."""
    if strike.variant == ACROSS_FLATTEN and world.now() < world.session.day.flatten - SOON:
        world.cut_across_flatten(timedelta(seconds=40 + strike.size))
        return
    break_link(world, "F14", timedelta(seconds=strike.size if strike.variant else 0))


def break_link(world: World, fault: str, lasts: timedelta) -> None:
    """Drop the link, and let nothing through for so long."""
    if world.line.connected_at is None:
        return
    world.struck(fault)
    world.outside.send(m.VENUE, DropLink("cut by plan"))
    if lasts:
        world.later(_AFTER_THE_NEWS, lambda: cut(world, fault, lasts))


def cut(world: World, fault: str, lasts: timedelta) -> None:
    """Let nothing through either way; nobody is told."""
    world.line.cut_by = fault
    world.line.cut_until = world.now() + lasts


def half_open(world: World, strike: Strike) -> None:
    """Let the line fall silent with the link up."""
    cut(world, "F15", timedelta(seconds=strike.size))


def storm(world: World, strike: Strike) -> None:
    """Break the link again and again."""
    for number in range(3 + strike.variant):
        world.later(timedelta(seconds=number * strike.size), lambda: break_link(world, "F16", timedelta(0)))


def in_force(fault: str) -> Callable[[World, Strike], None]:
    """Return a strike that lets a habit of the line be in force."""

    def strike_line(world: World, strike: Strike) -> None:
        world.line.habits[fault] = world.now() + timedelta(seconds=strike.size)

    return strike_line


def lose_requests(world: World, strike: Strike) -> None:
    """Lose the next requests."""
    world.line.lose_requests = 1 + strike.variant


def refuse_orders(world: World, strike: Strike) -> None:
    """Let the port refuse the next orders: too many messages."""
    world.line.refuse_orders = 1 + strike.variant


def late(world: World, strike: Strike) -> None:
    """Delay what passes: requests stay in order, events do not."""
    if strike.variant:
        world.line.clog(timedelta(seconds=strike.size / 4))
    world.line.habits["F17"] = world.now() + timedelta(seconds=strike.size)


FAULTS = (
    Fault(
        id="F14",
        name="disconnect",
        sentence="the link breaks: for an instant, for a minute, over the flatten time",
        where="the venue's link and the line",
        strike=disconnect,
        draw=lambda chance: ("", round(chance.uniform(1, 60), 3), chance.choices((0, 1, 3), (5, 4, 1))[0]),
        rough=0.5,
        hell=0.5,
    ),
    Fault(
        id="F15",
        name="half open",
        sentence="the link is up and nothing comes",
        where="the line",
        strike=half_open,
        draw=lasting(2, 60),
        rough=0.1,
        hell=0.25,
    ),
    Fault(
        id="F16",
        name="reconnect storm",
        sentence="the link breaks as soon as it is back",
        where="the venue's link",
        strike=storm,
        draw=lasting(0.3, 5, variants=5),
        rough=0.05,
        hell=0.15,
    ),
    Fault(
        id="F17",
        name="late",
        sentence="what passes comes late",
        where="the line",
        strike=late,
        draw=lasting(5, 60, variants=2),
        rough=0.2,
        hell=0.25,
    ),
    Fault(
        id="F18",
        name="reordered",
        sentence="what the broker says of orders overtakes itself",
        where="the line",
        strike=in_force("F18"),
        draw=lasting(60, 500),
        rough=0.2,
        hell=0.25,
    ),
    Fault(
        id="F19",
        name="duplicated callbacks",
        sentence="statuses, fills and commissions come twice",
        where="the line",
        strike=in_force("F19"),
        draw=lasting(20, 300),
        rough=0.3,
        hell=0.3,
    ),
    Fault(
        id="F20",
        name="lost request",
        sentence="orders, cancels and questions do not arrive",
        where="the line",
        strike=lose_requests,
        draw=lasting(0, 0, variants=4),
        rough=0.1,
        hell=0.25,
    ),
    Fault(
        id="F21",
        name="lost reply",
        sentence="answers do not arrive: the outcome of an order is unknown",
        where="the line",
        strike=in_force("F21"),
        draw=lasting(60, 400),
        rough=0.1,
        hell=0.25,
    ),
    Fault(
        id="F22",
        name="pacing refusal",
        sentence="the port refuses orders: too many messages",
        where="the port",
        strike=refuse_orders,
        draw=lasting(0, 0, variants=4),
        rough=0.1,
        hell=0.2,
    ),
    Fault(
        id="F25",
        name="fill before the acknowledgement",
        sentence="the acknowledgement comes behind the fill",
        where="the line",
        strike=in_force("F25"),
        draw=lasting(100, 600),
        rough=0.1,
        hell=0.25,
    ),
    Fault(
        id="F31",
        name="stale snapshot",
        sentence="a snapshot tells of up to four seconds before what it says, and an order leaves meanwhile",
        where="the line",
        strike=in_force("F31"),
        draw=lasting(60, 400),
        rough=0.1,
        hell=0.3,
    ),
    Fault(
        id="F32",
        name="commission after the fill",
        sentence="commissions come a minute late",
        where="the line",
        strike=in_force("F32"),
        draw=lasting(60, 300),
        rough=0.2,
        hell=0.25,
    ),
)

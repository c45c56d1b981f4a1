"""What goes wrong with the market data."""

from __future__ import annotations

from tests.scenarios.scenario import Scenario, at

DATA = (
    Scenario(
        name="quotes-stand-still",
        why="the lines show old prices: orders rest at prices that were, and nothing else goes wrong",
        steps=(at("12:38:30", "quotes", show="stale"), at("12:44:30", "quotes", show="true")),
        connects=1,
    ),
    Scenario(
        name="quotes-that-cannot-be",
        why="nothing is decided on quotes without a bid, without anything, crossed, or not a number",
        steps=(
            at("12:38:30", "quotes", show="one-sided"),
            at("12:40:30", "quotes", show="empty"),
            at("12:42:30", "quotes", show="crossed"),
            at("12:44:30", "quotes", show="nan"),
            at("12:46:30", "quotes", show="true"),
        ),
        quiet=("12:39:30", "12:46:00"),
        connects=1,
    ),
    Scenario(
        name="no-greeks",
        why="prices come without greeks: the bot has its own",
        steps=(at("12:00:00", "hide-greeks"),),
        connects=1,
        entries=2,
    ),
    Scenario(
        name="farm-blip",
        why="after 2104 the old lines stay silent though the socket lives: they are opened anew, the socket is kept",
        steps=(at("12:38:30", "break-farm"), at("12:41:30", "mend-farm")),
        connects=1,
    ),
    Scenario(
        name="farm-flaps",
        why="the data farm flaps for minutes: the order channel is kept",
        steps=tuple(
            one
            for minute in (37, 41, 45)
            for one in (at(f"12:{minute}:10", "break-farm"), at(f"12:{minute}:50", "mend-farm"))
        ),
        connects=1,
    ),
    Scenario(
        name="quiet-market",
        why="no tick for minutes is no fault: the connection is kept",
        steps=(at("12:38:30", "silence"), at("12:42:00", "silence", on=False)),
        connects=1,
    ),
    Scenario(
        name="dead-lines",
        why="every line dies without a code: the silence is noticed and the lines are opened anew",
        steps=(at("12:37:30", "kill-lines"),),
        connects=1,
        entries=2,
    ),
    Scenario(
        name="event-contracts",
        least_connects=2,
        why="queries find event contracts too, and a date has two classes",
        steps=(at("12:00:00", "add-listings"), at("12:40:10", "drop")),
        entries=2,
    ),
    Scenario(
        name="delayed-data",
        why="delayed quotes trade nothing",
        steps=(at("12:00:00", "delay-data"),),
        quiet=("12:35:00", "13:00:00"),
        entries=0,
    ),
    Scenario(
        name="competing-session",
        why="another login has the market data: what is not live is not traded on; then lines are opened anew",
        steps=(at("12:38:30", "compete"), at("12:44:30", "compete", on=False)),
        quiet=("12:39:30", "12:44:00"),
    ),
    Scenario(
        name="few-lines",
        why="the account allows fewer lines than are wanted",
        steps=(at("12:00:00", "limit-lines", count=5),),
        entries=1,
    ),
)

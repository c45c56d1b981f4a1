"""What goes wrong between the bot and its broker: one row a scenario, one line of why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Steps = tuple[dict[str, Any], ...]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A row. Times are New York's on a day from 12:35 to 13:00 with its flatten time at 12:53."""

    name: str
    why: str
    steps: Steps
    settings: tuple[str, ...] = ()
    rules: dict[str, Any] = field(default_factory=dict)
    """Of the gateway."""
    quiet: tuple[str, str] | None = None
    """Between these times nothing may be decided: the bot cannot be sure."""
    connects: int | None = None
    """How often the bot connects, where that matters."""
    person: str = ""
    """What the one halt says, where a person must look; empty where nothing halts."""
    alarm: str = ""
    """What an alarm says, where a person should know and nothing halts."""
    entries: int = 1
    """Strangles bought at least."""
    is_flat: bool = True
    has_equal_cash: bool = True


def at(time: str, action: str, **arguments: Any) -> dict[str, Any]:
    """Return a step at a time of day."""
    return {"at": time, "do": action, **arguments}


def on(occasion: str, action: str, *, skip: int = 0, after: float = 0, **arguments: Any) -> dict[str, Any]:
    """Return a step on an occasion."""
    return {"on": occasion, "skip": skip, "after": after, "do": action, **arguments}


SCENARIOS = (
    Scenario(
        name="nothing",
        why="the day itself: one connection, several strangles",
        steps=(),
        connects=1,
        entries=2,
    ),
    Scenario(
        name="restart-with-lost-orders",
        why="orders written into the dying socket vanish and old numbers are free again: nothing is sent twice",
        steps=(
            at("12:38:30", "lose", request="placeOrder", count=2),
            on("order", "roll-back-ids", skip=3, by=40),
            at("12:40:10", "drop"),
        ),
    ),
    Scenario(
        name="outage-data-kept",
        why="fills in a 1100 window are never told: only the executions show them",
        steps=(at("12:40:30", "lose-broker"), at("12:44:10", "find-broker")),
        quiet=("12:41:30", "12:43:50"),
    ),
    Scenario(
        name="outage-data-lost",
        why="after 1101 every line is dead: they are opened anew",
        steps=(at("12:40:30", "lose-broker"), at("12:44:10", "find-broker", data="lost")),
        quiet=("12:41:30", "12:43:50"),
        entries=2,
    ),
    Scenario(
        name="outage-over-an-entry",
        why="the broker is lost the moment an order arrives: it works on, and what it does is not told",
        steps=(on("order", "lose-broker", skip=2), on("order", "find-broker", skip=2, after=200)),
    ),
    Scenario(
        name="unknown-codes-on-living-orders",
        why="a code about an order never ends it",
        steps=(
            on("order", "notice-order", code=10349, text="TIF was set to DAY based on order preset"),
            on("order", "notice-order", skip=2, code=99999, text="nobody knows this code"),
            on("order", "notice-order", skip=4, code=161, text="Cancel attempted when order is not cancellable"),
        ),
        connects=1,
    ),
    Scenario(
        name="refused-in-every-way",
        why="a new order is refused: as Inactive, as Cancelled, or by a code alone",
        steps=(
            at("12:35:30", "refuse-order", code=201, how="inactive"),
            at("12:38:30", "refuse-order", code=201, how="cancelled"),
            at("12:41:30", "refuse-order", code=103, text="Duplicate order id", how="error"),
            at("12:45:30", "refuse-order", code=110, text="The price does not conform", how="error"),
        ),
        alarm="rejected",
        connects=1,
    ),
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
    *(
        Scenario(
            name=f"unanswered-{first}-{second}",
            why="a question of the comparison is not answered: the link ends and comes back",
            steps=(
                at("12:37:50", "lose", request=first),
                at("12:38:00", "drop"),
                at("12:45:50", "lose", request=second),
                at("12:46:00", "drop"),
            ),
        )
        for first, second in (("reqPositions", "reqCompletedOrders"), ("reqExecutions", "reqAllOpenOrders"))
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
        name="too-many-messages",
        why="100, then the socket closes without a word",
        steps=(at("12:40:30", "notice", code=100, text="Max rate of messages exceeded"), at("12:40:40", "drop")),
    ),
    Scenario(
        name="half-open",
        why="the gateway neither reads nor writes, TCP stays up: the heartbeat notices",
        steps=(at("12:38:30", "freeze", seconds=600),),
        settings=("session.market_open=12:30",),
    ),
    Scenario(
        name="hung-gateway",
        why="TCP connects and the handshake is never answered",
        steps=(at("12:36:30", "freeze", seconds=900), at("12:36:31", "drop")),
        settings=("session.market_open=12:25",),
    ),
    Scenario(
        name="cancel-answered-with-10147",
        why="a cancellation is answered with a code alone: the waiting ends, the books are compared",
        steps=tuple(at(time, "answer-cancel") for time in ("12:39:00", "12:52:50")),
    ),
    Scenario(
        name="fill-after-cancel",
        why="a cancellation is told before it has reached the exchange, and a fill comes between",
        steps=(at("12:39:00", "cancel-late", seconds=40), at("12:52:50", "cancel-late", seconds=5)),
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
        name="answers-without-references",
        why="after a reconnect orders and fills are told without our reference: the other keys find them",
        steps=(at("12:40:00", "hide-refs"), at("12:40:05", "drop"), at("12:46:00", "hide-refs", on=False)),
    ),
    Scenario(
        name="fills-that-nothing-tells",
        why="fills of an outage are not among the executions either: the holding is a break, a person must look",
        steps=(
            on("order", "lose-broker", skip=1),
            on("order", "hide-executions", skip=1),
            on("order", "find-broker", skip=1, after=120),
            at("12:50:00", "hide-executions", on=False),
        ),
        person="holding",
    ),
    Scenario(
        name="client-id-busy",
        why="after a crash the gateway holds the client id: wait, and come back with the same",
        steps=(at("12:40:00", "take-id", client=7), at("12:40:05", "drop"), at("12:44:00", "free-id", client=7)),
        quiet=("12:40:30", "12:43:50"),
    ),
    Scenario(
        name="dropped-before-a-word",
        why="an order is taken and the socket dies before its client hears of it: found by its reference",
        steps=(at("12:38:30", "swallow", count=2), on("order", "drop", skip=3)),
    ),
    Scenario(
        name="swallowed",
        why="an order is taken and never answered while the connection lives: unknown, then found",
        steps=(at("12:38:30", "swallow", count=1),),
    ),
    Scenario(
        name="shuffled",
        why="news of orders come late, in any order, some twice",
        steps=(at("12:36:30", "shuffle"),),
        entries=2,
    ),
    Scenario(
        name="without-statuses",
        why="no orderStatus is pushed: the executions say what happened",
        steps=(at("12:38:30", "omit-status"), at("12:47:00", "omit-status", on=False)),
    ),
    Scenario(
        name="rough-exchange",
        why="slow answers, refusals, fills in pieces",
        steps=(),
        settings=("simulator.profile=rough", "strategy.quantity=5", "strategy.max_premium_per_strangle=2000"),
        connects=1,
    ),
    Scenario(
        name="rough-exchange-shuffled-and-dropped",
        why="fills in pieces, told in any order, over breaks of the link",
        steps=(at("12:36:30", "shuffle"), *(at(f"12:{minute}:03", "drop") for minute in (39, 43, 47))),
        settings=("simulator.profile=rough", "strategy.quantity=5", "strategy.max_premium_per_strangle=2000"),
    ),
    Scenario(
        name="late-correction",
        why="an execution is corrected: a new number under the same stem replaces the price",
        steps=(on("fill", "correct", skip=2, after=30, by="0.05"),),
    ),
    Scenario(
        name="event-contracts",
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
        why="another login takes the market data: what is not live is not traded on, and the lines are opened anew",
        steps=(at("12:38:30", "compete"),),
    ),
    Scenario(
        name="few-lines",
        why="the account allows fewer lines than are wanted",
        steps=(at("12:00:00", "limit-lines", count=5),),
        entries=1,
    ),
    Scenario(
        name="trading-halt",
        why="new orders are refused during a halt",
        steps=(at("12:38:30", "halt"), at("12:44:30", "halt", on=False)),
        quiet=("12:39:30", "12:44:00"),
    ),
    Scenario(
        name="manual-order",
        why="somebody buys by hand what the bot never bought: it is a break, and ours is sold all the same",
        steps=(at("12:41:30", "manual-order", right="C", strike=6300, quantity=1), at("12:42:00", "drop")),
        person="holding",
    ),
    Scenario(
        name="no-margin",
        why="the broker refuses for want of money what our book could pay",
        steps=tuple(
            at(f"12:{minute}:30", "refuse-order", text="The account has insufficient margin")
            for minute in (35, 38, 41, 44)
        ),
        alarm="insufficient margin",
    ),
    Scenario(
        name="pacing-limit",
        why="the gateway allows far fewer messages than agreed: the bot slows down, and the day goes on",
        steps=(),
        rules={"messages_per_second": 22},
        entries=0,
    ),
    Scenario(
        name="link-lost-over-the-flatten-time",
        why="the link breaks again and again around the flatten time: the rest is sold, or settles",
        steps=tuple(at(f"12:{minute}:{second:02}", "drop") for minute in (52, 53, 54) for second in (5, 35)),
    ),
    Scenario(
        name="halt-to-the-close",
        why="nothing can be sold any more: the options settle, and what is in the money becomes a future",
        steps=(at("12:50:30", "halt"),),
        settings=(
            "simulator.seed=37",
            "strategy.implied_move_multiplier_1=0.3",
            "strategy.profit_target_multiplier=50",
        ),
        alarm="in the money",
    ),
    Scenario(
        name="fixing-near-the-strike",
        why="the close is so near a strike that nobody can tell what the option was worth: a person must look",
        steps=(at("12:50:30", "halt"), at("13:00:30", "drop")),
        settings=("simulator.seed=3", "strategy.implied_move_multiplier_1=0.2", "strategy.profit_target_multiplier=50"),
        person="holding",
        is_flat=False,
        has_equal_cash=False,
    ),
)

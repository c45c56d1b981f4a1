"""What goes wrong with the connection."""

from __future__ import annotations

from tests.scenarios.scenario import Scenario, at, on

LINK = (
    Scenario(
        name="nothing",
        is_core=True,
        why="the day itself: one connection, several strangles",
        steps=(),
        connects=1,
        entries=2,
    ),
    Scenario(
        name="restart-with-lost-orders",
        least_connects=2,
        is_core=True,
        why="orders written into the dying socket vanish and old numbers are free again: nothing is sent twice",
        steps=(
            at("12:38:30", "lose", request="placeOrder", count=2),
            on("order", "roll-back-ids", skip=3, by=40),
            at("12:40:10", "drop"),
        ),
    ),
    Scenario(
        name="outage-data-kept",
        least_connects=2,
        why="fills in a 1100 window are never told: only the executions show them",
        steps=(at("12:40:30", "lose-broker"), at("12:44:10", "find-broker")),
        quiet=("12:41:30", "12:43:50"),
    ),
    Scenario(
        name="outage-data-lost",
        least_connects=2,
        why="after 1101 every line is dead: they are opened anew",
        steps=(at("12:40:30", "lose-broker"), at("12:44:10", "find-broker", data="lost")),
        quiet=("12:41:30", "12:43:50"),
        entries=2,
    ),
    Scenario(
        name="outage-over-an-entry",
        least_connects=2,
        is_core=True,
        why="the broker is lost the moment an order arrives: it works on, and what it does is not told",
        steps=(on("order", "lose-broker", skip=2), on("order", "find-broker", skip=2, after=200)),
    ),
    *(
        Scenario(
            name=f"unanswered-{first}-{second}",
            least_connects=5,
            why="a question of the comparison is not answered: the link ends and comes back",
            steps=(
                # At one instant, so that it is the comparison after the break that gets no answer.
                at("12:38:00", "lose", request=first),
                at("12:38:00", "drop"),
                at("12:46:00", "lose", request=second),
                at("12:46:00", "drop"),
            ),
        )
        for first, second in (("reqPositions", "reqCompletedOrders"), ("reqExecutions", "reqAllOpenOrders"))
    ),
    Scenario(
        name="too-many-messages",
        least_connects=2,
        why="100, then the socket closes without a word",
        steps=(at("12:40:30", "notice", code=100, text="Max rate of messages exceeded"), at("12:40:40", "drop")),
    ),
    Scenario(
        name="half-open",
        least_connects=2,
        why="the gateway neither reads nor writes, TCP stays up: the heartbeat notices",
        steps=(at("12:38:30", "freeze", seconds=600),),
        settings=("session.market_open=12:30",),
    ),
    Scenario(
        name="hung-gateway",
        least_connects=2,
        why="TCP connects and the handshake is never answered",
        steps=(at("12:36:30", "freeze", seconds=900), at("12:36:31", "drop")),
        settings=("session.market_open=12:25",),
    ),
    Scenario(
        name="client-id-busy",
        least_connects=2,
        why="after a crash the gateway holds the client id: wait, and come back with the same",
        steps=(at("12:40:00", "take-id", client=7), at("12:40:05", "drop"), at("12:44:00", "free-id", client=7)),
        quiet=("12:40:30", "12:43:50"),
    ),
    Scenario(
        name="dropped-before-a-word",
        least_connects=2,
        is_core=True,
        why="an order is taken and the socket dies before its client hears of it: found by its reference",
        steps=(at("12:38:30", "swallow", count=2), on("order", "drop", skip=3)),
    ),
    Scenario(
        name="old-tickers-taken",
        why="after a reconnect the gateway knows the old ticker numbers (102): new ones are used",
        steps=(at("12:36:30", "keep-tickers"), at("12:38:30", "drop"), at("12:42:30", "drop")),
        least_connects=3,
        entries=2,
    ),
    Scenario(
        name="pacing-limit",
        why="the gateway allows far fewer messages than agreed: the bot slows down, and the day goes on",
        steps=(),
        rules={"messages_per_second": 22},
    ),
    Scenario(
        name="link-lost-over-the-flatten-time",
        least_connects=2,
        why="the link breaks again and again around the flatten time: the rest is sold, or settles",
        steps=tuple(at(f"12:{minute}:{second:02}", "drop") for minute in (52, 53, 54) for second in (5, 35)),
    ),
)

"""What goes wrong with orders and fills."""

from __future__ import annotations

from decimal import Decimal

from tests.scenarios.scenario import Scenario, at, on

COMBO = ("strategy.entry_as=combo",)
ORDERS = (
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
        is_core=True,
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
        name="answers-without-references",
        least_connects=2,
        why="after a reconnect orders and fills are told without our reference: the other keys find them",
        steps=(at("12:40:00", "hide-refs"), at("12:40:05", "drop"), at("12:46:00", "hide-refs", on=False)),
    ),
    Scenario(
        name="fills-that-nothing-tells",
        least_connects=2,
        why="fills of an outage are not among the executions either: the holding is a break, a person must look",
        steps=(
            on("order", "lose-broker", skip=1),
            on("order", "hide-executions", skip=1),
            on("order", "find-broker", skip=1, after=120),
            at("12:50:00", "hide-executions", on=False),
        ),
        persons=("holding",),
    ),
    Scenario(
        name="swallowed",
        why="an order is taken and never answered while the connection lives: unknown, then found",
        steps=(at("12:38:30", "swallow", count=1),),
    ),
    Scenario(
        name="shuffled",
        is_core=True,
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
        least_connects=4,
        why="fills in pieces, told in any order, over breaks of the link",
        steps=(at("12:36:30", "shuffle"), *(at(f"12:{minute}:03", "drop") for minute in (39, 43, 47))),
        settings=("simulator.profile=rough", "strategy.quantity=5", "strategy.max_premium_per_strangle=2000"),
    ),
    Scenario(
        name="entered-as-combos",
        why="both legs leave as one order, and every leg is a leg like any other",
        steps=(),
        settings=COMBO,
        connects=1,
    ),
    Scenario(
        name="combos-in-pieces-over-breaks",
        least_connects=4,
        why="a combo that is filled leg by leg, refused and cancelled late, told in any order, over breaks of the link",
        steps=(
            at("12:36:30", "shuffle"),
            at("12:38:30", "refuse-order", code=10043, text="Missing parameter NonGuaranteed", how="error"),
            at("12:41:00", "cancel-late", seconds=40),
            *(at(f"12:{minute}:03", "drop") for minute in (39, 43, 47)),
        ),
        settings=(
            *COMBO,
            "strategy.lone_leg=sell",
            "simulator.profile=rough",
            "strategy.quantity=5",
            "strategy.max_premium_per_strangle=2000",
        ),
    ),
    Scenario(
        name="a-combo-that-is-swallowed",
        why="a combo is taken and never answered: unknown, then found by its legs",
        steps=(at("12:38:30", "swallow", count=1),),
        settings=COMBO,
    ),
    Scenario(
        name="late-correction",
        why="an execution is corrected: a new number under the same stem replaces the price",
        steps=(on("fill", "correct", skip=2, after=30, by="0.05"),),
    ),
    Scenario(
        name="trading-halt",
        why="new orders are refused during a halt",
        steps=(at("12:38:30", "halt"), at("12:44:30", "halt", on=False)),
        quiet=("12:39:30", "12:44:00"),
    ),
    Scenario(
        name="manual-order",
        least_connects=2,
        is_core=True,
        why="somebody buys by hand what the bot never bought: it is a break, and ours is sold all the same",
        steps=(at("12:41:30", "manual-order", right="C", strike=6300, quantity=1), at("12:42:00", "drop")),
        persons=("holding",),
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
        name="account-short-of-cash",
        why="the broker's account cannot pay for what our book could: it refuses by itself, and says why",
        steps=(),
        rules={"start_cash_usd": Decimal(20)},
        alarm="rejected",
        entries=0,
        connects=1,
    ),
    Scenario(
        name="halt-to-the-close",
        is_core=True,
        why="nothing can be sold any more: the options settle, and what is in the money becomes a future",
        steps=(at("12:50:30", "halt"),),
        settings=(
            # It ends half-way between two strikes, so that no leg is undecided, and 7 points from the entries.
            "simulator.seed=304",
            "strategy.implied_move_multiplier_1=0.3",
            "strategy.profit_target_multiplier=50",
        ),
        persons=("MESU5: sell or buy it back",),
        alarm="in the money",
    ),
    Scenario(
        name="fixing-near-the-strike",
        why="the close is so near a strike that nobody can tell what the option was worth: a person must look",
        steps=(at("12:50:30", "halt"), at("13:00:30", "drop")),
        settings=("simulator.seed=3", "strategy.implied_move_multiplier_1=0.2", "strategy.profit_target_multiplier=50"),
        persons=("MESU5: sell or buy it back", "holding of"),
        is_undecided=True,
    ),
)

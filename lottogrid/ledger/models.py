"""The tables: the journal, and what is derived from it in the same transaction.

The models belong to no database: each ledger names its own when it runs a query. Decimals are text, instants are
microseconds since 1970 in UTC, dates are ISO text, so that every column sorts and nothing is rounded.
"""

# ruff: noqa: D106  # the inner classes are peewee's options
from __future__ import annotations

from peewee import SQL, AutoField, BooleanField, CompositeKey, IntegerField, Model, TextField

SCHEMA_VERSION = 1


class Table(Model):
    """Base of all tables."""


class Property(Table):
    """What is known of the file itself: the version of its schema."""

    key = TextField(primary_key=True)
    value = TextField()

    class Meta:
        table_name = "meta"


class Journal(Table):
    """Everything that happened, in the order of its writing; never changed."""

    seq = AutoField()
    at = IntegerField()
    kind = TextField()
    subject = TextField()
    payload = TextField()

    class Meta:
        indexes = ((("kind", "seq"), False), (("subject", "seq"), False))


class Run(Table):
    """A process that worked on this ledger."""

    at = IntegerField()
    mode = TextField()
    account = TextField()
    settings_hash = TextField()
    version = TextField()
    detail = TextField()

    class Meta:
        table_name = "runs"


class Day(Table):
    """A trading day and the equity it began with."""

    trading_date = TextField(primary_key=True)
    at = IntegerField()
    baseline_usd = TextField()

    class Meta:
        table_name = "days"


class DecisionRow(Table):
    """Where in the journal a decision stands, and its outcome."""

    seq = IntegerField(primary_key=True)
    at = IntegerField()
    trading_date = TextField(index=True)
    strategy = TextField()
    underlying = TextField(null=True)
    entered = BooleanField()

    class Meta:
        table_name = "decisions"


class Position(Table):
    """A position as it stands."""

    position_id = TextField(primary_key=True)
    trading_date = TextField(index=True)
    level = TextField()
    state = TextField()
    is_open = BooleanField()
    planned_at = IntegerField()
    changed_at = IntegerField()
    reserved_usd = TextField()
    target_multiple = TextField()

    class Meta:
        table_name = "positions"


class Leg(Table):
    """A leg as it stands, with what was bought and sold."""

    position_id = TextField()
    number = IntegerField()
    contract = TextField()
    side = TextField()
    quantity = IntegerField()
    limit_price = TextField()
    target_price = TextField(null=True)
    state = TextField()
    bought = IntegerField(default=0)
    sold = IntegerField(default=0)

    class Meta:
        table_name = "legs"
        primary_key = CompositeKey("position_id", "number")


class Order(Table):
    """An order as it stands."""

    ref = TextField(primary_key=True)
    position_id = TextField()
    leg = IntegerField()
    contract = TextField()
    side = TextField()
    quantity = IntegerField()
    order_type = TextField()
    limit_price = TextField(null=True)
    purpose = TextField()
    created_at = IntegerField()
    state = TextField()
    is_live = BooleanField()
    broker_id = TextField(default="")
    changed_at = IntegerField()
    reason = TextField(default="")
    filled = IntegerField(default=0)

    class Meta:
        table_name = "orders"
        indexes = ((("position_id", "leg"), False),)


class ExecutionRow(Table):
    """A change of a holding. `stem` is the id without its correction number: one row a stem."""

    stem = TextField(primary_key=True)
    correction = IntegerField()
    exec_id = TextField()
    position_id = TextField()
    leg = IntegerField()
    order_ref = TextField(index=True)
    contract = TextField()
    side = TextField()
    quantity = IntegerField()
    price = TextField()
    at = IntegerField()
    kind = TextField()
    commission = TextField(null=True)

    class Meta:
        table_name = "executions"
        indexes = ((("position_id", "leg"), False),)


class Engine(Table):
    """The engine as it stands: one row."""

    id = IntegerField(primary_key=True)
    state = TextField()
    reason = TextField(null=True)
    since = IntegerField()


class Halt(Table):
    """A halt; it is active while nobody cleared it."""

    at = IntegerField()
    reason = TextField()
    detail = TextField()
    trading_date = TextField(null=True)
    cleared_at = IntegerField(null=True)
    cleared_by = TextField(null=True)

    class Meta:
        table_name = "halts"


class Equity(Table):
    """What the account was worth at an instant."""

    at = IntegerField()
    trading_date = TextField(index=True)
    realised_usd = TextField()
    open_value_usd = TextField()
    equity_usd = TextField()


# Small indexes over the few rows that are asked for at every step.
Position.add_index(Position.is_open, where=SQL("is_open"))
Order.add_index(Order.is_live, where=SQL("is_live"))
Leg.add_index(Leg.contract, where=SQL("bought <> sold"), name="leg_held")
ExecutionRow.add_index(ExecutionRow.stem, where=SQL("commission IS NULL AND kind = 'TRADE'"), name="commission_open")

TABLES: tuple[type[Table], ...] = (
    Property, Journal, Run, Day, DecisionRow, Position, Leg, Order, ExecutionRow, Engine, Halt, Equity,
)  # fmt: skip

_REFUSE = "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
APPEND_ONLY = (
    f"CREATE TRIGGER journal_update BEFORE UPDATE ON journal {_REFUSE}",
    f"CREATE TRIGGER journal_delete BEFORE DELETE ON journal {_REFUSE}",
)

"""Every alert that lottogrid raises: one table for journal, page, messages, metrics and runbook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from lottogrid.risk.reasons import Reason


class Severity(Enum):
    """How soon a person should look."""

    INFO = "info"
    """Whenever it suits."""
    WARNING = "warning"
    """Today: the bot goes on by itself."""
    CRITICAL = "critical"
    """Now: money is at stake, or nothing is traded until a person has looked."""

    @property
    def rank(self) -> int:
        """From 0, the least severe."""
        return list(Severity).index(self)


class AlertCode(Enum):
    """What happened; the value names the page of the runbook, `docs/runbook/<value>.md`."""

    BOOKS_DIFFER = "books_differ"
    FUTURE_DELIVERED = "future_delivered"
    EXERCISED = "exercised"
    WOULD_GO_SHORT = "would_go_short"
    NO_LINK_AT_FLATTEN = "no_link_at_flatten"
    NOT_FLAT = "not_flat"
    EMERGENCY_STOP = "emergency_stop"
    HALTED = "halted"
    ACTORS_GAVE_UP = "actors_gave_up"
    SERVICE_FAILED = "service_failed"
    ORDER_REJECTED = "order_rejected"
    ORDER_UNKNOWN = "order_unknown"
    LINK_LOST = "link_lost"
    DATA_STALE = "data_stale"
    LOSS_LIMIT = "loss_limit"
    ACTOR_RESTARTED = "actor_restarted"
    RECORDING_FAILED = "recording_failed"
    DAY_ENDED = "day_ended"
    TEST = "test"

    @property
    def severity(self) -> Severity:
        """How soon a person should look."""
        return ALERTS[self].severity


@dataclass(frozen=True, slots=True)
class Alert:
    """One row of the table."""

    severity: Severity
    text: str
    """What happened, in one line."""
    action: str
    """What to do first; the runbook has the rest."""


ALERTS: Mapping[AlertCode, Alert] = MappingProxyType(
    {
        AlertCode.BOOKS_DIFFER: Alert(
            Severity.CRITICAL,
            "Our book and the broker's differ and nothing explains it; halted.",
            "Compare `lottogrid positions` and `lottogrid orders` with the broker's own lists.",
        ),
        AlertCode.FUTURE_DELIVERED: Alert(
            Severity.CRITICAL,
            "The broker holds a future, whose loss has no limit; halted.",
            "Sell it or buy it back at the broker, now.",
        ),
        AlertCode.EXERCISED: Alert(
            Severity.CRITICAL,
            "An option was in the money at the fixing and is exercised.",
            "Look for the future that it becomes, and end it.",
        ),
        AlertCode.WOULD_GO_SHORT: Alert(
            Severity.CRITICAL,
            "An order that would have sold more than is held, or was written before, was refused.",
            "Compare `lottogrid positions` with the broker's list; report it as a fault.",
        ),
        AlertCode.NO_LINK_AT_FLATTEN: Alert(
            Severity.CRITICAL,
            "There is no link to the broker while everything must be sold.",
            "Sell what is held on another screen, before the close.",
        ),
        AlertCode.NOT_FLAT: Alert(
            Severity.CRITICAL,
            "A flatten by command was not done within ten minutes; halted.",
            "Look at `lottogrid positions`; sell at the broker what somebody bids for.",
        ),
        AlertCode.EMERGENCY_STOP: Alert(
            Severity.CRITICAL,
            "The emergency stop was pulled; halted.",
            "Look at the broker's own list whether everything is cancelled and sold.",
        ),
        AlertCode.HALTED: Alert(
            Severity.CRITICAL,
            "Entries are halted until a person has looked.",
            "Read the reason with `lottogrid why`, then `lottogrid rearm`.",
        ),
        AlertCode.ACTORS_GAVE_UP: Alert(
            Severity.CRITICAL,
            "Actors failed faster than restarts help; halted, and the process has ended.",
            "Read `errors.log`, look at what is held, and run again with `--rearm`.",
        ),
        AlertCode.SERVICE_FAILED: Alert(
            Severity.CRITICAL,
            "A unit of the service has failed, and systemd does not start it again.",
            "Read `journalctl -u lottogrid`, and look at the broker for what is held.",
        ),
        AlertCode.ORDER_REJECTED: Alert(
            Severity.WARNING,
            "The broker rejected an order.",
            "Read the broker's words with `lottogrid orders`.",
        ),
        AlertCode.ORDER_UNKNOWN: Alert(
            Severity.WARNING,
            "The outcome of an order has not been known for a while; no entry is made meanwhile.",
            "Look the order up in the broker's own list.",
        ),
        AlertCode.LINK_LOST: Alert(
            Severity.WARNING,
            "There has been no usable link to the broker for a while of the session.",
            "Look whether TWS or the gateway runs and is logged in.",
        ),
        AlertCode.DATA_STALE: Alert(
            Severity.WARNING,
            "The underlying's last price has been too old for a while of the session.",
            "Look at the market data of TWS or the gateway, and at its subscriptions.",
        ),
        AlertCode.LOSS_LIMIT: Alert(
            Severity.WARNING,
            "The day can lose no more by its limit: no entry is made any more.",
            "Nothing has to be done; look at the day before tomorrow's.",
        ),
        AlertCode.ACTOR_RESTARTED: Alert(
            Severity.WARNING,
            "An actor failed and was started again.",
            "Read its last error on the page or in `errors.log`.",
        ),
        AlertCode.RECORDING_FAILED: Alert(
            Severity.WARNING,
            "What the page shows cannot be recorded: there is no look back from then on.",
            "Look at the disk of the storage folder: the ledger is on it, too.",
        ),
        AlertCode.DAY_ENDED: Alert(
            Severity.INFO,
            "The session is over: this is how the day went.",
            "Nothing; where positions are named as open, look at them.",
        ),
        AlertCode.TEST: Alert(
            Severity.INFO,
            "A test of the way that alerts take.",
            "Nothing.",
        ),
    }
)

_OF_HALTS = MappingProxyType(
    {
        Reason.RECONCILIATION_BREAK: AlertCode.BOOKS_DIFFER,
        Reason.FUTURE_DELIVERED: AlertCode.FUTURE_DELIVERED,
        Reason.WOULD_GO_SHORT: AlertCode.WOULD_GO_SHORT,
        Reason.RESTART_INTENSITY: AlertCode.ACTORS_GAVE_UP,
        Reason.EMERGENCY_STOP: AlertCode.EMERGENCY_STOP,
    }
)

HALTING = (*_OF_HALTS.values(), AlertCode.NOT_FLAT, AlertCode.HALTED)
"""What a person who re-arms has looked at."""


def code_of_halt(reason: Reason) -> AlertCode:
    """Return what a halt for `reason` is told as."""
    return _OF_HALTS.get(reason, AlertCode.HALTED)

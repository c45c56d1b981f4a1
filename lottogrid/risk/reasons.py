"""Every reason for which lottogrid refuses, halts or closes: one enumeration for log, journal, page and docs."""

from __future__ import annotations

from enum import Enum


class Reason(Enum):
    """A reason code; the value is the text a person reads."""

    # the day and its hours
    MARKET_CLOSED = "no session today: the exchange is closed"
    CALENDAR_DISAGREES = "the calendars disagree about today's close"
    BEFORE_OPEN = "before the trading window opens"
    AFTER_LAST_ENTRY = "after the last entry of the session"
    # what the market shows
    NO_MARKET_DATA = "no price of the underlying yet"
    DATA_STALE = "the underlying's last price is too old"
    QUOTE_MISSING = "an option has no quote yet"
    QUOTE_STALE = "an option's quote is too old"
    QUOTE_ONE_SIDED = "an option has no bid or no offer"
    TOO_FEW_SAMPLES = "too few one-minute returns for the realised volatility"
    IMPLIED_UNKNOWN = "the implied move cannot be read from the straddle"
    VOLATILITY_TOO_HIGH = "realised volatility is not below the threshold of the implied move"
    STRIKES_COLLAPSE = "two levels would buy the same strikes"
    PREMIUM_ABOVE_CAP = "the strangle with its costs is dearer than the cap"
    # what we may do
    TOO_SOON = "too soon after the last entry"
    DAY_COUNT_REACHED = "as many strangles today as the limit allows"
    OPEN_COUNT_REACHED = "as many strangles open as the limit allows"
    LOSS_LIMIT = "the day's loss with open premium would pass the limit"
    CASH_SHORT = "not enough cash for the premium"
    # how the bot stands
    NOT_RUNNING = "the engine is not running"
    RECONCILING = "the book is being compared with the broker's"
    BROKER_DOWN = "no connection to the broker"
    ORDER_UNKNOWN = "the outcome of an order is not known yet"
    HALTED = "halted until a person clears it"
    # why a halt, an alarm or a close
    RECONCILIATION_BREAK = "our book and the broker's differ and nothing explains it"
    RESTART_INTENSITY = "an actor failed more often than its supervisor allows"
    WOULD_GO_SHORT = "the order would sell more than is held"
    OPERATOR = "asked for by the operator"
    EMERGENCY_STOP = "emergency stop by the operator"
    FLATTEN = "flattened before the close"
    EXERCISED = "in the money at the fixing"
    FUTURE_DELIVERED = "a future is held, whose loss has no limit"
    ENTRY_TIMEOUT = "the entry was not filled in time"
    LONE_LEG = "one leg was bought, another was not"
    ENTRY_REFUSED = "the broker refused the entry"
    RESTARTED = "given up because of a restart before the entry was sent"
    STALE_DECISION = "given up because the decision had aged before it could be acted on"

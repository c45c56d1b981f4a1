"""What to do about what a TWS or an IB Gateway says by number.

Meanings: Interactive Brokers, TWS API, "Message codes".
"""

from __future__ import annotations

SUBSCRIBE = (
    "in the Client Portal subscribe to real-time CME futures and options, and share the subscription with the "
    "paper login; it holds from the next log-in"
)
"""What to do where quotes are not live."""
_PERMIT = "in the Client Portal, Settings, Trading Permissions: ask for futures and for options on futures"
_RESTART = "restart the gateway and log in anew"
_WAIT = "wait: the gateway finds its server again by itself; where it does not, see to the machine's network"

_ADVICE = {
    100: "end other programs on this login, and check again in a minute",
    101: "end other programs that take quotes, or buy a quote booster pack",
    103: "check again: the number of the question was used before",
    110: "tell the maintainers: the broker's price steps are not as it told them",
    200: _PERMIT,
    201: "the words before the code are the broker's reason: " + _PERMIT + ", or see to the account's money",
    203: _PERMIT,
    321: "where it says read-only: TWS or Gateway, API, Settings: switch Read-Only API off",
    354: SUBSCRIBE,
    460: _PERMIT,
    1100: _WAIT,
    2103: _WAIT,
    2105: _WAIT,
    2110: _WAIT,
    10089: SUBSCRIBE,
    10090: SUBSCRIBE,
    10167: SUBSCRIBE,
    10168: SUBSCRIBE,
    10186: SUBSCRIBE,
    10197: "another log-in with this user has the quotes: log it out, or give the bot a user of its own",
}


def advice_on(code: int | None) -> str:
    """Return what to do about a code; None means that no answer came."""
    if code is None:
        return _RESTART
    return _ADVICE.get(code, "the words before the code are the broker's: look the code up in the TWS API's list")

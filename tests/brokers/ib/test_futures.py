"""A future that came out of an expiry, over the adapter and the paper gateway: named, and ended when asked for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lottogrid.brokers import port as p
from lottogrid.ledger.delivered import FutureHeld, futures_in
from lottogrid.market.contracts import OptionContract, Right
from tests.brokers.ib.made import Desk, intent
from tests.exchange.desk import option

pytestmark = [pytest.mark.sockets, pytest.mark.threads]

TO_THE_CLOSE = timedelta(hours=6, minutes=31).total_seconds()


def _deliver(made: Desk, contract: OptionContract) -> p.BrokerSnapshot:
    """Buy an option in the money, let it expire, and return what the broker holds then."""
    made.port.place(intent("LG-20250409-001-1-1", contract))
    made.expect(p.Executed)
    made.wait(TO_THE_CLOSE)
    return made.snapshot()


@pytest.mark.parametrize(("right", "strike", "sign"), [(Right.CALL, 6280, 1), (Right.PUT, 6320, -1)])
def test_a_delivered_future_is_named_and_ended(made: Desk, right: Right, strike: int, sign: int) -> None:
    """A call delivers a long future, a put a short one; after the order the account holds none."""
    (future,) = futures_in(_deliver(made, option(strike, right)).others)
    assert future.quantity == sign

    made.port.flatten_future("LG-20250703-test", future.symbol, future.quantity)
    made.wait(5)

    assert made.snapshot().others == ()
    assert made.snapshot().positions == ()


def test_a_future_that_is_not_held_is_left_alone(made: Desk) -> None:
    """Nothing is sent for a name that this connection has not heard among the holdings."""
    (future,) = futures_in(_deliver(made, option(6280)).others)
    made.port.flatten_future("LG-20250703-test", "MESZ9", 1)
    made.wait(5)

    assert futures_in(made.snapshot().others) == (FutureHeld(future.symbol, 1),)

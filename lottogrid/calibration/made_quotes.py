"""Quotes of same-day options as the model makes them: for trying out, never for learning from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from lottogrid.clock import new_york
from lottogrid.exchange.exchange import Forecast
from lottogrid.exchange.model import MarketModel, MarketPoint
from lottogrid.market.contracts import ContractSpec, OptionContract, Right
from lottogrid.market.sessions import Session

EVERY = 30
"""Minutes between two times of quotes."""
REACH = 2.5
"""Implied moves that the strikes reach to both sides."""

_MINUTE = timedelta(minutes=1)


def made_quotes(
    sessions: Sequence[Session], spec: ContractSpec, model: MarketModel, forecast: Forecast
) -> Iterator[tuple[object, ...]]:
    """Yield rows of option quotes, with the columns of `writer.QUOTE_COLUMNS`, at the close of every 30th minute."""
    for session in sessions:
        day = session.day
        forecast.start_session(day)
        for bar in session.bars:
            forecast.add(bar, day)
            end = bar.start + _MINUTE
            if day.opens < end < day.closes and (end - day.opens) // _MINUTE % EVERY == 0:
                point = model.at(bar.close, forecast.annual_volatility(), day.minutes_left(end))
                head = (new_york(end).isoformat(), spec.symbol, day.date.isoformat())
                for contract in _listed(point, bar.close, spec, session):
                    bid, ask = point.bid_and_ask(contract)
                    prices = (bid or Decimal(0), ask, ((bid or Decimal(0)) + ask) / 2)
                    yield (*head, contract.right.value, contract.strike, *prices, bar.close)


def _listed(point: MarketPoint, price: Decimal, spec: ContractSpec, session: Session) -> Iterator[OptionContract]:
    middle = round(price / spec.strike_step)
    reach = int(Decimal(REACH * point.expected_move) / spec.strike_step) + 1
    for number in range(middle - reach, middle + reach + 1):
        for right in (Right.CALL, Right.PUT):
            yield OptionContract(
                symbol=spec.symbol, expiry=session.day.date, right=right, strike=number * spec.strike_step
            )

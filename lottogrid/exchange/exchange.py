"""The simulated exchange: one account, one underlying, options quoted by a model."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Protocol

from lottogrid.brokers.port import (
    BarClosed,
    BarHistory,
    BrokerEvent,
    BrokerSnapshot,
    CancelRefused,
    Commissioned,
    Executed,
    OrderAcknowledged,
    OrderCancelled,
    OrderExpired,
    OrderRejected,
)
from lottogrid.calendar import TradingDay
from lottogrid.errors import BadInput
from lottogrid.exchange import matching
from lottogrid.exchange.account import Account
from lottogrid.exchange.board import QuoteBoard
from lottogrid.exchange.draws import uniform, whole
from lottogrid.exchange.model import MarketModel
from lottogrid.exchange.profiles import BrokerProfile
from lottogrid.exchange.store import Forgetful, Keeper
from lottogrid.exchange.values import Due, Step, VenueOrder
from lottogrid.market.bars import Bar
from lottogrid.market.contracts import ContractSpec, OptionContract
from lottogrid.market.quotes import Quote
from lottogrid.orders import Combo, OrderIntent, OrderState, Side
from lottogrid.pricing.smile import SmileSource

_MINUTE = timedelta(minutes=1)
_HISTORY = timedelta(minutes=120)


class Forecast(Protocol):
    """What says how volatile the market is, from the bars so far."""

    def start_session(self, day: TradingDay) -> None:
        """Begin `day`."""
        ...

    def add(self, bar: Bar, day: TradingDay) -> None:
        """Take in a finished bar of `day`."""
        ...

    def annual_volatility(self) -> float:
        """Return the at-the-money volatility from now to the close, per year."""
        ...


class Exchange:
    """Decides what fills at what price. Single-threaded and pure in time: it moves only when it is called.

    Methods change the state; what comes of them is fetched by `collect`. A driver calls a method, delivers what
    `collect` returns, and sets one timer for `next_due`. A fill is decided when it is due, at the quotes standing
    then. Each change is in the store before its event is returned, and what is under way is stored too: after the
    death of the process, `start_session` and the day's bars through `advance` make the exchange what it was.

    Quotes change at the end of a minute and stand until the next. Instants are aware and in UTC; one that lies before
    an instant already seen counts as that one. Every draw is a function of the seed, its purpose and its order alone.

    An option in the money at the fixing settles in cash at its intrinsic value, also where the real one would turn
    into a future. Displayed size is per order: what one takes, another still sees.
    """

    def __init__(
        self,
        spec: ContractSpec,
        profile: BrokerProfile,
        seed: int,
        smile: SmileSource,
        forecast: Forecast,
        *,
        store: Keeper | None = None,
    ) -> None:
        """Take up the account that `store` holds; without one nothing outlives the process."""
        self.spec = spec
        self.profile = profile
        self._seed = seed
        self._forecast = forecast
        self._model = MarketModel(spec.ladder, smile, profile.spread, profile.spread_factor)
        self._board = QuoteBoard(seed, profile.displayed_size)
        self._account = Account(store or Forgetful(), spec.multiplier)
        self._day: TradingDay | None = None
        self._now: datetime | None = None
        self._subscribed: list[OptionContract] = []
        self._bars: deque[Bar] = deque(maxlen=_HISTORY // _MINUTE)
        self._outbox: list[BrokerEvent] = []
        self._combos: dict[str, str] = {}
        """The legs of each combo that is being placed, by the reference of each leg."""

    @property
    def cash(self) -> Decimal:
        """Dollars that came in since the account began, less what went out."""
        return self._account.progress.cash

    def start_session(self, day: TradingDay) -> None:
        """Begin `day`, or take it up again after a restart; a session left unfinished is finished first.

        What is older than the session before is forgotten.
        """
        progress = self._account.progress
        if progress.trading_date is not None and progress.trading_date != day.date:
            self._finish()
            self._account.forget_before(progress.trading_date)
        if progress.trading_date != day.date:
            self._account.begin(day.date, day.closes)
        self._day = day
        self._board.clear()
        self._forecast.start_session(day)

    def advance(self, bar: Bar, now: datetime) -> None:
        """Let a minute end: match what rests against the bar's path, then show everybody the quotes at its close.

        A bar that was matched before a restart, and is fed again, only warms the forecast, the history and the quotes.

        Raises:
            BadInput: no session was started, or the bar is not after the last one.
        """
        day = self._session()
        end = bar.start + _MINUTE
        if self._bars and bar.start <= self._bars[-1].start:
            raise BadInput(f"bars: expected one after {self._bars[-1].start}, found {bar.start}; feed each once")
        is_new = not self._account.has_seen(end)
        if is_new:
            self._run_until(now)
            self._match_path(bar, day)
        self._bars.append(bar)
        self._forecast.add(bar, day)
        self._requote(bar, day)
        if is_new:
            if end <= day.closes:
                self._account.see(bar.close, end)
            self._outbox.append(BarClosed(bar))
            self._publish(self._subscribed)
            self._retry(end)

    def place(self, intent: OrderIntent, now: datetime) -> None:
        """Take an order in. It arrives, or is refused, after the acknowledgement's latency."""
        self._run_until(now)
        arrival = self._time(now) + self.profile.ack_latency
        step = Step.REPEAT if intent.ref in self._account.orders else Step.ARRIVE
        if step is Step.ARRIVE:
            self._account.add(intent, arrival, self._combos.pop(intent.ref, ""))
        self._account.schedule(arrival, step, intent.ref)
        self._account.flush()

    def place_combo(self, combo: Combo, now: datetime) -> None:
        """Take several orders in that trade as one, at standing quotes only; their ends are one, too."""
        refs = [leg.ref for leg in combo.legs]
        self._combos |= dict.fromkeys(refs, ",".join(refs))
        for leg in combo.legs:
            self.place(leg, now)

    def cancel(self, ref: str, now: datetime) -> None:
        """Ask for the end of an order; what fills before the request arrives stays filled."""
        self._run_until(now)
        self._account.schedule(self._time(now) + self.profile.ack_latency, Step.CANCEL, ref)
        self._account.flush()

    def subscribe(self, contracts: frozenset[OptionContract], now: datetime) -> None:
        """Say which options are quoted from now on; newly named ones are quoted at once, as of the last minute."""
        self._run_until(now)
        known = set(self._subscribed)
        self._subscribed = sorted(contracts, key=str)
        self._publish(contract for contract in self._subscribed if contract not in known)

    def close_session(self, now: datetime) -> None:
        """End the session: what works expires, what is held settles at the last bar's close. Twice is once.

        Raises:
            BadInput: it is before the close.
        """
        day = self._session()
        if now < day.closes:
            raise BadInput(f"close: expected {day.closes} or later, found {now}; wait for the end of the session")
        self._finish()
        self._run_until(now)

    def collect(self, now: datetime) -> list[BrokerEvent]:
        """Return the events due up to `now`, in the order in which they happened; each is returned once."""
        self._run_until(now)
        self._account.flush()
        events, self._outbox = self._outbox, []
        return events

    def next_due(self) -> datetime | None:
        """Return when `collect` will have something; None while nothing is under way."""
        return self._now if self._outbox else self._account.next_due()

    def snapshot(self, now: datetime) -> BrokerSnapshot:
        """Return what the broker knows of this session and the one before, so that no close can be missed."""
        self._run_until(now)
        self._account.flush()
        return self._account.snapshot(now)

    def history(self, now: datetime) -> BarHistory:
        """Return the bars of the last two hours."""
        return BarHistory(tuple(bar for bar in self._bars if bar.start >= now - _HISTORY))

    def quote(self, contract: OptionContract, now: datetime) -> Quote | None:
        """Return the standing quote of `contract`; None while there is no market: before a bar, after the close."""
        if self._day is None or now >= self._day.closes:
            return None
        return self._board.quote(contract)

    def _session(self) -> TradingDay:
        if self._day is None:
            raise BadInput("exchange: expected a session, found none; call start_session first")
        return self._day

    def _time(self, now: datetime) -> datetime:
        self._now = now if self._now is None else max(self._now, now)
        return self._now

    def _run_until(self, now: datetime) -> None:
        until = self._time(now)
        while (due := self._account.pop(until)) is not None:
            self._take(due)

    def _take(self, due: Due) -> None:
        order = self._account.orders.get(due.ref)
        if due.step is Step.REPEAT:
            self._outbox.append(OrderRejected(due.ref, matching.DUPLICATE, due.at))
        elif due.step is Step.CANCEL:
            self._cancelled(order, due)
        elif due.step is Step.ARRIVE and order is not None:
            if order.state is OrderState.SENT:
                self._arrive(order, due.at)
        elif order is not None and order.state is OrderState.WORKING:
            self._match(order, due.at)

    def _arrive(self, order: VenueOrder, at: datetime) -> None:
        legs = self._account.together(order)
        is_refused = any(leg.state is OrderState.REJECTED for leg in legs)
        reason = matching.LEG_REFUSED if is_refused else self._refusal(order.intent, at)
        if reason is not None:
            for leg in self._living(order):
                self._account.end(leg, OrderState.REJECTED, reason)
                self._outbox.append(OrderRejected(leg.ref, reason, at))
            return
        self._account.accept(order)
        self._outbox.append(OrderAcknowledged(order.ref, order.broker_id, at))
        for leg in self._living(order):
            if self._price(leg, at) is not None:
                self._account.match_at(leg, at + self.profile.fill_latency)

    def _living(self, order: VenueOrder) -> list[VenueOrder]:
        return [leg for leg in self._account.together(order) if not leg.state.is_final]

    def _price(self, order: VenueOrder, at: datetime) -> Decimal | None:
        """Return the price at which an order trades against the standing quotes; None where it does not."""
        if not order.combo:
            return matching.taking_price(order.intent, self.quote(order.intent.contract, at))
        legs = self._account.together(order)
        return matching.combo_price(order, legs, lambda each: self.quote(each, at), self._account.paid(legs))

    def _refusal(self, intent: OrderIntent, at: datetime) -> str | None:
        if self._day is None or at >= self._day.closes:
            return matching.CLOSED
        reason = matching.refusal(
            intent,
            spec=self.spec,
            today=self._day.date,
            quote=lambda: self.quote(intent.contract, at),
            sellable=lambda: self._account.sellable(intent.contract),
        )
        if reason is None and uniform(self._seed, "reject", intent.ref) < self.profile.reject_probability:
            return matching.REFUSED
        return reason

    def _cancelled(self, order: VenueOrder | None, due: Due) -> None:
        if order is not None and order.combo and order.state is OrderState.CANCELLED:
            return  # another leg's cancel was this one's too
        if order is None or order.state.is_final:
            reason = "no such order" if order is None else f"the order is {order.state.value}"
            self._outbox.append(CancelRefused(due.ref, reason, due.at))
            return
        for leg in self._living(order):
            self._account.end(leg, OrderState.CANCELLED)
            self._outbox.append(OrderCancelled(leg.ref, due.at, leg.filled))

    def _match(self, order: VenueOrder, at: datetime) -> None:
        """Trade against the standing quote, as far as it goes; what is left tries again, or rests."""
        self._account.rest(order)
        quote = self.quote(order.intent.contract, at)
        price = self._price(order, at)
        if quote is None or price is None:
            return
        self._fill(order, price, at, shown_at=quote.at)
        if order.remaining:
            self._account.match_at(order, at + self.profile.refresh)

    def _match_path(self, bar: Bar, day: TradingDay) -> None:
        """Fill the resting orders that the path of the bar reaches, each at its limit and once a minute.

        Options are priced with the volatility known before the bar and the time left after it. An order that arrived
        within the minute meets its close only: where the price was before the order came is not its business.
        """
        waiting = [order for order in self._account.idle() if not order.takes_standing_quotes]
        end = bar.start + _MINUTE
        if not waiting or end > day.closes:
            return
        volatility, minutes = self._forecast.annual_volatility(), day.minutes_left(end)
        points = [self._model.at(price, volatility, minutes) for price in matching.path(bar)]
        touches: list[tuple[int, VenueOrder, Decimal]] = []
        for order in waiting:
            seen = points if order.arrives_at <= bar.start else points[-1:]
            limit = order.intent.limit_price
            place = None if limit is None else matching.first_touch(order.intent, limit, seen)
            if limit is not None and place is not None:
                touches.append((place - len(seen), order, limit))
        for _, order, limit in sorted(touches, key=itemgetter(0)):
            self._fill(order, limit, end, shown_at=end)

    def _fill(self, order: VenueOrder, price: Decimal, at: datetime, *, shown_at: datetime) -> None:
        """Execute what is displayed, or by chance less; `shown_at` names the quote whose size is on offer."""
        intent = order.intent
        bid_size, ask_size = self._board.displayed(intent.contract, shown_at)
        quantity = min(order.remaining, ask_size if intent.side is Side.BUY else bid_size)
        names = (order.ref, order.filled)
        if quantity > 1 and uniform(self._seed, "partial", *names) < self.profile.partial_fill_probability:
            quantity = whole(1, quantity - 1, self._seed, "size", *names)
        commission = self.profile.commission_per_contract * quantity
        execution = self._account.book(order, quantity, price, at)
        self._account.charge(execution, commission)
        self._outbox += (Executed(execution), Commissioned(execution.exec_id, commission, at))

    def _requote(self, bar: Bar, day: TradingDay) -> None:
        end = bar.start + _MINUTE
        if end >= day.closes:
            self._board.clear()
            return
        market = self._model.at(bar.close, self._forecast.annual_volatility(), day.minutes_left(end))
        self._board.show(market, end)

    def _publish(self, contracts: Iterable[OptionContract]) -> None:
        quoted = self._board.quotes(contracts)
        if quoted is not None:
            self._outbox.append(quoted)

    def _retry(self, at: datetime) -> None:
        for order in self._account.idle():
            if order.takes_standing_quotes:
                self._account.match_at(order, self._time(at))

    def _finish(self) -> None:
        """End the session that the account is in, at its close."""
        progress = self._account.progress
        if progress.is_settled or progress.closes is None:
            return
        closes = progress.closes
        self._run_until(closes)
        for order in self._account.working():
            self._account.end(order, OrderState.EXPIRED)
            self._outbox.append(OrderExpired(order.ref, closes))
        for contract in sorted(self._account.holdings, key=str):
            if progress.last_price is None:
                raise BadInput(f"settlement of {contract}: expected a price of the underlying, found none; feed bars")
            self._outbox.append(self._account.settle(contract, contract.intrinsic(progress.last_price), closes))
        self._account.finish()

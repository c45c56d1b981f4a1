"""What the page says."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from flask.testing import FlaskClient

from actors.clock import SessionView
from actors.engine import EngineView
from actors.view import View, look
from lottogrid.settings import Settings
from machines.engine import EngineState
from machines.session import SessionState
from tests.web import made
from tests.web.reading import parts

ClientOf = Callable[..., FlaskClient]


def _parts(client: FlaskClient) -> dict[str, str]:
    return parts(client.get("/").text)


def test_the_mode_stands_there_in_words(client_of: ClientOf) -> None:
    """PAPER and LIVE are words, not only colours."""
    live = Settings.model_validate(
        {"mode": {"trade_mode": "live", "port": 4001, "account": "U777", "confirm_live": "U777"}}
    )

    assert _parts(client_of(made.quiet_view()))["bar"].startswith("lottogrid status PAPER")
    assert _parts(client_of(made.quiet_view(), live))["bar"].startswith("lottogrid status LIVE")


def test_an_empty_view_says_unknown_and_never_zero(client_of: ClientOf) -> None:
    """A bot of which nothing is known has no price, no P&L and no engine state; none of them is 0."""
    page = _parts(client_of(made.empty_view()))

    assert "Engine unknown" in page["bar"]
    assert page["vitals"].count("unknown") >= 8
    assert not re.search(r"\d\.\d\d", page["vitals"] + page["money"])
    assert "What is held is not known yet." in page["positions"]
    assert "not compared since the start" in page["books"]


def test_the_headline_names_the_reason_of_the_last_decision(client_of: ClientOf) -> None:
    """The answer to why it is not trading is a sentence with a reason code."""
    why = _parts(client_of(made.quiet_view()))["why"]

    assert "too soon after the last entry (TOO_SOON)" in why
    assert "strangles open 1 < 15 ✓ passes" in why
    assert "time since the last entry 10 min >= 30 min ✗ refuses" in why


def test_what_stands_against_every_entry_comes_first(client_of: ClientOf) -> None:
    """A halted engine is named before the rules."""
    why = _parts(client_of(made.troubled_view()))["why"]

    assert "No entries now. Engine: our book and the broker's differ" in why
    assert "(RECONCILIATION_BREAK)" in why
    assert "(BROKER_DOWN)" in why


def test_a_bot_that_was_rearmed_says_what_it_waits_for(client_of: ClientOf) -> None:
    """It is stopped without a reason to name: the strip says that a person has to start it."""
    stopped = EngineView(EngineState.STOPPED, made.NOON, None, None)

    bar = _parts(client_of(replace(made.quiet_view(), engine=stopped)))["bar"]

    assert "Engine stopped since 12:00:00 ET, until the operator starts it" in bar


def test_a_decision_of_another_day_is_not_shown_as_todays(client_of: ClientOf) -> None:
    """Yesterday's verdicts say nothing about today."""
    view = made.quiet_view(made.NOON + timedelta(days=1))

    why = _parts(client_of(replace(view, strategist=made.quiet_view().strategist)))["why"]

    assert "No decision yet" in why
    assert "TOO_SOON" not in why


def test_a_holiday_is_named_with_the_next_session(client_of: ClientOf) -> None:
    """On Good Friday the page says so, and when it goes on."""
    at = made.HOLIDAY.date
    session = SessionView(SessionState.CLOSED, made.NOON, made.HOLIDAY, made.CALENDAR.next_day(at))

    page = _parts(client_of(replace(made.quiet_view(), session=session)))

    assert "MARKET_CLOSED" in page["vitals"]
    assert "Good Friday" in page["why"]
    assert "Mon 21 Apr" in page["vitals"]


def test_a_half_day_is_flagged_with_its_own_times(client_of: ClientOf) -> None:
    """On a half day the cut-offs move and the strip says half day."""
    at = made.HALF_DAY.opens + timedelta(minutes=60)
    session = SessionView(SessionState.TRADING, made.HALF_DAY.opens, made.HALF_DAY, made.NEXT)

    vitals = _parts(client_of(replace(made.quiet_view(at), session=session)))["vitals"]

    assert "half day" in vitals
    assert "close and fixing 13:00, in 150 min" in vitals


def test_errors_and_dead_letters_are_shown_and_escaped(client_of: ClientOf) -> None:
    """A stack with markup in it is text; alarms, breaks and dead letters are on the page."""
    html = client_of(made.troubled_view()).get("/").text
    page = parts(html)

    assert "<script>alert" not in html
    assert "<b>bold" not in html
    assert "ValueError: <script>alert(1)</script>" in page["tree"]
    assert "ledger backing off" in page["tree"]
    assert "Dead letters: 1" in page["tree"]
    assert "urgent halted: the books differ" in page["alarms"]
    assert "they differ" in page["books"]
    assert "1 alarm to look at" in page["bar"]


def test_the_loss_bar_never_leaves_its_frame(client_of: ClientOf) -> None:
    """Over the limit the bar is full and the words say that nothing is left; below zero it is empty."""
    view = made.quiet_view()
    over = replace(view, risk=replace(view.risk, book=made.book(realised="-700", reserved="200")))
    gained = replace(view, risk=replace(view.risk, book=made.book(realised="90", reserved="20")))

    assert 'class="worst" width="100.0%"' in client_of(over).get("/").text
    assert "nothing left: no entries" in _parts(client_of(over))["vitals"]
    assert 'class="worst" width="0.0%"' in client_of(gained).get("/").text
    assert "worst case +$70.00 of \N{MINUS SIGN}$750.00" in _parts(client_of(gained))["vitals"]


def test_settings_are_shown_with_where_they_came_from(midday: tuple[View, Settings], client_of: ClientOf) -> None:
    """A changed setting names its origin; the others are defaults."""
    settings = _parts(client_of(*midday))["settings"]

    assert "1 of them not at the default" in settings
    assert "risk.min_time_between_trades 20 --set" in settings
    assert "risk.max_draw 750 default" in settings


def test_every_number_of_the_strip_is_the_jsons(midday: tuple[View, Settings], client_of: ClientOf) -> None:
    """Money, price and counts on the page are those of the JSON of the same picture."""
    client = client_of(*midday)
    page, document = _parts(client), client.get("/api/view").get_json()
    sums, risk = document["figures"], document["risk"]

    for name in ("realised_usd", "open_usd", "day_usd", "at_risk_usd"):
        assert _money(sums[name]) in page["vitals"], name
        assert _money(sums[name]) in page["money"], name
    assert f"{Decimal(document['market']['underlying']):.2f}" in page["vitals"]
    assert f"{risk['book']['open_count']} of {risk['limits']['max_open']} open" in page["vitals"]
    assert Decimal(sums["day_usd"]) == Decimal(sums["realised_usd"]) + Decimal(sums["open_usd"])
    assert Decimal(sums["worst_usd"]) == Decimal(risk["book"]["reserved_usd"]) - Decimal(sums["realised_usd"])


def test_every_leg_is_the_jsons(midday: tuple[View, Settings], client_of: ClientOf) -> None:
    """Each leg's row holds its cost, bid, multiple, target, distance and worth as the JSON has them."""
    client = client_of(*midday)
    rows = _rows(client.get("/").text)
    positions = client.get("/api/view").get_json()["positions"]

    assert len(positions) >= 5
    legs = [leg for position in positions for leg in position["legs"]]
    assert len(rows) == len(legs)
    for row, leg in zip(rows, legs, strict=True):
        assert row[0].split()[1] == leg["contract"]["strike"]
        prices = [f"{Decimal(leg[name]):.2f}" for name in ("cost", "bid", "target")]
        assert [row[2], row[3], row[4], row[6]] == [str(leg["held"]), *prices]
        assert abs(Decimal(row[5].removesuffix(" \N{MULTIPLICATION SIGN}")) - Decimal(leg["multiple"])) <= Decimal(
            "0.005"
        )
        assert row[7].split()[0] == f"{abs(Decimal(leg['distance'])):.2f}"
        assert row[8] == _money(leg["value_usd"])


def test_a_position_counts_what_was_sold_already(tmp_path: Path, client_of: ClientOf) -> None:
    """After one leg reached its target the result is that of both legs, and the leg's multiple is that of its sale."""
    replay, settings, _ = made.stopped_day(tmp_path, "strategy.profit_target_multiplier=1.2", minutes=250)
    client = client_of(look(replay.runtime, made.about(settings).spec), settings)
    replay.stop()
    html = client.get("/").text
    positions = [row for row in client.get("/api/view").get_json()["positions"] if row["record"]["state"] == "open"]
    sold = [position for position in positions if Decimal(position["sold_usd"]) > 0]

    assert sold
    for position in sold:
        cost, taken, worth = (Decimal(position[name]) for name in ("cost_usd", "sold_usd", "value_usd"))
        words = f"sold {_money(str(taken))}, worth {_money(str(worth))}: "
        assert (
            words + ("+" if taken + worth > cost else "") + _money(str(taken + worth - cost))
            in parts(html)["positions"]
        )
        gone = [leg for leg in position["legs"] if leg["state"] == "closed"]
        assert all(Decimal(leg["exit_price"]) >= Decimal(leg["target"]) for leg in gone)
    assert "at its exit" in html


def test_a_leg_without_a_quote_is_worth_unknown(midday: tuple[View, Settings], client_of: ClientOf) -> None:
    """Where the quote is missing, bid, multiple, worth and the open P&L are unknown."""
    view, settings = midday
    row = view.positions[0]
    blind = replace(row.legs[0], bid=None, multiple=None, value_usd=None)
    dark = replace(row, legs=(blind, *row.legs[1:]), value_usd=None)

    client = client_of(replace(view, positions=(dark, *view.positions[1:])), settings)

    assert _rows(client.get("/").text)[0][4] == "unknown"
    assert "open unknown" in _parts(client)["vitals"]
    assert client.get("/api/view").get_json()["figures"]["day_usd"] is None


def test_a_position_that_is_counted_but_not_seen_leaves_the_profit_unknown(client_of: ClientOf) -> None:
    """While the risk book counts more than the page can see, the page does not say that nothing is held."""
    view = made.quiet_view()
    counted = replace(view, risk=replace(view.risk, book=replace(made.book(), open_count=2)))

    page = _parts(client_of(counted))

    assert "The risk book counts 2 more, not yet in sight." in page["positions"]
    assert "Nothing is held" not in page["positions"]
    assert "open unknown" in page["vitals"]


def test_an_old_quote_is_called_old(midday: tuple[View, Settings], client_of: ClientOf) -> None:
    """A bid that is older than an entry would accept carries its age, and so does the price."""
    view, settings = midday

    page = _parts(client_of(replace(view, at=view.at + timedelta(minutes=3)), settings))

    assert "3 min 00 s old" in page["positions"]
    assert "3 min 00 s old, too old to enter on" in page["vitals"]


def test_what_is_over_is_shown_with_its_result(evening: tuple[View, Settings], client_of: ClientOf) -> None:
    """After the close nothing is held, and each trade of the day has its legs and its P&L."""
    client = client_of(*evening)
    page, trades = _parts(client), client.get("/api/view").get_json()["ledger"]["trades"]

    assert "Nothing is held." in page["positions"]
    assert len(trades) >= 5
    for trade in trades:
        assert trade["id"] in page["positions"]
        assert _money(trade["pnl"]) in page["positions"]
    total = sum(Decimal(trade["pnl"]) for trade in trades)
    assert f"realised {_money(str(total))}" in page["vitals"].replace("+", "")


def test_the_page_is_made_in_a_few_milliseconds(midday: tuple[View, Settings], client_of: ClientOf) -> None:
    """Model and template of a day with many positions take less than 10 ms; the best of many runs is looked at."""
    client = client_of(*midday)
    client.get("/")

    assert min(_seconds(client) for _ in range(25)) < 0.010


def test_nothing_on_the_page_comes_from_elsewhere(client_of: ClientOf) -> None:
    """Every address in the page is on this server, and no script or style stands inline."""
    html = client_of(made.troubled_view()).get("/").text

    addresses = re.findall(r'(?:src|href)="([^"]*)"', html)
    assert addresses
    assert all(address.startswith(("/", "#")) and not address.startswith("//") for address in addresses)
    assert "style=" not in html
    assert not re.search(r"<script(?![^>]*src=)", html)
    assert " on" + "click" not in html


def test_every_table_has_a_caption_and_every_id_is_unique(midday: tuple[View, Settings], client_of: ClientOf) -> None:
    """Tables say what they are, header cells what they head, and ids name one thing."""
    html = client_of(*midday).get("/").text

    assert html.count("<table") == html.count("<caption")
    assert not re.findall(r"<th(?![^>]*scope=)[ >]", html)
    ids = re.findall(r'\sid="([^"]*)"', html)
    assert len(ids) == len(set(ids))
    assert all(f'id="{name}"' in html for name in re.findall(r'aria-labelledby="([^"]*)"', html))


def _seconds(client: FlaskClient) -> float:
    start = time.perf_counter()
    client.get("/")
    return time.perf_counter() - start


def _rows(html: str) -> list[list[str]]:
    table = html[html.index('<table class="positions">') :].partition("</table>")[0]
    rows = [row for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL) if 'scope="row"' in row]
    return [[re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows]


def _money(written: str) -> str:
    amount = Decimal(written)
    return ("\N{MINUS SIGN}" if amount < 0 else "") + f"${abs(amount):,.2f}"

"""What a person reads on the page, and what the commands print with `--json`, at the same row of the journal."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from actors.view import look
from actors.view_json import to_json
from lottogrid.cli.main import main
from lottogrid.ledger.ledger import Ledger
from lottogrid.positions import LegState
from tests.web import made
from tests.web.reading import parts, rows
from tests.web.test_commands_agree import MINUTES
from web.app import create_app
from web.text import UNKNOWN

Said = Callable[..., dict[str, Any]]
RIGHTS = {"C": "Call", "P": "Put"}
MINUS, TIMES = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}"
OVER = {"closed", "abandoned"}


def test_a_person_reads_what_the_commands_print_over_a_whole_day(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Cell by cell: positions and legs, orders, trades, decisions, rules, money, engine, both books, the tree."""
    replay, settings, day = made.stopped_day(tmp_path, "risk.min_time_between_trades=20", minutes=0)
    about = made.about(settings)
    compared: dict[str, int] = {}

    def said(*command: str) -> dict[str, Any]:
        assert main([*command, "--ledger", str(tmp_path), "--json"]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    for minutes in MINUTES:
        replay.runtime.run_until(day.opens + timedelta(minutes=minutes, seconds=1))
        view = look(replay.runtime, about.spec)
        with closing(Ledger.open_read_only(tmp_path / "ledger.sqlite")) as ledger:
            assert view.sequence == ledger.last_sequence()
        html = create_app(lambda view=view: view, about).test_client().get("/").text
        tables, texts, shown = rows(html), parts(html), to_json(view)

        for name, read, meant in (
            ("open", _open(tables), _open_meant(said("positions"))),
            ("legs", _legs(tables), _legs_meant(shown)),
            ("books", _cells(tables, "books"), _books_meant(shown)),
            ("tree", _cells(tables, "tree"), _tree_meant(shown)),
            ("closed", _closed(tables), _closed_meant(said("positions"))),
            ("orders", _orders(tables), _orders_meant(said("orders", "--limit", "500"))),
            ("why", _why(tables), _why_meant(said("why"))),
            ("decisions", *_decisions(tables, said)),
            ("status", *_status(texts, said("status"))),
        ):
            assert read == meant, (minutes, name)
            compared[name] = compared.get(name, 0) + len(read)
    replay.stop()

    assert min(compared.values()) > 10, compared


def _open(tables: dict[str, list[list[str]]]) -> list[tuple[str, ...]]:
    """Return id, level and state of each open position, and name, state and contracts of each of its legs."""
    found: list[tuple[str, ...]] = []
    for row in tables.get("positions", []):
        if len(row) == 2:
            key, level, state = row[0].split(" ", 2)
            found.append((key, level, state.removeprefix(f"{TIMES}, ").partition(", ")[0]))
        elif len(row) == 9 and row[0] != "Leg":
            found.append((row[0], row[1].partition(", order")[0], row[2]))
    return found


def _open_meant(said: dict[str, Any]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for each in sorted(said["positions"], key=lambda each: str(each["id"]), reverse=True):
        if each["state"] not in OVER:
            found.append((each["id"], f"{Decimal(each['level']):.2f}", _words(each["state"])))
            found += [(_leg(leg["contract"]), _words(leg["state"]), str(leg["held"])) for leg in each["legs"]]
    return found


def _legs(tables: dict[str, list[list[str]]]) -> list[tuple[str, ...]]:
    """Return what each leg cost, what is bid for it and since when, how far it is from its strike, what it is worth."""
    legs = [row for row in tables.get("positions", []) if len(row) == 9 and row[0] != "Leg"]
    return [(row[0], row[3], row[4].split()[0], *row[5:]) for row in legs if row[7] != "over"]


def _legs_meant(shown: dict[str, Any]) -> list[tuple[str, ...]]:
    return [
        (
            f"{RIGHTS[leg['contract']['right']]} {leg['contract']['strike']}",
            _price(leg["cost"]) if leg["cost"] else UNKNOWN,
            _price(leg["bid"]) if leg["bid"] else UNKNOWN,
            UNKNOWN if leg["multiple"] is None else f"{_rounded(leg['multiple'])} {TIMES}",
            _price(leg["target"]) if leg["target"] else "none",
            _distance(leg),
            UNKNOWN if leg["value_usd"] is None else _dollars(leg["value_usd"]),
        )
        for each in shown["positions"]
        for leg in each["legs"]
        if each["record"]["state"] not in OVER and not LegState(leg["state"]).is_final
    ]


def _distance(leg: dict[str, Any]) -> str:
    if leg["distance"] is None:
        return f"{UNKNOWN} {UNKNOWN} sd"
    points, deviations = Decimal(leg["distance"]), leg["distance_sd"]
    side = "away" if points >= 0 else "in the money"
    return f"{abs(points):.2f} {side} {UNKNOWN if deviations is None else f'{abs(deviations):.2f}'} sd"


def _cells(tables: dict[str, list[list[str]]], part: str) -> list[tuple[str, ...]]:
    """Return what stands in a table without its head and the columns that are words for the others."""
    width, columns = {"books": (5, (0, 1, 2)), "tree": (9, (0, 1, 3, 4, 5, 6, 7))}[part]
    found = [row for row in tables.get(part, []) if len(row) == width]
    return [tuple(row[column] for column in columns) for row in found[1:]]


def _books_meant(shown: dict[str, Any]) -> list[tuple[str, ...]]:
    told = shown["ledger"]
    found = [(each["subject"], each["ours"], each["theirs"]) for each in told["differences"]]
    for each in told["compared"]:
        option = {**each["contract"], "expiry": each["contract"]["expiry"].replace("-", "")}
        found.append(
            ("holding of {symbol}-{expiry}-{right}-{strike}".format(**option), str(each["ours"]), str(each["theirs"]))
        )
    return found


def _tree_meant(shown: dict[str, Any]) -> list[tuple[str, ...]]:
    return [
        (
            each["name"],
            _words(each["state"]),
            *(str(each[number]) for number in ("restarts", "generation", "mailbox", "handled")),
            each["last_message"] or "nothing yet",
        )
        for each in shown["actors"]
    ]


def _closed(tables: dict[str, list[list[str]]]) -> list[tuple[str, ...]]:
    found = [row for row in tables.get("positions", []) if len(row) == 7 and row[0] != "Position"]
    return sorted((row[0].partition(" ")[0], row[1], row[2], row[4], row[5], row[6]) for row in found)


def _closed_meant(said: dict[str, Any]) -> list[tuple[str, ...]]:
    trades = [each["trade"] for each in said["positions"] if each["trade"] and each["state"] == "closed"]
    return sorted(
        (
            trade["id"],
            _hour(trade["opened_at"]),
            _hour(trade["closed_at"]),
            _dollars(trade["premium"]),
            _dollars(trade["commission"]),
            _gain(trade["pnl"]),
        )
        for trade in trades
    )


def _orders(tables: dict[str, list[list[str]]]) -> list[tuple[str, ...]]:
    found = [row for row in tables.get("orders", []) if row[0] != "Order"]
    return sorted((row[0], row[1].partition(",")[0], *row[2:7], row[8]) for row in found)


def _orders_meant(said: dict[str, Any]) -> list[tuple[str, ...]]:
    live = {"intended", "sent", "unknown", "working", "cancelling"}
    return sorted(
        (
            each["ref"],
            each["purpose"],
            f"{each['side'].lower()} {each['quantity']} {each['contract']}",
            "market" if each["limit_price"] is None else _price(each["limit_price"]),
            _words(each["state"]),
            f"{each['filled']} of {each['quantity']}",
            _hour(each["created_at"]),
            each["reason"] or "none",
        )
        for each in said["orders"]
        if each["state"] in live
    )


def _why(tables: dict[str, list[list[str]]]) -> list[tuple[str, ...]]:
    """Return the rules of the last decision: name, number, threshold, and whether it passes."""
    found = tables["why"]
    begin = [place for place, row in enumerate(found) if row[0].startswith("At the last decision")]
    return [(*row[:3], row[3].split()[1]) for row in found[begin[0] + 1 :]] if begin else []


def _why_meant(said: dict[str, Any]) -> list[tuple[str, ...]]:
    checks = said["checks"]
    begin = [place for place, each in enumerate(checks) if each["rule"] == "trading window"]
    rules = checks[begin[0] :] if begin else []
    return [
        (each["rule"], each["number"], each["threshold"], "passes" if each["passed"] else "refuses") for each in rules
    ]


def _decisions(tables: dict[str, list[list[str]]], said: Said) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return when each decision was made and what refused, as read and as meant."""
    read = [(row[0], row[1].removeprefix("no entry: ")) for row in tables.get("decisions", []) if row[0] != "Time"]
    meant = []
    for each in reversed(said("decisions", "--limit", str(len(read)))["decisions"]) if read else ():
        codes = dict.fromkeys(one["reason"] for one in each["verdicts"] if one["reason"])
        meant.append((_hour(each["at"]), "asked for" if each["proposals"] else ", ".join(codes)))
    return [(at, "asked for" if "asked for" in text else text) for at, text in read], meant


def _status(texts: dict[str, str], said: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Return what the strip and the money say, and what they should; what stands there is found by its label."""
    wanted = [
        ("bar", f"Engine {_words(said['engine']['state'])} since {_hour(said['engine']['since'])} ET"),
        ("money", f"Realised {_gain(said['realised_usd'])} closed"),
        ("money", f"Premium at risk {_dollars(said['reserved_usd'])} with"),
        ("money", f"Day began with {_dollars(said['baseline_usd'])}"),
        ("vitals", f"{said['open_positions']} of 15 open {said['entries_today']} of 12 entries today"),
    ]
    if said["equity"] is not None:
        wanted.append(("money", f"Account {_dollars(said['equity']['equity_usd'])} marked at the bids"))
    return [text for part, text in wanted if text in texts[part]], [text for _, text in wanted]


def _leg(contract: str) -> str:
    _, _, right, strike = contract.split("-")
    return f"{RIGHTS[right]} {strike}"


def _words(state: str) -> str:
    return state.replace("_", " ")


def _hour(instant: str) -> str:
    return f"{datetime.fromisoformat(instant):%H:%M:%S}"


def _price(price: str) -> str:
    return f"{Decimal(price):.2f}"


def _rounded(number: str) -> Decimal:
    return Decimal(number).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _dollars(amount: str) -> str:
    cents = Decimal(str(amount)).quantize(Decimal("0.01"))
    return f"{MINUS if cents < 0 else ''}${abs(cents):,.2f}"


def _gain(amount: str) -> str:
    return f"{'+' if Decimal(str(amount)) > 0 else ''}{_dollars(amount)}"

"""The results of backtests that were kept, and the report about each, which runs nothing and reaches nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import Flask, Response, abort

from lottogrid.backtest.keep import NAME, Kept, Shelf
from lottogrid.errors import BadInput
from web import text
from web.about import About
from web.commands import answer_page
from web.picture import Camera

_REPORT_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "sandbox"
    ),
    # A browser shows nothing that is in a sandbox and asks to be alone with its kind.
    "Cross-Origin-Opener-Policy": "unsafe-none",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultLine:
    """One result: what it was computed from, and what came of it."""

    number: int
    kept: str
    source: str
    sessions: int
    settings_hash: str
    trades: int
    gain: str
    tone: str
    won: str
    sharpe: str
    drawdown: str


def result_lines(kept: list[Kept], now: datetime) -> tuple[ResultLine, ...]:
    """Return the results, the latest first."""
    return tuple(_line(each, now) for each in sorted(kept, key=lambda each: each.kept_at, reverse=True))


def add_backtests(app: Flask, camera: Camera, about: About) -> None:
    """Add the list, read anew each time it is asked for, and the reports, each in a sandbox of its own."""
    path = about.settings.storage.directory / NAME

    @app.get("/backtests")
    def show_results() -> Response:
        found: list[Kept] = []
        if path.exists():
            with Shelf.open(path, must_exist=True) as shelf:
                found = shelf.all()
        return answer_page("backtests.html", lines=result_lines(found, camera.picture().view.at))

    @app.get("/backtests/<int(max=999_999_999):number>")
    def show_report(number: int) -> Response:
        if not path.exists():
            abort(404, "backtests: expected the number of a kept result, found that none was kept")
        try:
            with Shelf.open(path, must_exist=True) as shelf:
                html = shelf.page(number)
        except BadInput as error:
            abort(404, str(error))
        return Response(html, content_type="text/html; charset=utf-8", headers=_REPORT_HEADERS)


def _line(kept: Kept, now: datetime) -> ResultLine:
    document, summary = kept.document, kept.document["summary"]
    gained = _dollars(summary["pnl"])
    return ResultLine(
        number=kept.number,
        kept=text.moment(kept.kept_at, now),
        source=document["source"],
        sessions=document["sessions"],
        settings_hash=document["settings_hash"],
        trades=summary["trades"],
        gain=text.gain(gained),
        tone=text.tone(gained),
        won=text.UNKNOWN if summary["win_rate"] is None else f"{summary['win_rate']:.0%}",
        sharpe=text.UNKNOWN if summary["sharpe"] is None else f"{summary['sharpe']:.2f}".replace("-", text.MINUS),
        drawdown=text.money(_dollars(summary["max_drawdown"])),
    )


def _dollars(amount: Any) -> Decimal | None:
    return None if amount is None else Decimal(str(amount))

"""The pages about results in a real browser: wide and narrow, light and dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lottogrid.backtest import report_html, report_stress, report_sweep, report_walk
from lottogrid.backtest.engine import Ground
from lottogrid.backtest.report_facts import facts_of
from lottogrid.backtest.stress import STRESSES
from lottogrid.backtest.walkforward import walk
from lottogrid.cli.research.backtest_work import plan_of
from lottogrid.cli.wiring import forecast_of
from tests.backtest.made import DAYS, days
from tests.backtest.test_report_search import FOUR, ORIGIN, search, stressed
from tests.replay.bench import settings
from tests.web.browsing import AXE, DESK, PHONE, Window

pytestmark = pytest.mark.browser


def backtest_page() -> str:
    """Return the page of two days."""
    chosen = settings("max_premium_per_strangle=60")
    ground = Ground(days(chosen, *DAYS[1:3], volatility=0.2), forecast_of(chosen))
    return report_html.page(facts_of(ground, plan_of(chosen), seed=1), ORIGIN)


def walk_page() -> str:
    """Return the page of a walk over made scores."""
    walked = walk(FOUR, train=15, test=10, by="sharpe", base="4-25", start_usd=5000, seed=1)
    return report_walk.page(walked, search(*FOUR), ORIGIN)


PAGES = {
    "backtest": backtest_page,
    "sweep": lambda: report_sweep.page(search(*FOUR), ORIGIN, shown=4),
    "walkforward": walk_page,
    "stress": lambda: report_stress.page([stressed(place, days=8) for place in range(len(STRESSES))], ORIGIN),
}


@pytest.mark.slow  # a browser lays out four pages, twice
@pytest.mark.parametrize("kind", PAGES)
def test_a_page_is_readable_wherever_it_is_opened(kind: str, browser: Any, tmp_path: Path) -> None:
    """On a telephone in the dark and on a desk in the light: nothing scrolls sideways, is loaded or complained of."""
    path = tmp_path / f"{kind}.html"
    path.write_text(PAGES[kind](), encoding="utf-8")
    for width, scheme in (PHONE, DESK):
        window = Window(browser, path.as_uri(), width, scheme)
        window.open("")
        window.page.locator("summary").click()

        window.assert_fits()
        window.assert_clean()
        faults = window.faults() if AXE is not None else []
        assert faults == []

"""The features that Erlang's engineers expect of supervision, in nineteen rows: each has tests named after it.

They are in `test_rows_*.py`; where other tests show more of a row, they are named here.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]

ELSEWHERE = {
    2: ("supervision.test_restarting:test_strategies",),
    3: ("supervision.test_restarting:test_restart_types",),
    4: ("supervision.test_intensity:test_one_more_and_the_supervisor_fails_with_its_children_in_reverse_order",),
    5: (
        "supervision.test_intensity:test_intensities_multiply_along_the_tree",
        "supervision.test_intensity:test_the_root_that_gives_up_is_told_to_the_process",
        "cli.test_run:test_a_tree_that_gives_up_ends_the_run",
        "cli.test_run:test_a_tree_that_gives_up_halts_until_a_person_has_looked",
    ),
    7: (
        "supervision.test_starting:test_children_start_in_order_each_after_the_one_before",
        "supervision.test_starting:test_a_hung_start_is_given_up_and_made_anew",
    ),
    8: ("supervision.test_stopping:test_each_child_has_its_own_time_to_stop",),
    9: (
        "supervision.test_backoff:test_restarts_come_at_doubling_distances_up_to_the_most",
        "supervision.test_backoff:test_jitter_comes_from_the_runtimes_source",
        "supervision.test_backoff:test_a_quiet_time_makes_the_next_wait_short_again",
    ),
    16: ("supervision.test_intensity:test_the_parent_restarts_a_supervisor_that_gave_up_with_new_children",),
}
"""Row of the table: modules, and the tests in them that show more of the row than the one here."""


@pytest.mark.parametrize("row", range(1, 20))
def test_every_row_has_a_test_named_after_it(row: int) -> None:
    """A row whose test is renamed or removed is missed here."""
    sources = [path.read_text(encoding="utf-8") for path in sorted((TESTS / "supervision").glob("test_rows_*.py"))]
    assert any(re.search(rf"^def test_row_{row:02}_", source, re.MULTILINE) for source in sources)


@pytest.mark.parametrize("where", [path for paths in ELSEWHERE.values() for path in paths])
def test_what_shows_more_of_a_row_exists(where: str) -> None:
    """The list above is true."""
    module, _, name = where.partition(":")
    source = (TESTS / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")
    assert re.search(rf"^def {name}\(", source, re.MULTILINE)

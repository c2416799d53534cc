"""Follow-ups that take the limit of a list away, and rows that are narrowed to the first."""

import pytest

from agents.local.dialogue_state import Json
from tests.support.insights_questions import build_change

OCTOBER = {"firstDay": "2026-10-01", "lastDay": "2026-10-31"}
BEST: Json = {
    "metrics": ["units"],
    "groupBy": ["category"],
    "window": OCTOBER,
    "sort": [{"by": "units", "descending": True}],
    "limit": 3,
}


@pytest.mark.parametrize(
    "text",
    [
        "all categories please",
        "show me every category",
        "the complete list instead of only three",
        "drop the limit and give me the full ranking",
        "everything, not just the top",
        "instead of three, all of them",
        "without the limit",
        "don't cut it off",
    ],
)
def test_all_rows_are_shown_without_the_limit(text: str) -> None:
    assert build_change(BEST, text) == {"limit": None}


@pytest.mark.parametrize("text", ["top 5 instead of 3", "make it five"])
def test_another_number_is_a_limit(text: str) -> None:
    assert build_change(BEST, text)["limit"] == 5


def test_rows_are_narrowed_to_the_first_of_the_same_figure() -> None:
    rows = {name: BEST[name] for name in ("metrics", "groupBy", "window")}
    changed = build_change(
        rows, "Could you reduce that to the category that sold the most?"
    )
    assert changed == {"sort": BEST["sort"], "limit": 1}


def test_a_figure_that_is_named_is_another_one() -> None:
    rows = {name: BEST[name] for name in ("metrics", "groupBy", "window")}
    changed = build_change(rows, "reduce that to the category with the most orders")
    assert changed["metrics"] == ["orders"]

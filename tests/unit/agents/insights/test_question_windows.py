from datetime import date

import pytest

from agents.local.insights.question.draft import Draft, Request
from agents.local.insights.question.windows import (
    build_window,
    find_ends,
    settle_windows,
)
from agents.local.language.readings import DaySpan
from agents.local.language.today import Today
from tests.support.insights_questions import read_question
from webapp.kit.weeks import WeekStart

TODAY = Today(date(2026, 11, 18), WeekStart.MONDAY)
MAY = DaySpan(date(2026, 5, 1), date(2026, 5, 31))
JUNE = DaySpan(date(2026, 6, 1), date(2026, 6, 30))


@pytest.mark.parametrize(
    "text",
    ["from May to June", "May into the June", "between May and June", "May->June"],
)
def test_a_change_has_the_two_times_that_it_is_between(text: str) -> None:
    assert find_ends(text, today=TODAY) == (MAY, JUNE)


@pytest.mark.parametrize(
    "text",
    ["from 3 May to 9 June", "from May", "from May to the office", "today to May"],
)
def test_days_and_words_of_another_use_are_no_ends(text: str) -> None:
    assert find_ends(text, today=TODAY) is None


def test_ordinals_share_the_unit_behind_them() -> None:
    ends = find_ends("from the second to the third quarter of 2025", today=TODAY)
    assert ends == (
        DaySpan(date(2025, 4, 1), date(2025, 6, 30)),
        DaySpan(date(2025, 7, 1), date(2025, 9, 30)),
    )


@pytest.mark.parametrize(
    ("windows", "settled"),
    [
        (
            [{"firstDay": "2026-10-01", "lastDay": "2026-10-31"},
             {"unit": "month", "count": 1, "offset": 1}],
            {"firstDay": "2026-10-01", "lastDay": "2026-10-31"},
        ),
        (
            [{"lastDay": "2026-06-30"}, {"firstDay": "2026-04-01"}],
            {"firstDay": "2026-04-01", "lastDay": "2026-06-30"},
        ),
        (
            [{"unit": "month", "count": 1, "offset": 0}, {"lastDay": "2026-11-18"}],
            {"unit": "month", "count": 1, "offset": 0},
        ),
        (
            [{"firstDay": "2026-11-14", "lastDay": "2026-11-14"},
             {"firstDay": "2026-11-15", "lastDay": "2026-11-15"}],
            {"firstDay": "2026-11-14", "lastDay": "2026-11-15"},
        ),
    ],
    ids=["said twice", "a bound on each side", "up to now", "a weekend"],
)  # fmt: skip
def test_windows_that_are_one_time_are_joined(
    windows: list[dict[str, object]], settled: dict[str, object]
) -> None:
    draft = Draft([], request=Request(windows=windows))
    settle_windows(draft, TODAY)
    assert (draft.request.window, draft.request.windows) == (settled, [])


def test_windows_that_are_several_times_stay_several() -> None:
    windows = [build_window(MAY), build_window(JUNE)]
    draft = Draft([], request=Request(windows=list(windows)))
    settle_windows(draft, TODAY)
    assert (draft.request.window, draft.request.windows) == (None, windows)


def test_a_name_that_may_be_a_time_is_said_to_be_taken_for_the_name() -> None:
    question = read_question("revenue Friday")

    assert question.request.filters == [{"dimension": "brand", "in": ["Friday"]}]
    assert question.notes == (
        "I took “Friday” for the brand of that name; it may be a time, too.",
    )
    assert read_question("revenue of the brand Friday").notes == ()
    assert read_question("orders from Germany").notes == ()

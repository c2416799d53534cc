"""Queries about weeks in a shop whose weeks begin on Sunday, and in one whose do on Monday."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from agents.insights.claims.evidence import build_evidence
from agents.insights.claims.verification import verify_sentence
from agents.local.dialogue_state import Json
from agents.local.insights.analyses.builder import build_analyses
from agents.local.insights.queries.builder import build_queries
from agents.local.insights.queries.follow_ups import Earlier
from agents.local.insights.queries.parts import NeedsAnswer
from agents.local.insights.queries.windows import is_one_period
from agents.local.insights.question.parser import parse_question
from agents.local.language.today import Today
from analytics.semantic.execution import run_query
from tests.support.order_lines import order_facts, order_line
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.kit.weeks import WeekStart

WEDNESDAY = date(2026, 11, 18)
MONDAYS = Today(WEDNESDAY, WeekStart.MONDAY)
SUNDAYS = Today(WEDNESDAY, WeekStart.SUNDAY)
LAST_WEEK = {"unit": "week", "count": 1, "offset": 1}


def build_days(first: str, last: str) -> Json:
    return {"firstDay": first, "lastDay": last}


def change_window(before: Json, text: str, today: Today) -> Json:
    question = parse_question(text, today=today, matches=(), follows=True)
    earlier = Earlier({"metrics": ["orders"], "window": before}, {})
    [query] = build_queries(question, today=today, earlier=earlier)
    window: Json = query["window"]
    return window


@pytest.mark.parametrize(
    ("before", "text", "mondays", "sundays"),
    [
        (LAST_WEEK, "a month earlier",
         ("2026-10-09", "2026-10-15"), ("2026-10-08", "2026-10-14")),
        (LAST_WEEK, "the same for Friday last week",
         ("2026-11-13", "2026-11-13"), ("2026-11-13", "2026-11-13")),
        (build_days("2026-10-01", "2026-10-31"), "the week before that",
         ("2026-09-28", "2026-09-30"), ("2026-09-27", "2026-09-30")),
        (build_days("2026-10-01", "2026-10-31"), "and the week of 5 October?",
         ("2026-10-05", "2026-10-11"), ("2026-10-04", "2026-10-10")),
    ],
)  # fmt: skip
def test_weeks_that_become_days_begin_as_those_of_the_shop(
    before: Json, text: str, mondays: tuple[str, str], sundays: tuple[str, str]
) -> None:
    assert change_window(before, text, MONDAYS) == build_days(*mondays)
    assert change_window(before, text, SUNDAYS) == build_days(*sundays)


@pytest.mark.parametrize(
    ("days", "is_monday_week", "is_sunday_week"),
    [
        (("2026-10-05", "2026-10-11"), True, True),
        (("2026-10-04", "2026-10-10"), False, True),
        (("2026-10-06", "2026-10-12"), False, False),
    ],
)
def test_a_week_of_a_shop_is_one_and_so_is_one_of_iso(
    days: tuple[str, str], *, is_monday_week: bool, is_sunday_week: bool
) -> None:
    window = build_days(*days)

    assert is_one_period(window, "week", today=MONDAYS) is is_monday_week
    assert is_one_period(window, "week", today=SUNDAYS) is is_sunday_week


def forecast(text: str, today: Today) -> Mapping[str, object]:
    question = parse_question(text, today=today, matches=())
    [found] = build_analyses(question, today=today, earlier=None)
    return {key: found.get(key) for key in ("period", "firstStep", "steps")}


def test_a_forecast_counts_the_weeks_of_the_shop() -> None:
    coming = "forecast revenue from 22 November to 5 December"
    weeks = {"period": "week", "firstStep": 2, "steps": 3}

    assert forecast(coming, SUNDAYS) == weeks
    assert forecast(coming, MONDAYS) == {"period": "day", "firstStep": 5, "steps": 18}


def explain_weeks(window: Json, today: Today) -> Json:
    query = {"metrics": ["net_revenue"], "groupBy": ["week"], "window": window}
    question = parse_question("why did it fall?", today=today, matches=(), follows=True)
    [found] = build_analyses(question, today=today, earlier=Earlier(query, {}))
    return found


def test_days_of_one_week_have_one_change_to_explain() -> None:
    window = build_days("2026-10-04", "2026-10-10")

    assert explain_weeks(window, SUNDAYS)["window"] == window
    with pytest.raises(NeedsAnswer, match="Which week"):
        explain_weeks(window, MONDAYS)


def verify_week(week_start: WeekStart, sentence: str) -> bool:
    now = datetime(2026, 11, 18, 12, tzinfo=UTC)
    sold = (
        order_line(at=datetime(2026, 11, day, 9, tzinfo=UTC), amount_minor=1000)
        for day in (8, 10, 15)
    )
    query = {"metrics": ["net_revenue"], "window": LAST_WEEK, "weekStart": week_start}
    result = run_query(
        AnalyticsQuery.model_validate(query),
        order_facts(*sold, as_of=now),
        home_currency="USD",
        zone=ZoneInfo("UTC"),
    )
    evidence = build_evidence([result.model_dump(mode="json")], today=now.date())
    return verify_sentence(sentence, evidence).is_supported


@pytest.mark.parametrize("week_start", [WeekStart.MONDAY, WeekStart.SUNDAY])
def test_sentences_about_a_week_are_compared_with_those_of_the_result(
    week_start: WeekStart,
) -> None:
    assert verify_week(week_start, "In the week of 11 November net revenue was $20.00.")
    assert verify_week(week_start, "Last week net revenue was $20.00.")
    assert not verify_week(
        week_start, "In the week of 4 November net revenue was $20.00."
    )

"""What is suggested after an answer fits to it, and the local agent understands each suggestion."""

from collections.abc import Iterator, Sequence
from itertools import islice, product

import pytest

from agents.insights.suggestions import (
    AFTER_ANALYSES,
    FIRST_QUESTIONS,
    MAX_SUGGESTIONS,
    follow_analysis,
    follow_query,
    suggest_next,
)
from agents.local.dialogue_state import Json
from agents.local.insights.messages.tool_requests import build_requests
from agents.local.insights.queries.follow_ups import Earlier
from agents.local.insights.question.parser import parse_question
from tests.support.insights_questions import TODAY
from webapp.insights.analyses.requests import REQUESTS, AnalysisBody
from webapp.insights.analyses.validation import check_analysis
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.definitions import METRICS, list_dimensions_of
from webapp.insights.query.validation import check_query
from webapp.kit.errors import CommerceError

LAST_MONTH = {"unit": "month", "count": 1, "offset": 1}
GROUPS: Sequence[list[str]] = (
    [],
    ["month"],
    ["category"],
    ["country", "month"],
    ["product"],
    ["weekday"],
)
OTHERS: Sequence[Json] = (
    {},
    {"window": LAST_MONTH},
    {"window": LAST_MONTH, "compareTo": "previous"},
)
OF_METRICS = ("forecast", "anomalies", "explain_change")


def list_queries(metric: str) -> Iterator[Json]:
    known = list_dimensions_of(METRICS[metric])
    for groups, others in product(GROUPS, OTHERS):
        body = {"metrics": [metric], "groupBy": groups, **others}
        if set(groups) <= set(known) and is_valid(body):
            yield body


def is_valid(body: Json) -> bool:
    try:
        if "analysis" in body:
            check_analysis(AnalysisBody.model_validate(body).root)
        else:
            check_query(AnalyticsQuery.model_validate(body))
    except CommerceError:
        return False
    return True


def list_requests(message: str, before: Json | None) -> Sequence[Json]:
    """What the local agent makes of a message; nothing, where it does not understand it."""
    query = before or {}
    question = parse_question(
        message,
        today=TODAY,
        matches=(),
        follows=before is not None,
        analysis=query.get("analysis"),
        figures=tuple(query.get("metrics", ())),
    )
    if question.unknown or question.gaps or question.questions:
        return ()
    earlier = None if before is None else Earlier(before, {}, 20)
    return build_requests(question, today=TODAY, earlier=earlier)


def is_understood(message: str, before: Json | None) -> bool:
    requests = list_requests(message, before)
    return bool(requests) and all(map(is_valid, requests))


@pytest.mark.slow
@pytest.mark.parametrize("metric", METRICS)
def test_what_follows_a_query_is_understood(metric: str) -> None:
    for body in list_queries(metric):
        query = AnalyticsQuery.model_validate(body)
        found = list(islice(dict.fromkeys(follow_query(query, 20)), MAX_SUGGESTIONS))
        assert len(found) >= 2
        assert [each for each in found if not is_understood(each, body)] == [], body


@pytest.mark.slow
@pytest.mark.parametrize("metric", METRICS)
def test_what_follows_an_analysis_of_a_metric_is_understood(metric: str) -> None:
    for name in OF_METRICS:
        body: Json = {"analysis": name, "metric": metric}
        if name == "explain_change":
            body["window"] = LAST_MONTH
        if is_valid(body):
            request = AnalysisBody.model_validate(body).root
            found = list(follow_analysis(request))[:MAX_SUGGESTIONS]
            assert [each for each in found if not is_understood(each, body)] == []


@pytest.mark.parametrize("name", AFTER_ANALYSES)
def test_what_follows_another_analysis_is_understood(name: str) -> None:
    for message in AFTER_ANALYSES[name]:
        assert is_understood(message, {"analysis": name}), message


def test_every_analysis_has_something_to_follow_it() -> None:
    names = {each.model_fields["analysis"].default for each in REQUESTS}

    assert names == {*AFTER_ANALYSES, *OF_METRICS}


@pytest.mark.parametrize("message", FIRST_QUESTIONS)
def test_first_questions_are_understood(message: str) -> None:
    assert is_understood(message, None)


def test_suggestions_depend_on_the_answer() -> None:
    def suggest(**body: object) -> list[str]:
        query = AnalyticsQuery.model_validate({"metrics": ["orders"], **body})
        return list(dict.fromkeys(follow_query(query, 20)))[:MAX_SUGGESTIONS]

    assert suggest()[0] == "And by month?"
    assert suggest(groupBy=["month"])[0] == "And by category?"
    assert suggest(groupBy=["product"])[0] == "Top 5 only"
    assert suggest(window=LAST_MONTH)[0] == "Compared with the same time last year?"
    compared = suggest(window=LAST_MONTH, compareTo="previous")
    assert compared[0] == "Why did orders change?"
    assert suggest_next(None) == list(FIRST_QUESTIONS)

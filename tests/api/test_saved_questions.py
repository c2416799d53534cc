"""Questions that admins save: named once, checked when they are saved, and asked again."""

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import text

from tests.service.analytics.test_order_facts import insert_order
from tests.support.api_client import ApiClient
from tests.support.tokens import create_api_token
from webapp.bootstrap import Runtime
from webapp.insights.query.definitions import METRICS
from webapp.kit.scopes import Scope

PATH = "/admin/analytics/saved-questions"
QUERY: dict[str, Any] = {
    "metrics": ["orders"],
    "groupBy": ["month"],
    "window": {"firstDay": "2026-01-01", "lastDay": "2026-01-31"},
}
RFM = {"analysis": "basket_pairs", "limit": 3}


def save(admin: ApiClient, name: str = "Orders of January", **asked: Any) -> Any:
    response = admin.call("POST", PATH, {"name": name, **(asked or {"query": QUERY})})
    assert response.status_code == 201, response.text
    return response.get_json()


def path_of(saved: Any) -> str:
    return f"{PATH}/{saved['questionId']}"


def test_a_query_is_saved_listed_opened_and_run(
    admin: ApiClient, runtime: Runtime
) -> None:
    with runtime.db.unit_of_work() as session:
        insert_order(session)

    saved = save(admin)

    assert saved["name"] == "Orders of January"
    assert saved["query"]["groupBy"] == ["month"]
    assert "analysis" not in saved
    assert "problem" not in saved
    assert admin.expect_ok("GET", PATH) == {"items": [saved]}
    assert admin.expect_ok("GET", path_of(saved)) == saved
    answer = admin.expect_ok("POST", f"{path_of(saved)}/run")
    asked = admin.expect_ok("POST", "/admin/analytics/query", QUERY)
    assert answer["totals"] == asked["totals"] == {"orders": 1}
    assert answer.keys() == asked.keys()


def test_an_analysis_is_run_or_refused_as_it_would_be(
    admin: ApiClient, runtime: Runtime
) -> None:
    saved = save(admin, analysis={"analysis": "search_insights"})

    asked = admin.call(
        "POST", "/admin/analytics/analyses", {"analysis": "search_insights"}
    )
    answer = admin.call("POST", f"{path_of(saved)}/run")

    assert saved["analysis"]["analysis"] == "search_insights"
    assert answer.status_code == asked.status_code == 400
    assert answer.get_json()["error"]["code"] == "NOT_ENOUGH_DATA"
    with runtime.db.unit_of_work() as session:
        insert_order(session)
    cohorts = save(admin, "Cohorts", analysis={"analysis": "concentration"})
    assert admin.call("POST", f"{path_of(cohorts)}/run").status_code in {200, 400}


def test_names_are_unique_whatever_their_case(admin: ApiClient) -> None:
    first, other = save(admin), save(admin, "Others")
    again = {"name": "  ORDERS of  january", "query": QUERY}

    taken = admin.expect_error("POST", PATH, again)
    renamed = admin.expect_error("PATCH", path_of(other), {"name": again["name"]})

    assert taken == renamed == (409, "QUESTION_NAME_TAKEN")
    own = admin.expect_ok("PATCH", path_of(first), {"name": again["name"]})
    assert own["name"] == "ORDERS of january"
    assert len(admin.expect_ok("GET", PATH)["items"]) == 2


def test_a_question_is_renamed_and_changed_unless_it_was_changed_meanwhile(
    admin: ApiClient,
) -> None:
    saved = save(admin)

    renamed = admin.expect_ok("PATCH", path_of(saved), {"name": "January"})
    changed = admin.expect_ok(
        "PATCH",
        path_of(saved),
        {"query": {"metrics": ["units"]}, "version": renamed["version"]},
    )
    stale = admin.expect_error(
        "PATCH", path_of(saved), {"name": "Late", "version": saved["version"]}
    )

    assert (renamed["name"], renamed["query"]) == ("January", saved["query"])
    assert (changed["name"], changed["query"]["metrics"]) == ("January", ["units"])
    assert [saved["version"], renamed["version"], changed["version"]] == [1, 2, 3]
    assert stale == (409, "SAVED_QUESTION_CHANGED")
    assert admin.expect_ok("GET", path_of(saved)) == changed


def test_a_question_is_deleted(admin: ApiClient) -> None:
    saved = save(admin)

    assert admin.call("DELETE", path_of(saved)).status_code == 204

    not_found = (404, "SAVED_QUESTION_NOT_FOUND")
    for method, path in (
        ("GET", path_of(saved)),
        ("DELETE", path_of(saved)),
        ("POST", f"{path_of(saved)}/run"),
        ("PATCH", f"{PATH}/{uuid4()}"),
    ):
        body = {"name": "x"} if method == "PATCH" else None
        assert admin.expect_error(method, path, body) == not_found
    assert save(admin)["name"] == saved["name"], "the name is free again"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"query": {"metrics": ["margin"]}}, "IMPOSSIBLE_QUERY"),
        ({"query": {**QUERY, "asOf": "2099-01-01T00:00:00Z"}}, "BAD_WINDOW"),
        (
            {"analysis": {"analysis": "forecast", "metric": "refund_rate"}},
            "IMPOSSIBLE_QUERY",
        ),
        ({"query": {"metrics": []}}, "INVALID_REQUEST"),
        ({"analysis": {"analysis": "astrology"}}, "INVALID_REQUEST"),
        ({"query": QUERY, "analysis": RFM}, "INVALID_REQUEST"),
        ({}, "INVALID_REQUEST"),
    ],
)
def test_what_cannot_be_asked_is_not_saved(
    admin: ApiClient, asked: dict[str, Any], code: str
) -> None:
    saved = save(admin)

    refused = admin.expect_error("POST", PATH, {"name": "Wrong", **asked})
    changed = admin.expect_error("PATCH", path_of(saved), asked)

    assert refused == changed == (400, code)
    assert admin.expect_ok("GET", PATH)["items"] == [saved]


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "two\nlines"])
def test_a_name_is_one_line(admin: ApiClient, name: str) -> None:
    body = {"name": name, "query": QUERY}

    assert admin.expect_error("POST", PATH, body) == (400, "INVALID_REQUEST")


def test_what_has_become_impossible_is_listed_with_the_reason(
    admin: ApiClient, runtime: Runtime
) -> None:
    removed, unreadable = save(admin), save(admin, "Other")
    bodies = {
        removed["questionId"]: '{"metrics": ["margin"]}',
        unreadable["questionId"]: '{"metrics": ["orders"], "granularity": "day"}',
    }
    with runtime.db.unit_of_work() as session:
        for question_id, body in bodies.items():
            session.execute(
                text(
                    "UPDATE saved_questions SET body = CAST(:body AS jsonb) WHERE id = :id"
                ),
                {"body": body, "id": question_id},
            )

    other, first = admin.expect_ok("GET", PATH)["items"]
    ran = [admin.call("POST", f"{path_of(each)}/run") for each in (first, other)]

    assert first["query"] == {"metrics": ["margin"]}
    assert first["problem"] == {
        "code": "IMPOSSIBLE_QUERY",
        "message": "margin is no metric",
        "possible": list(METRICS),
    }
    assert "granularity: is unknown" in other["problem"]["message"]
    assert [each.get_json()["error"]["code"] for each in ran] == [
        "IMPOSSIBLE_QUERY"
    ] * 2
    mended = admin.expect_ok("PATCH", path_of(first), {"query": QUERY})
    assert "problem" not in mended


def test_questions_are_listed_newest_first_in_pages(admin: ApiClient) -> None:
    names = [save(admin, f"Question {number}")["name"] for number in range(3)]

    page = admin.expect_ok("GET", PATH, limit=2)
    rest = admin.expect_ok("GET", PATH, limit=2, lastKey=page["lastKey"])

    listed = [each["name"] for each in [*page["items"], *rest["items"]]]
    assert listed == names[::-1]
    assert "lastKey" not in rest


def test_a_program_that_reads_runs_questions_and_saves_none(
    app: Flask, runtime: Runtime, admin: ApiClient
) -> None:
    saved = save(admin)
    program = ApiClient(app, token=create_api_token(runtime, Scope.ANALYTICS_READ))

    assert program.expect_ok("POST", f"{path_of(saved)}/run")["query"]
    body = {"name": "Mine", "query": QUERY}
    assert program.expect_error("POST", PATH, body) == (403, "SCOPE_MISSING")

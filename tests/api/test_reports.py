"""Reports over the API: defined, changed, paused, previewed, run by hand, read and stopped."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from flask import Flask

from tests.support.api_client import API_PREFIX, ApiClient
from tests.support.factories import RowFactory
from tests.support.notification_harness import NotificationHarness
from tests.support.report_analytics import PlainReportsClient
from tests.support.report_harness import REPORT_JOBS, WEEKLY
from tests.support.trading_history import insert_history
from webapp.accounts.models import Customer
from webapp.bootstrap import Runtime
from webapp.db.session import Database
from webapp.insights.reports.models import Report

PATH = "/admin/reports"
QUESTIONS = "/admin/analytics/saved-questions"
EARLIER = {**WEEKLY, "period": {"unit": "year", "count": 10, "offset": 1}}
"""Of all that there is, at any date of the test, and over."""


@pytest.fixture
def runtime(runtime: Runtime) -> Runtime:
    analytics = PlainReportsClient(runtime.db, runtime.settings)
    return replace(runtime, analytics=analytics)


@pytest.fixture
def email(admin: ApiClient, runtime: Runtime) -> str:
    return find_email(runtime, admin)


def find_email(runtime: Runtime, client: ApiClient) -> str:
    with runtime.db.unit_of_work() as session:
        customer = session.get(Customer, client.customer_id)
        assert customer is not None
        assert customer.email is not None
        return customer.email


@pytest.fixture
def report(admin: ApiClient, email: str) -> Any:
    body = {**EARLIER, "recipients": [email], "formats": ["csv"]}
    return admin.expect_ok("POST", PATH, body)


def path_of(report: Any, suffix: str = "") -> str:
    return f"{PATH}/{report['reportId']}{suffix}"


def save_question(admin: ApiClient, name: str, query: Any) -> Any:
    return admin.expect_ok("POST", QUESTIONS, {"name": name, "query": query})


def refer_to(question: Any) -> dict[str, Any]:
    return {"heading": "As saved", "savedQuestionId": question["questionId"]}


def run_report(admin: ApiClient, runtime: Runtime, report: Any) -> Any:
    run = admin.expect_ok("POST", path_of(report, "/runs"))
    NotificationHarness(runtime).run_jobs(*REPORT_JOBS)
    return admin.expect_ok("GET", path_of(report, f"/runs/{run['runId']}"))


def test_a_report_is_created_and_shown_as_it_was_understood(
    admin: ApiClient, report: Any, email: str
) -> None:
    assert report["scheduleInWords"] == "At 06:00 on Monday"
    assert report["timeZone"] == "UTC"
    assert report["nextDueAt"] is not None
    assert report["recipients"] == [
        {"email": email, "isSubscribed": True, "hasAccess": True}
    ]
    assert admin.expect_ok("GET", path_of(report)) == report
    assert admin.expect_ok("GET", PATH)["items"][0] == report


def test_recipients_are_saved_as_they_are_shown(admin: ApiClient, report: Any) -> None:
    shown = admin.expect_ok("GET", path_of(report))

    body = {**EARLIER, "recipients": shown["recipients"], "version": shown["version"]}
    changed = admin.expect_ok("PUT", path_of(report), body)

    assert changed["recipients"] == shown["recipients"]
    [recipient] = shown["recipients"]
    for unknown in ({**recipient, "name": "Ada"}, {"hasAccess": True}):
        body = {**EARLIER, "recipients": [unknown]}
        status, _ = admin.expect_error("PUT", path_of(report), body)
        assert status == 400


def test_a_report_is_changed_and_deleted(admin: ApiClient, report: Any) -> None:
    body = {**WEEKLY, "name": "Mondays", "version": 1}

    changed = admin.expect_ok("PUT", path_of(report), body)

    assert (changed["name"], changed["version"]) == ("Mondays", 2)
    assert (changed["recipients"], changed["nextDueAt"]) == ([], None)
    stale = admin.expect_error("PUT", path_of(report), body)
    assert stale == (409, "REPORT_CHANGED")
    assert admin.call("DELETE", path_of(report)).status_code == 204
    not_found = (404, "REPORT_NOT_FOUND")
    for method, suffix in [
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/pause"),
        ("POST", "/resume"),
        ("POST", "/runs"),
        ("GET", "/runs"),
    ]:
        assert admin.expect_error(method, path_of(report, suffix)) == not_found
    assert admin.expect_error("PUT", path_of(report), body) == not_found


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"schedule": "every day"}, "INVALID_REQUEST", "five fields"),
        ({"schedule": "* * * * *"}, "INVALID_REQUEST", "every 15 minutes"),
        ({"timeZone": "Mars"}, "INVALID_REQUEST", "no time zone"),
        ({"sections": []}, "INVALID_REQUEST", "sections"),
        (
            {"period": {"unit": "week", "offset": -1}},
            "BAD_WINDOW",
            "always still to come; possible are offset 0",
        ),
        ({"period": {"unit": "year", "count": 9000}}, "BAD_WINDOW", "the calendar"),
        ({"name": ""}, "INVALID_REQUEST", "name"),
        ({"formats": ["docx"]}, "INVALID_REQUEST", "formats"),
        ({"recipients": ["stranger@example.com"]}, None, "stranger@example.com"),
        ({"recipients": ["no address"]}, "INVALID_REQUEST", "recipients"),
        ({"unknown": 1}, "INVALID_REQUEST", "unknown"),
        ({"isPaused": "yes"}, "INVALID_REQUEST", "isPaused"),
        ({"version": 7}, "VERSION_OF_NEW_REPORT", "no version yet"),
        (
            {"condition": {"section": "0", "bounds": {"by": "units", "atMost": 5}}},
            "INVALID_REQUEST",
            "condition.section",
        ),
        (
            {"condition": {"bounds": {"by": "units", "atMost": "5"}}},
            "INVALID_REQUEST",
            "condition.bounds.atMost",
        ),
        (
            {"sections": [{"heading": "x", "query": {"metrics": ["profit"]}}]},
            "IMPOSSIBLE_QUERY",
            "x: profit is no metric",
        ),
        (
            {"sections": [{"heading": "x"}]},
            "INVALID_REQUEST",
            "one of query, analysis and savedQuestionId",
        ),
        (
            {
                "sections": [
                    {
                        "heading": "x",
                        "query": {
                            "metrics": ["orders"],
                            "asOf": "2026-01-01T00:00:00Z",
                        },
                    }
                ]
            },
            "INVALID_REQUEST",
            "leave it out",
        ),
        (
            {
                "sections": [
                    {"heading": "Searches", "query": {"metrics": ["searches"]}}
                ],
                "timeZone": "Asia/Tokyo",
            },
            "IMPOSSIBLE_QUERY",
            "Searches: searches are counted by days of UTC, and by no others",
        ),
        (
            {
                "sections": [
                    {
                        "heading": "Queries",
                        "analysis": {
                            "analysis": "search_insights",
                            "timeZone": "Asia/Tokyo",
                        },
                    }
                ]
            },
            "IMPOSSIBLE_QUERY",
            "Queries: searches are counted by days of UTC, and by no others",
        ),
        (
            {"filters": [{"dimension": "country", "in": ["DE", "XX"]}]},
            "IMPOSSIBLE_QUERY",
            "Revenue by product: XX is no country",
        ),
        (
            {"filters": [{"dimension": "search_query", "in": ["mug"]}]},
            "IMPOSSIBLE_QUERY",
            "Revenue by product",
        ),
        (
            {"condition": {"bounds": {"by": "refunds", "atLeast": 1}}},
            "IMPOSSIBLE_QUERY",
            "net_revenue",
        ),
        (
            {"condition": {"section": 3}},
            "IMPOSSIBLE_QUERY",
            "there are 1",
        ),
    ],
)
def test_what_makes_no_report_is_refused_with_the_reason(
    admin: ApiClient, change: dict[str, Any], code: str | None, said: str
) -> None:
    before = admin.expect_ok("GET", PATH)

    response = admin.call("POST", PATH, {**WEEKLY, **change})

    assert response.status_code == 400, response.text
    assert said in response.text
    if code is not None:
        assert response.get_json()["error"]["code"] == code
    assert admin.expect_ok("GET", PATH) == before


def test_prices_in_several_currencies_need_one(
    admin: ApiClient, database: Database
) -> None:
    def build_body(**changes: Any) -> dict[str, Any]:
        analysis = {"analysis": "price_effect", **changes}
        return {**WEEKLY, "sections": [{"heading": "Prices", "analysis": analysis}]}

    assert admin.call("POST", PATH, build_body()).status_code == 201
    with database.unit_of_work() as session:
        rows = RowFactory(session)
        rows.order(currency="EUR")
        rows.order(currency="USD")

    for suffix in ("", "/preview"):
        response = admin.call("POST", f"{PATH}{suffix}", build_body())
        assert response.status_code == 400, response.text
        error = response.get_json()["error"]
        assert error["message"].startswith("Prices: Prices in several currencies")
        assert error["details"]["possible"] == ["EUR", "USD"]
    assert admin.call("POST", PATH, build_body(currency="EUR")).status_code == 201


def test_a_change_is_explained_of_the_period_of_its_report(
    admin: ApiClient, runtime: Runtime, database: Database
) -> None:
    with database.unit_of_work() as session:
        insert_history(session)
    section = {"heading": "Why", "analysis": {"analysis": "explain_change"}}
    report = admin.expect_ok("POST", PATH, {**EARLIER, "sections": [section]})

    run = run_report(admin, runtime, report)

    assert "window" not in report["sections"][0]["analysis"]
    at = path_of(report, f"/runs/{run['runId']}/document")
    [computed] = admin.expect_ok("GET", at)["sections"]
    # There is nothing before these years; it is asked of them all the same.
    assert "no orders of the time compared with" in computed["problem"]
    error = admin.expect_error("POST", "/admin/analytics/analyses", section["analysis"])
    assert error == (400, "IMPOSSIBLE_QUERY")


def test_a_report_of_a_country_without_orders_says_zero(
    admin: ApiClient, runtime: Runtime, database: Database
) -> None:
    with database.unit_of_work() as session:
        insert_history(session)
    filters = [{"dimension": "country", "in": ["Japan"]}]
    section = {"heading": "Orders", "query": {"metrics": ["orders"]}}
    body = {**EARLIER, "sections": [section], "filters": filters}
    report = admin.expect_ok("POST", PATH, body)

    run = run_report(admin, runtime, report)

    assert report["filters"] == filters
    at = path_of(report, f"/runs/{run['runId']}")
    [computed] = admin.expect_ok("GET", f"{at}/document")["sections"]
    assert computed["result"]["totals"] == {"orders": 0}
    restated = admin.expect_ok("GET", f"{at}/restatement")
    assert restated == {"items": [], "problems": []}


def test_a_section_shows_a_saved_question_as_it_is_at_each_run(
    admin: ApiClient, runtime: Runtime, database: Database
) -> None:
    with database.unit_of_work() as session:
        insert_history(session)
    question = save_question(admin, "Units", {"metrics": ["units"]})
    filters = [{"dimension": "product", "in": ["Cup"]}]
    body = {**EARLIER, "sections": [refer_to(question)], "filters": filters}
    report = admin.expect_ok("POST", PATH, body)
    first = run_report(admin, runtime, report)

    admin.expect_ok(
        "PATCH",
        f"{QUESTIONS}/{question['questionId']}",
        {"name": "Sales", "query": {"metrics": ["net_revenue"]}},
    )
    second = run_report(admin, runtime, report)

    assert report["sections"] == [refer_to(question)]
    shown = []
    for run in (first, second):
        at = path_of(report, f"/runs/{run['runId']}")
        [section] = admin.expect_ok("GET", f"{at}/document")["sections"]
        asked = section["result"]["query"]
        assert asked["filters"] == filters
        assert asked["window"] == EARLIER["period"]
        shown.append((asked["metrics"], section["savedQuestion"]))
        restated = admin.expect_ok("GET", f"{at}/restatement")
        assert restated == {"items": [], "problems": []}
    reference = {"questionId": question["questionId"], "name": "Units", "version": 1}
    assert shown == [
        (["units"], reference),
        (["net_revenue"], {**reference, "name": "Sales", "version": 2}),
    ]
    preview = admin.call("POST", f"{PATH}/preview", body)
    assert preview.status_code == 200, preview.text


def test_a_question_that_reports_show_is_not_deleted(admin: ApiClient) -> None:
    question = save_question(admin, "Units", {"metrics": ["units"]})
    other = save_question(admin, "Orders", {"metrics": ["orders"]})
    sections = [*WEEKLY["sections"], refer_to(question)]
    reports = [
        admin.expect_ok("POST", PATH, {**WEEKLY, "name": name, "sections": sections})
        for name in ("Sundays", "Mondays")
    ]
    path = f"{QUESTIONS}/{question['questionId']}"

    refused = admin.call("DELETE", path)

    assert refused.status_code == 409, refused.text
    error = refused.get_json()["error"]
    assert error["code"] == "SAVED_QUESTION_IN_USE"
    assert error["details"]["reports"] == ["Mondays", "Sundays"]
    assert error["details"]["possible"]
    assert admin.expect_ok("GET", path) == question
    other_path = f"{QUESTIONS}/{other['questionId']}"
    assert admin.call("DELETE", other_path).status_code == 204
    admin.expect_ok("PUT", path_of(reports[0]), WEEKLY)
    assert admin.expect_error("DELETE", path) == (409, "SAVED_QUESTION_IN_USE")
    assert admin.call("DELETE", path_of(reports[1])).status_code == 204
    assert admin.call("DELETE", path).status_code == 204


@pytest.mark.parametrize("suffix", ["", "/preview"])
def test_a_saved_question_that_fits_no_report_is_refused_with_what_is_possible(
    admin: ApiClient, suffix: str
) -> None:
    searches = {"metrics": ["searches"], "groupBy": ["search_query"]}
    question = save_question(admin, "Searches", searches)
    timed = {"metrics": ["orders"], "asOf": "2026-01-01T00:00:00Z"}
    at_a_time = save_question(admin, "At new year", timed)
    missing = {"questionId": str(uuid4())}
    filters = [{"dimension": "product", "in": ["Mug"]}]
    shown = f"{question['questionId']} (Searches)"

    refused: list[tuple[Any, dict[str, Any], str]] = [
        (missing, {}, shown),
        (at_a_time, {}, "the question without asOf"),
        (question, {"filters": filters}, "product"),
        (
            question,
            {"condition": {"bounds": {"by": "orders", "atLeast": 1}}},
            "searches",
        ),
    ]
    for section, change, said in refused:
        body = {**WEEKLY, "sections": [refer_to(section)], **change}
        response = admin.call("POST", f"{PATH}{suffix}", body)
        assert response.status_code == 400, response.text
        assert said in response.text
    both = {**refer_to(question), "query": {"metrics": ["orders"]}}
    error = admin.expect_error(
        "POST", f"{PATH}{suffix}", {**WEEKLY, "sections": [both]}
    )
    assert error == (400, "INVALID_REQUEST")


def test_a_report_is_paused_and_resumed(admin: ApiClient, report: Any) -> None:
    paused = admin.expect_ok("POST", path_of(report, "/pause"))
    assert (paused["isPaused"], paused["nextDueAt"]) == (True, None)

    resumed = admin.expect_ok("POST", path_of(report, "/resume"))
    assert (resumed["isPaused"], resumed["nextDueAt"]) == (False, report["nextDueAt"])


def test_a_report_that_cannot_be_read_any_more_is_shown_and_saved_anew(
    admin: ApiClient, runtime: Runtime, report: Any
) -> None:
    canceled = admin.expect_ok("POST", path_of(report, "/runs"))
    admin.expect_ok("POST", path_of(report, "/pause"))
    with runtime.db.unit_of_work() as session:
        stored = session.get_one(Report, UUID(report["reportId"]))
        stored.definition = {**stored.definition, "colour": "green"}

    shown = admin.expect_ok("GET", path_of(report))

    assert shown["name"] == "Weekly sales"
    assert shown["problem"]["reason"].startswith("colour: ")
    assert shown["problem"]["saved"]["colour"] == "green"
    assert (shown["sections"], shown["period"], shown["schedule"]) == ([], None, None)
    assert shown in admin.expect_ok("GET", PATH)["items"]
    for suffix in ("/resume", "/runs", f"/runs/{canceled['runId']}/catch-up"):
        error = admin.expect_error("POST", path_of(report, suffix))
        assert error == (409, "REPORT_UNREADABLE")
    assert admin.expect_ok("POST", path_of(report, "/pause"))["isPaused"]
    anew = admin.expect_ok("PUT", path_of(report), WEEKLY)
    assert "problem" not in anew
    assert anew["schedule"] == WEEKLY["schedule"]


def test_a_preview_refuses_the_recipients_that_saving_would(
    admin: ApiClient, email: str
) -> None:
    body = {**EARLIER, "recipients": [email, "stranger@example.com"]}

    refused = [admin.call("POST", f"{PATH}{each}", body) for each in ("", "/preview")]

    saved, previewed = (each.get_json()["error"] for each in refused)
    assert previewed["code"] == saved["code"] == "REPORT_RECIPIENTS_WITHOUT_ACCESS"
    for error in (saved, previewed):
        assert error["details"]["addresses"] == ["stranger@example.com"]


def test_a_preview_shows_the_mail_and_leaves_nothing_behind(
    admin: ApiClient, database: Database
) -> None:
    with database.unit_of_work() as session:
        insert_history(session)

    before = admin.expect_ok("GET", PATH)

    response = admin.call("POST", f"{PATH}/preview", EARLIER)

    assert response.status_code == 200, response.text
    assert response.mimetype == "text/html"
    assert "<h1>Weekly sales</h1>" in response.text
    assert 'src="data:image/png;base64,' in response.text
    policy = response.headers["Content-Security-Policy"]
    assert "img-src data:" in policy
    assert "script" not in policy
    assert admin.expect_ok("GET", PATH) == before


def test_a_run_has_its_figures_page_files_and_mails(
    admin: ApiClient, runtime: Runtime, report: Any, email: str
) -> None:
    with runtime.db.unit_of_work() as session:
        insert_history(session)

    run = run_report(admin, runtime, report)

    assert (run["status"], run["isManual"], run["files"]) == (
        "computed",
        True,
        ["report.csv"],
    )
    [mail] = run["mails"]
    assert (mail["email"], mail["status"], mail["problem"]) == (email, "sent", None)
    at = path_of(report, f"/runs/{run['runId']}")
    document = admin.expect_ok("GET", f"{at}/document")
    assert document["title"] == "Weekly sales"
    assert document["sections"][0]["result"]["rows"]
    assert "<h1>Weekly sales</h1>" in admin.call("GET", f"{at}/page").text
    file = admin.call("GET", f"{at}/file?name=report.csv")
    assert file.mimetype == "text/csv"
    assert file.headers["Content-Disposition"] == 'attachment; filename="report.csv"'
    missing = admin.call("GET", f"{at}/file?name=../document.json")
    assert missing.get_json()["error"]["code"] == "REPORT_FILE_NOT_FOUND"
    assert "it has report.csv" in missing.text
    assert admin.expect_ok("GET", path_of(report, "/runs"))["items"] == [run]


def test_what_was_restated_since_a_report_was_sent_is_listed(
    admin: ApiClient, runtime: Runtime, report: Any
) -> None:
    with runtime.db.unit_of_work() as session:
        insert_history(session)
    run = run_report(admin, runtime, report)
    at = path_of(report, f"/runs/{run['runId']}")
    before = admin.expect_ok("GET", f"{at}/document")
    assert admin.expect_ok("GET", f"{at}/restatement") == {"items": [], "problems": []}

    with runtime.db.unit_of_work() as session:
        cancel_one_order(session)

    restated = admin.expect_ok("GET", f"{at}/restatement")
    assert {each["figure"] for each in restated["items"]} == {
        "net revenue",
        "units sold",
    }
    assert all(each["now"] < each["asSent"] for each in restated["items"])
    assert admin.expect_ok("GET", f"{at}/document") == before


def test_a_period_that_was_not_over_is_no_restatement(
    admin: ApiClient, runtime: Runtime
) -> None:
    report = admin.expect_ok("POST", PATH, {**WEEKLY, "period": {"unit": "day"}})
    run = run_report(admin, runtime, report)

    at = path_of(report, f"/runs/{run['runId']}/restatement")
    [problem] = admin.expect_ok("GET", at)["problems"]
    assert "was not over when the report was computed" in problem


def cancel_one_order(session: Any) -> None:
    session.connection().exec_driver_sql(
        "UPDATE orders SET status = 'CANCELLED' WHERE number = 50000"
    )


def test_a_run_that_waits_has_no_figures_yet(admin: ApiClient, report: Any) -> None:
    run = admin.expect_ok("POST", path_of(report, "/runs"))

    at = path_of(report, f"/runs/{run['runId']}")
    assert run["status"] == "pending"
    for part in ("document", "page", "restatement"):
        error = admin.expect_error("GET", f"{at}/{part}")
        assert error == (409, "REPORT_NOT_COMPUTED")
    error = admin.expect_error("POST", f"{at}/catch-up")
    assert error == (409, "REPORT_RUN_NOT_REPEATABLE")


def test_a_run_of_another_report_is_not_found(admin: ApiClient, report: Any) -> None:
    other = admin.expect_ok("POST", PATH, WEEKLY)
    run = admin.expect_ok("POST", path_of(report, "/runs"))

    for at in (
        path_of(other, f"/runs/{run['runId']}"),
        path_of(report, f"/runs/{uuid4()}"),
    ):
        error = admin.expect_error("GET", at)
        assert error == (404, "REPORT_RUN_NOT_FOUND")


def read_link(runtime: Runtime) -> str:
    [mail] = NotificationHarness(runtime).read_mails()
    link = urlsplit(mail["List-Unsubscribe"].strip("<>"))
    return f"{link.path}?{link.query}".removeprefix(API_PREFIX)


def test_a_recipient_stops_the_report_by_the_link_in_its_mail(
    admin: ApiClient, nobody: ApiClient, runtime: Runtime, report: Any
) -> None:
    run_report(admin, runtime, report)
    link = read_link(runtime)

    shown = nobody.expect_ok("GET", link)
    assert shown == {"report": "Weekly sales", "subscribed": True}
    stopped = nobody.expect_ok("POST", link)
    assert stopped == {"report": "Weekly sales", "subscribed": False}

    view = admin.expect_ok("GET", path_of(report))
    assert view["recipients"][0]["isSubscribed"] is False
    assert view["nextDueAt"] is None
    assert run_report(admin, runtime, report)["mails"] == []
    assert len(NotificationHarness(runtime).read_mails()) == 1


def test_only_the_recipient_can_have_a_stopped_report_again(
    app: Flask,
    admin: ApiClient,
    nobody: ApiClient,
    runtime: Runtime,
    report: Any,
    email: str,
) -> None:
    run_report(admin, runtime, report)
    nobody.expect_ok("POST", read_link(runtime))
    colleague = ApiClient(app, create_admin(runtime), admin=True)
    body = {**EARLIER, "recipients": [email]}

    by_other = colleague.expect_ok("PUT", path_of(report), body)
    assert by_other["recipients"][0]["isSubscribed"] is False
    for client in (colleague, admin):
        removed = client.expect_ok("PUT", path_of(report), EARLIER)
        assert removed["nextDueAt"] is None
    again = colleague.expect_ok("PUT", path_of(report), body)
    assert again["recipients"][0]["isSubscribed"] is False
    by_owner = admin.expect_ok("PUT", path_of(report), body)
    assert by_owner["recipients"][0]["isSubscribed"] is True


def create_admin(runtime: Runtime) -> UUID:
    return NotificationHarness(runtime).create_customer(
        email="colleague@example.com", admin=True
    )


def test_a_link_that_is_not_ours_stops_nothing(nobody: ApiClient) -> None:
    for token in ("x", "a.b.c"):
        error = nobody.expect_error("POST", f"/reports/unsubscribe?token={token}")
        assert error == (400, "BAD_REPORT_LINK")


def test_reports_are_for_admins_alone(customer: ApiClient, nobody: ApiClient) -> None:
    assert customer.expect_error("GET", PATH)[0] == 403
    assert nobody.expect_error("POST", PATH, WEEKLY)[0] == 401

"""Reports over the API: defined, changed, paused, previewed, run by hand, read and stopped."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from flask import Flask

from tests.support.api_client import API_PREFIX, ApiClient
from tests.support.notification_harness import NotificationHarness
from tests.support.report_analytics import PlainReportsClient
from tests.support.report_harness import REPORT_JOBS, WEEKLY
from tests.support.trading_history import insert_history
from webapp.accounts.models import Customer
from webapp.bootstrap import Runtime
from webapp.db.session import Database

PATH = "/admin/reports"
EARLIER = {**WEEKLY, "period": {"unit": "year", "count": 10}}
"""Of all that there is, at any date of the test."""


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
    assert admin.expect_ok("GET", PATH)["items"] == [report]


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
        ({"period": {"unit": "week", "offset": -1}}, "BAD_WINDOW", "still to come"),
        ({"period": {"unit": "year", "count": 9000}}, "BAD_WINDOW", "the calendar"),
        ({"name": ""}, "INVALID_REQUEST", "name"),
        ({"formats": ["docx"]}, "INVALID_REQUEST", "formats"),
        ({"recipients": ["stranger@example.com"]}, None, "stranger@example.com"),
        ({"recipients": ["no address"]}, "INVALID_REQUEST", "recipients"),
        ({"unknown": 1}, "INVALID_REQUEST", "unknown"),
        (
            {"sections": [{"heading": "x", "query": {"metrics": ["profit"]}}]},
            "IMPOSSIBLE_QUERY",
            "x: profit is no metric",
        ),
        (
            {"sections": [{"heading": "x"}]},
            "INVALID_REQUEST",
            "one of query and analysis",
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


def test_a_report_is_paused_and_resumed(admin: ApiClient, report: Any) -> None:
    paused = admin.expect_ok("POST", path_of(report, "/pause"))
    assert (paused["isPaused"], paused["nextDueAt"]) == (True, None)

    resumed = admin.expect_ok("POST", path_of(report, "/resume"))
    assert (resumed["isPaused"], resumed["nextDueAt"]) == (False, report["nextDueAt"])


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

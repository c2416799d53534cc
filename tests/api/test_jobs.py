"""Background jobs as an admin sees them."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, update

from tests.support.api_client import ApiClient
from webapp.bootstrap import Runtime
from webapp.db import outbox
from webapp.db.outbox import OutboxMessage, enqueue


def enqueue_job(runtime: Runtime, job: str, **delay: timedelta) -> UUID:
    with runtime.db.unit_of_work() as session:
        return enqueue(session, job, order_id="x", **delay).id


def dead_letter(runtime: Runtime, job_id: UUID) -> None:
    with runtime.db.unit_of_work() as session:
        outbox.record_failure(session, job_id, error="LookupError: x", retry_in=None)


def mark_done(runtime: Runtime, job_id: UUID) -> None:
    with runtime.db.unit_of_work() as session:
        outbox.mark_done(session, job_id)


@pytest.fixture
def jobs(runtime: Runtime) -> dict[str, UUID]:
    """One in each state."""
    ids = {state: enqueue_job(runtime, "orders.fulfil") for state in ("open", "done")}
    ids["failed"] = enqueue_job(runtime, "payments.refund")
    dead_letter(runtime, ids["failed"])
    mark_done(runtime, ids["done"])
    return ids


@pytest.mark.parametrize("state", ["open", "failed", "done"])
def test_jobs_are_listed_by_state(
    admin: ApiClient, jobs: dict[str, UUID], state: str
) -> None:
    [job] = admin.expect_ok("GET", "/admin/jobs", state=state)["items"]

    assert (job["jobId"], job["state"]) == (str(jobs[state]), state)
    assert job["arguments"] == {"order_id": "x"}
    assert job.get("lastError") == ("LookupError: x" if state == "failed" else None)
    assert admin.expect_ok("GET", f"/admin/jobs/{jobs[state]}") == job


def test_jobs_are_listed_by_name_and_in_pages(
    admin: ApiClient, runtime: Runtime
) -> None:
    ids = [str(enqueue_job(runtime, "orders.expire")) for _ in range(3)]
    enqueue_job(runtime, "orders.fulfil")

    first = admin.expect_ok("GET", "/admin/jobs", job="orders.expire", limit=2)
    rest = admin.expect_ok(
        "GET", "/admin/jobs", job="orders.expire", limit=2, lastKey=first["lastKey"]
    )

    assert [job["jobId"] for job in first["items"] + rest["items"]] == ids[::-1]
    assert "lastKey" not in rest


def test_a_failed_job_is_retried(
    admin: ApiClient, runtime: Runtime, jobs: dict[str, UUID]
) -> None:
    response = admin.call("POST", f"/admin/jobs/{jobs['failed']}/retry")

    assert response.status_code == 202
    assert response.get_json()["state"] == "open"
    assert response.get_json()["attempts"] == 0
    with runtime.db.unit_of_work() as session:
        due = {message.id for message in outbox.claim_due(session)}
    assert jobs["failed"] in due


@pytest.mark.parametrize("state", ["open", "done"])
def test_only_a_failed_job_can_be_retried(
    admin: ApiClient, jobs: dict[str, UUID], state: str
) -> None:
    error = admin.expect_error("POST", f"/admin/jobs/{jobs[state]}/retry")

    assert error == (409, "JOB_NOT_FAILED")


def test_an_unknown_job_is_404(admin: ApiClient) -> None:
    assert admin.expect_error("GET", f"/admin/jobs/{uuid4()}") == (404, "JOB_NOT_FOUND")
    error = admin.expect_error("POST", f"/admin/jobs/{uuid4()}/retry")
    assert error == (404, "JOB_NOT_FOUND")


def test_all_failed_jobs_are_retried_or_those_of_a_name(
    admin: ApiClient, runtime: Runtime
) -> None:
    for job in ("orders.fulfil", "orders.fulfil", "payments.refund"):
        dead_letter(runtime, enqueue_job(runtime, job))

    path = "/admin/jobs/retry-failed"
    assert admin.expect_ok("POST", path, {"job": "orders.fulfil"}) == {"retried": 2}
    assert admin.expect_ok("POST", path, {}) == {"retried": 1}
    assert admin.expect_ok("POST", path, {}) == {"retried": 0}


def test_the_summary_counts_jobs_and_their_waiting_time(
    admin: ApiClient, runtime: Runtime, jobs: dict[str, UUID]
) -> None:
    enqueue_job(runtime, "orders.expire", after=timedelta(minutes=15))
    with runtime.db.unit_of_work() as session:
        session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id == jobs["open"])
            .values(due_at=func.now() - timedelta(minutes=2))
        )

    summary = admin.expect_ok("GET", "/admin/jobs/summary")

    assert (summary["waiting"], summary["scheduled"], summary["failed"]) == (1, 1, 1)
    assert 120 <= summary["oldestWaitingSeconds"] < 180
    assert [job["job"] for job in summary["jobs"]] == [
        "orders.expire",
        "orders.fulfil",
        "payments.refund",
    ]


def test_an_unknown_state_is_400(admin: ApiClient) -> None:
    error = admin.expect_error("GET", "/admin/jobs", state="lost")

    assert error == (400, "INVALID_REQUEST")

"""What runs leave in the storage, and how it goes."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from jobs.context import JobContext
from jobs.reports import delete_expired
from tests.support.report_harness import ReportHarness, at
from webapp.account_deletion.service import delete_account
from webapp.adapters.storage.port import NotStored
from webapp.db.outbox import enqueue
from webapp.insights.reports import mails, service
from webapp.insights.reports.models import (
    Report,
    ReportDelivery,
    ReportRecipient,
    ReportRun,
)
from webapp.kit.clock import utc_now

pytestmark = pytest.mark.slow

MONDAY = at("2025-11-10", 6)


@pytest.fixture
def boss(reports: ReportHarness) -> UUID:
    return reports.create_admin("boss@example.com")


@pytest.fixture
def report_id(reports: ReportHarness, boss: UUID) -> UUID:
    """Run twice."""
    report_id = reports.create_report(
        boss, "boss@example.com", now=at("2025-11-04"), formats=["csv"]
    )
    reports.start_due(MONDAY + timedelta(weeks=1))
    reports.run_jobs()
    return report_id


def list_files(reports: ReportHarness) -> list[str]:
    return reports.runtime.storage.list_paths("reports")


def test_a_run_has_its_files_in_one_folder(
    reports: ReportHarness, report_id: UUID
) -> None:
    first, second = reports.list_runs(report_id)

    assert list_files(reports) == sorted(
        f"reports/{report_id}/{run.id}/{name}"
        for run in (first, second)
        for name in ("document.json", "files/report.csv", "mail.json")
    )


def test_a_deleted_report_takes_its_history_and_its_files_along(
    reports: ReportHarness, report_id: UUID
) -> None:
    with reports.runtime.db.unit_of_work() as session:
        service.delete_report(session, report_id=report_id)
    reports.run_jobs()

    assert list_files(reports) == []
    with reports.runtime.db.unit_of_work() as session:
        for model in (Report, ReportRun, ReportDelivery, ReportRecipient):
            count = session.scalar(select(func.count()).select_from(model))
            assert count == 0, model


def test_runs_that_have_expired_are_deleted_with_their_files(
    reports: ReportHarness, report_id: UUID
) -> None:
    first, second = reports.list_runs(report_id)
    days = reports.runtime.settings.report_retention_days
    with reports.runtime.db.unit_of_work() as session:
        session.execute(
            update(ReportRun)
            .where(ReportRun.id == first.id)
            .values(created_at=utc_now() - timedelta(days=days, minutes=1))
        )
        message_id = enqueue(session, "reports.delete_expired").id

    delete_expired(reports.runtime, JobContext(message_id))

    assert [run.id for run in reports.list_runs(report_id)] == [second.id]
    assert {path.split("/")[2] for path in list_files(reports)} == {str(second.id)}


def test_a_deleted_account_is_no_recipient_and_has_no_mails(
    reports: ReportHarness, report_id: UUID, boss: UUID
) -> None:
    with reports.runtime.db.unit_of_work() as session:
        delete_account(session, customer_id=boss, verified_hash="!", now=utc_now())

    with reports.runtime.db.unit_of_work() as session:
        assert service.read_report(session, report_id=report_id).recipients == []
        assert session.scalar(select(func.count()).select_from(ReportDelivery)) == 0
    assert reports.start_due(MONDAY + timedelta(weeks=9)) == 0
    assert reports.load_report(report_id).next_due_at is None


def test_files_that_are_too_large_for_a_mail_are_named_in_it(
    reports: ReportHarness, boss: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mails, "MAX_ATTACHED_BYTES", 10)
    report_id = reports.create_report(
        boss, "boss@example.com", now=at("2025-11-04"), formats=["csv", "pdf"]
    )
    reports.start_due(MONDAY)
    reports.run_jobs()

    [mail] = reports.read_mails()
    assert list(mail.iter_attachments()) == []
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    [run] = reports.list_runs(report_id)
    for part in (text, html):
        content = part.get_content()
        assert "report.csv, report.pdf" in " ".join(content.split())
        assert f"/api/v1/admin/reports/{report_id}/runs/{run.id}" in content


def test_a_mail_of_a_run_without_files_fails_and_is_tried_again(
    reports: ReportHarness, boss: UUID
) -> None:
    """The storage is away, or somebody has emptied it: no mail without figures."""
    reports.create_report(boss, "boss@example.com", now=at("2025-11-04"))
    reports.start_due(MONDAY)
    reports.run_jobs("reports.run")
    for path in list_files(reports):
        reports.runtime.storage.delete(path)

    with pytest.raises(NotStored):
        reports.run_jobs()

    assert reports.read_mails() == []
    [waiting] = reports.notifications.list_open("reports.mail")
    assert waiting.last_error

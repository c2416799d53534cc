"""Runs of reports: each time that one is due it is computed once and mailed once a recipient."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from jobs.context import AlreadyDone, JobContext
from jobs.execution import run_job
from jobs.registry import JOBS
from jobs.reports import run as compute_run
from jobs.reports import send_mail
from tests.support.factories import NO_PASSWORD
from tests.support.report_analytics import PlainReportsClient
from tests.support.report_harness import WEEKLY, ReportHarness, at
from webapp.account_deletion.service import delete_account
from webapp.adapters.analytics.port import (
    Json,
    QueryOutcome,
    RenderedReport,
    ReportFormat,
    ReportTooLarge,
)
from webapp.adapters.mail.port import Mail, MailRefused, MailUnavailable
from webapp.bootstrap import Runtime
from webapp.db.outbox import require_message
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.reports import runs, service
from webapp.insights.reports.document import ReportAlert, ReportDocument
from webapp.insights.reports.models import MailStatus, RunStatus
from webapp.insights.reports.stored_files import StoredRun
from webapp.insights.saved_questions import service as saved_questions
from webapp.insights.saved_questions.models import SavedQuestion
from webapp.kit.errors import Unavailable

pytestmark = pytest.mark.slow

MONDAY = at("2025-11-10", 6)
CREATED = at("2025-11-04")


@pytest.fixture
def boss(reports: ReportHarness) -> UUID:
    return reports.create_admin("boss@example.com")


def create_weekly(reports: ReportHarness, boss: UUID, **changes: object) -> UUID:
    return reports.create_report(boss, "boss@example.com", now=CREATED, **changes)


def list_statuses(reports: ReportHarness, report_id: UUID) -> list[str]:
    return [run.status for run in reports.list_runs(report_id)]


def test_a_due_report_is_computed_and_mailed_once_a_recipient(
    reports: ReportHarness, boss: UUID
) -> None:
    reports.create_admin("ada@example.com")
    report_id = reports.create_report(
        boss, "boss@example.com", "ada@example.com", now=CREATED, formats=["pdf"]
    )

    assert reports.start_due(MONDAY - timedelta(seconds=1)) == 0
    assert reports.start_due(MONDAY) == 1
    assert reports.start_due(MONDAY) == 0
    reports.run_jobs()

    [run] = reports.list_runs(report_id)
    assert (run.status, run.is_late, run.due_at) == ("computed", False, MONDAY)
    assert (str(run.first_day), str(run.last_day)) == ("2025-11-03", "2025-11-09")
    assert run.files == ["report.pdf"]
    mails = reports.read_mails()
    assert {mail["To"] for mail in mails} == {"boss@example.com", "ada@example.com"}
    assert len({mail["Message-ID"] for mail in mails}) == 2
    assert {mail["Subject"] for mail in mails} == {"Weekly sales: 3 to 9 November 2025"}
    assert [part.get_filename() for part in mails[0].iter_attachments()] == [
        "report.pdf"
    ]
    assert {each.status for each in reports.list_deliveries()} == {MailStatus.SENT}


def test_figures_are_those_of_the_period_as_of_when_it_was_due(
    reports: ReportHarness, boss: UUID
) -> None:
    report_id = create_weekly(reports, boss)
    reports.start_due(MONDAY + timedelta(days=2))
    reports.run_jobs()

    [mail] = reports.read_mails()
    part = mail.get_body(("plain",))
    assert part is not None
    text = part.get_content()
    assert '"asOf":"2025-11-10T06:00:00Z"' in text
    assert '"isLate":true' in text
    assert mail["Subject"].endswith("(late)")
    [run] = reports.list_runs(report_id)
    folder = StoredRun(reports.runtime.storage, report_id, run.id)
    [section] = folder.read_document().sections
    assert section.result is not None
    # One to three kettles a day, of the week from the 63rd day on, and a cup every other day.
    kettles = sum(1 + day % 3 for day in range(63, 70))
    assert section.result.totals["units"] == kettles + 4
    assert run.is_late


def test_missed_times_are_caught_up_and_marked_late(
    reports: ReportHarness, boss: UUID
) -> None:
    report_id = create_weekly(reports, boss)

    reports.start_due(at("2025-11-26"))
    reports.run_jobs()

    found = reports.list_runs(report_id)
    assert [str(run.due_at.date()) for run in found] == [
        "2025-11-10",
        "2025-11-17",
        "2025-11-24",
    ]
    assert all(run.is_late for run in found)
    assert len(reports.read_mails()) == 3
    planned = reports.load_report(report_id).next_due_at
    assert planned == at("2025-12-01", 6)


def test_what_was_missed_too_long_ago_is_recorded_and_can_be_caught_up_by_hand(
    reports: ReportHarness, boss: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "MAX_CAUGHT_UP", 2)
    report_id = create_weekly(reports, boss, schedule="0 6 * * *")

    reports.start_due(CREATED + timedelta(days=4))

    statuses = list_statuses(reports, report_id)
    assert statuses == ["missed"] * 2 + ["pending"] * 2
    missed = reports.list_runs(report_id)[0]
    with reports.runtime.db.unit_of_work() as session:
        runs.repeat_run(session, report_id=report_id, run_id=missed.id)
    reports.run_jobs()
    statuses = list_statuses(reports, report_id)
    assert statuses == ["computed", "missed", "computed", "computed"]


def test_a_report_without_recipients_is_never_due_and_can_be_run_by_hand(
    reports: ReportHarness, boss: UUID
) -> None:
    report_id = reports.create_report(boss, now=CREATED)

    assert reports.load_report(report_id).next_due_at is None
    with reports.runtime.db.unit_of_work() as session:
        runs.run_now(session, report_id=report_id, now=MONDAY)
    reports.run_jobs()

    assert list_statuses(reports, report_id) == ["computed"]
    assert reports.read_mails() == []


def test_a_dismissed_creator_pauses_the_report_and_the_admins_are_notified(
    reports: ReportHarness, boss: UUID
) -> None:
    reports.create_admin("ada@example.com")
    report_id = reports.create_report(
        boss, "boss@example.com", "ada@example.com", now=CREATED
    )
    reports.dismiss(boss)

    reports.start_due(MONDAY)
    reports.run_jobs()
    reports.notifications.run_jobs()

    report = reports.load_report(report_id)
    assert report.is_paused
    assert report.pause_reason == "its creator is no admin any more"
    assert reports.list_runs(report_id) == []
    [mail] = reports.read_mails()
    assert mail["To"] == "ada@example.com"
    assert mail["Subject"] == "The report Weekly sales is paused"


def spoil(reports: ReportHarness, report_id: UUID) -> None:
    """What an earlier version of the shop has saved, and this one cannot read."""
    with reports.runtime.db.unit_of_work() as session:
        report = service.require_report(session, report_id=report_id)
        report.definition = {**report.definition, "colour": "green"}


def test_a_report_that_cannot_be_read_is_paused_and_the_others_are_started(
    reports: ReportHarness, boss: UUID
) -> None:
    broken = create_weekly(reports, boss, name="Broken")
    other = create_weekly(reports, boss, name="Others")
    spoil(reports, broken)

    assert reports.start_due(MONDAY) == 2
    assert reports.start_due(MONDAY) == 0
    reports.run_jobs()
    reports.notifications.run_jobs()

    assert list_statuses(reports, broken) == []
    assert list_statuses(reports, other) == ["computed"]
    paused = reports.load_report(broken)
    assert paused.is_paused
    assert paused.pause_reason is not None
    assert "can no longer be read (colour: " in paused.pause_reason
    mails = {mail["Subject"]: mail for mail in reports.read_mails()}
    assert mails.keys() == {
        "Others: 3 to 9 November 2025",
        "The report Broken is paused",
    }
    part = mails["The report Broken is paused"].get_body(("plain",))
    assert part is not None
    assert "colour" in part.get_content()
    assert f"PUT /api/v1/admin/reports/{broken}" in part.get_content()


def test_a_run_of_a_report_that_cannot_be_read_any_more_is_canceled(
    reports: ReportHarness, boss: UUID
) -> None:
    report_id = create_weekly(reports, boss)
    reports.start_due(MONDAY)
    spoil(reports, report_id)

    reports.run_jobs()

    assert reports.load_report(report_id).is_paused
    [run] = reports.list_runs(report_id)
    assert run.status == RunStatus.CANCELED
    assert "colour" in (run.problem or "")
    assert reports.read_mails() == []


@pytest.mark.usefixtures("boss")
@pytest.mark.parametrize("dismissed_before", ["reports.run", "reports.mail"])
def test_access_is_checked_until_the_mail_is_sent(
    reports: ReportHarness, dismissed_before: str
) -> None:
    ada = reports.create_admin("ada@example.com")
    report_id = reports.create_report(
        ada, "boss@example.com", "ada@example.com", now=CREATED
    )
    reports.start_due(MONDAY)
    if dismissed_before == "reports.mail":
        reports.run_jobs("reports.run")
    reports.dismiss(ada)

    reports.run_jobs()

    assert reports.read_mails() == []
    assert reports.load_report(report_id).is_paused
    skipped = {each.problem for each in reports.list_deliveries()}
    assert skipped <= {"the report's creator is no admin any more"}


def test_a_recipient_who_is_no_admin_any_more_gets_nothing(
    reports: ReportHarness, boss: UUID
) -> None:
    ada = reports.create_admin("ada@example.com")
    reports.create_report(boss, "boss@example.com", "ada@example.com", now=CREATED)
    reports.start_due(MONDAY)
    reports.run_jobs("reports.run")
    reports.dismiss(ada)

    reports.run_jobs()

    assert [mail["To"] for mail in reports.read_mails()] == ["boss@example.com"]
    found = {each.customer_id: each for each in reports.list_deliveries()}
    assert found[ada].status == MailStatus.SKIPPED
    assert found[ada].problem == "the recipient is no admin any more"


class FailingMail:
    """Fails a number of times, and then sends."""

    def __init__(self, runtime: Runtime, error: Exception, *, times: int) -> None:
        self._sender = runtime.mail
        self._error = error
        self._times = times
        self.sent: list[Mail] = []

    def send(self, mail: Mail) -> None:
        if self._times:
            self._times -= 1
            raise self._error
        self.sent.append(mail)
        self._sender.send(mail)

    def check_recipient(self, address: str) -> None:
        self._sender.check_recipient(address)

    def check(self) -> None:
        self._sender.check()


def test_a_mail_that_the_server_rejects_is_shown_and_not_tried_again(
    reports: ReportHarness, boss: UUID
) -> None:
    create_weekly(reports, boss)
    mail = FailingMail(reports.runtime, MailRefused("5.1.1 no such user"), times=9)
    reports.start_due(MONDAY)

    reports.run_jobs(runtime=replace(reports.runtime, mail=mail))

    [delivery] = reports.list_deliveries()
    assert (delivery.status, delivery.problem) == ("rejected", "5.1.1 no such user")
    assert reports.run_jobs() == 0


def test_a_mail_server_that_is_away_is_tried_again_and_said_meanwhile(
    reports: ReportHarness, boss: UUID
) -> None:
    create_weekly(reports, boss)
    mail = FailingMail(reports.runtime, MailUnavailable("connection refused"), times=1)
    failing = replace(reports.runtime, mail=mail)
    reports.start_due(MONDAY)
    reports.run_jobs("reports.run")

    with pytest.raises(MailUnavailable):
        reports.run_jobs(runtime=failing)
    [waiting] = reports.list_deliveries()
    assert (waiting.status, waiting.problem) == ("pending", "connection refused")

    [message] = reports.notifications.list_open("reports.mail")
    send_mail(failing, JobContext(message.id), delivery_id=str(waiting.id))
    [sent] = reports.list_deliveries()
    assert (sent.status, sent.problem) == ("sent", None)


def test_a_mail_is_the_same_each_time_that_it_is_tried(
    reports: ReportHarness, boss: UUID
) -> None:
    """A crash between the server's acceptance and the commit repeats it: as the same message."""
    create_weekly(reports, boss)
    reports.start_due(MONDAY)
    reports.run_jobs("reports.run")
    [delivery] = reports.list_deliveries()

    class Crash(BaseException):
        pass

    class CrashingMail(FailingMail):
        def send(self, mail: Mail) -> None:
            super().send(mail)
            raise Crash

    for _ in range(2):
        mail = CrashingMail(reports.runtime, MailRefused(""), times=0)
        crashing = replace(reports.runtime, mail=mail)
        with pytest.raises(Crash):
            send_mail(crashing, JobContext(uuid4()), delivery_id=str(delivery.id))
    reports.run_jobs()

    assert len(reports.read_mails()) == 1  # one file a Message-ID
    assert reports.list_deliveries()[0].status == MailStatus.SENT


class OvertakenAnalytics(PlainReportsClient):
    """Renders a report after another attempt at its run has done all of it."""

    def __init__(self, reports: ReportHarness) -> None:
        super().__init__(reports.runtime.db, reports.runtime.settings)
        self._reports = reports

    def render_report(
        self, document: Json, formats: Sequence[ReportFormat], *, caller_id: UUID
    ) -> RenderedReport:
        self._reports.run_jobs()
        return super().render_report(document, formats, caller_id=caller_id)


def test_a_run_whose_lease_ended_too_early_is_mailed_once(
    reports: ReportHarness, boss: UUID
) -> None:
    """Two attempts at it at once: the slower one leaves no trace."""
    report_id = create_weekly(reports, boss)
    reports.start_due(MONDAY)
    [message] = reports.notifications.list_due("reports.run")
    overtaken = replace(reports.runtime, analytics=OvertakenAnalytics(reports))

    with pytest.raises(AlreadyDone):
        compute_run(overtaken, JobContext(message.id), **message.arguments)
    reports.run_jobs()

    assert list_statuses(reports, report_id) == ["computed"]
    assert len(reports.list_deliveries()) == len(reports.read_mails()) == 1


class AbsentAnalytics(PlainReportsClient):
    def run_query(self, query: Json, *, caller_id: UUID) -> QueryOutcome:
        del query, caller_id
        raise AwayForTest("Ray does not answer")


class AwayForTest(Unavailable):
    code = "AWAY"


def test_analytics_that_are_away_are_tried_again_and_said_meanwhile(
    reports: ReportHarness, boss: UUID
) -> None:
    report_id = create_weekly(reports, boss)
    settings, db = reports.runtime.settings, reports.runtime.db
    away = replace(reports.runtime, analytics=AbsentAnalytics(db, settings))
    reports.start_due(MONDAY)

    with pytest.raises(AwayForTest):
        reports.run_jobs(runtime=away)

    [run] = reports.list_runs(report_id)
    assert (run.status, run.problem) == (RunStatus.PENDING, "Ray does not answer")


class NarrowAnalytics(PlainReportsClient):
    def render_report(
        self, document: Json, formats: Sequence[ReportFormat], *, caller_id: UUID
    ) -> RenderedReport:
        del document, formats, caller_id
        raise ReportTooLarge.from_limit(512)


def test_a_report_that_is_too_large_is_canceled_with_its_reason_and_not_tried_again(
    reports: ReportHarness, boss: UUID
) -> None:
    report_id = create_weekly(reports, boss)
    settings, db = reports.runtime.settings, reports.runtime.db
    narrow = replace(reports.runtime, analytics=NarrowAnalytics(db, settings))
    reports.start_due(MONDAY)
    [message] = reports.notifications.list_due("reports.run")

    with pytest.raises(ReportTooLarge):
        run_job(
            narrow,
            JOBS["reports.run"],
            JobContext(message.id),
            arguments=message.arguments,
        )

    [run] = reports.list_runs(report_id)
    assert run.status == RunStatus.CANCELED
    assert "512 MB" in (run.problem or "")
    with db.unit_of_work() as session:
        stored = require_message(session, message.id)
        assert stored.dead_lettered_at is not None
        runs.repeat_run(session, report_id=report_id, run_id=run.id)
    reports.run_jobs()
    assert list_statuses(reports, report_id) == ["computed"]


def test_a_section_that_cannot_be_computed_says_why_and_the_others_are_there(
    reports: ReportHarness, boss: UUID
) -> None:
    sections = [
        *WEEKLY["sections"],
        {"heading": "Retention", "analysis": {"analysis": "retention"}},
        {
            "heading": "Too few",
            "analysis": {"analysis": "forecast", "window": {"unit": "day"}},
        },
    ]
    create_weekly(reports, boss, sections=sections)
    reports.start_due(MONDAY)
    reports.run_jobs()

    [mail] = reports.read_mails()
    part = mail.get_body(("plain",))
    assert part is not None
    text = part.get_content()
    assert '"analysis":{"request":{' in text
    assert '"heading":"Too few","problem":"' in text


def run_daily_alert(
    reports: ReportHarness, boss: UUID, *, at_least: int, days: int
) -> UUID:
    """An alert on units, judged on each of the days."""
    report_id = create_weekly(
        reports,
        boss,
        schedule="0 6 * * *",
        period={"unit": "day", "offset": 1},
        condition={"section": 0, "bounds": {"by": "units", "atLeast": at_least}},
    )
    for day in range(1, days + 1):
        reports.start_due(CREATED + timedelta(days=day))
        reports.run_jobs()
    return report_id


def test_an_alert_is_mailed_once_for_each_row_that_begins_to_meet_its_condition(
    reports: ReportHarness, boss: UUID
) -> None:
    """Kettles bring 14 or 42 or so a day; the bound is met on some days only."""
    report_id = run_daily_alert(reports, boss, at_least=3, days=10)

    found = reports.list_runs(report_id)
    met = [bool(run.met_by) for run in found]
    mailed = [run.status == RunStatus.COMPUTED for run in found]
    assert set(met) == {True, False}
    assert mailed == [
        now and not before for before, now in zip([False, *met], met, strict=False)
    ]
    mails = reports.read_mails()
    assert len(mails) == sum(mailed)
    assert all(mail["Subject"].startswith("Alert: ") for mail in mails)
    part = mails[-1].get_body(("plain",))
    assert part is not None
    assert "units sold of at least 3" in part.get_content()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"metrics": ["orders"]}, "As saved has no figure units now"),
        ({"metrics": ["fortune"]}, "fortune is no metric"),
        ({"metrics": ["units"], "speed": 9}, "can no longer be asked"),
        ({"analysis": "concentration"}, "As saved has no anomalies now"),
    ],
)
def test_an_alert_on_a_saved_question_that_became_another_one_is_mailed_once(
    reports: ReportHarness, boss: UUID, query: dict[str, object], said: str
) -> None:
    saved = AnalyticsQuery(metrics=["units"])
    with reports.runtime.db.unit_of_work() as session:
        question = saved_questions.save_question(
            session, name="Units", question=saved, now=CREATED
        )
    report_id = create_weekly(
        reports,
        boss,
        sections=[{"heading": "As saved", "savedQuestionId": str(question.id)}],
        condition={"bounds": {"by": "units", "atMost": 0}},
    )
    reports.start_due(MONDAY)
    reports.run_jobs()
    with reports.runtime.db.unit_of_work() as session:
        session.execute(update(SavedQuestion).values(body=query))
    for week in (1, 2):
        reports.start_due(MONDAY + timedelta(weeks=week))
        reports.run_jobs()

    assert list_statuses(reports, report_id) == ["quiet", "computed", "quiet"]
    [before, first, _] = reports.list_runs(report_id)
    assert (before.met_by, before.problem) == ([], None)
    assert first.met_by is None
    assert said in (first.problem or "")
    [mail] = reports.read_mails()
    part = mail.get_body(("plain",))
    assert part is not None
    assert said in part.get_content()


def test_an_alert_says_which_rows_have_begun_to_meet_its_condition(
    reports: ReportHarness, boss: UUID
) -> None:
    """Cups are sold every other day, kettles every day."""
    report_id = run_daily_alert(reports, boss, at_least=1, days=4)

    found, known = reports.list_runs(report_id), set[str]()
    for run in found:
        folder = StoredRun(reports.runtime.storage, report_id, run.id)
        alert = folder.read_document().alert
        assert alert is not None
        assert alert.met == run.met_by
        assert alert.began == [name for name in alert.met if name not in known]
        known = set(alert.met)
    assert len({tuple(run.met_by or ()) for run in found}) > 1


def test_an_alert_catches_up_the_last_time_alone(
    reports: ReportHarness, boss: UUID
) -> None:
    report_id = create_weekly(
        reports, boss, condition={"bounds": {"by": "units", "atLeast": 1}}
    )

    reports.start_due(at("2025-11-26"))

    assert list_statuses(reports, report_id) == ["missed", "missed", "pending"]


def test_an_alert_judged_late_is_not_mailed_after_a_later_one(
    reports: ReportHarness, boss: UUID
) -> None:
    report_id = create_weekly(
        reports, boss, condition={"bounds": {"by": "units", "atLeast": 1}}
    )
    reports.start_due(MONDAY)
    [first] = reports.notifications.list_due("reports.run")
    with reports.runtime.db.unit_of_work() as session:
        runs.run_now(session, report_id=report_id, now=MONDAY + timedelta(hours=1))
    early, late = reports.notifications.list_due("reports.run")
    assert early.id == first.id
    for message in (late, early):
        run_id = message.arguments["run_id"]
        compute_run(reports.runtime, JobContext(message.id), run_id=run_id)

    assert list_statuses(reports, report_id) == ["quiet", "computed"]


def test_an_alert_that_cannot_be_judged_is_mailed_once(
    reports: ReportHarness, boss: UUID
) -> None:
    """A week before anything was recorded has too little for anomalies."""
    report_id = create_weekly(
        reports,
        boss,
        sections=[
            {
                "heading": "Unusual days",
                "analysis": {
                    "analysis": "anomalies",
                    "window": {"firstDay": "2025-09-01", "lastDay": "2025-09-02"},
                },
            }
        ],
        condition={"section": 0},
    )
    for week in range(3):
        reports.start_due(MONDAY + timedelta(weeks=week))
        reports.run_jobs()

    assert list_statuses(reports, report_id) == ["computed", "quiet", "quiet"]
    for run in reports.list_runs(report_id):
        alert = StoredRun(reports.runtime.storage, report_id, run.id).read_document()
        assert alert.alert is not None
        assert (alert.alert.met, run.met_by) == ([], None)
        assert alert.alert.problem == run.problem
        assert run.problem


def test_rows_that_met_a_condition_before_a_time_without_figures_are_not_mailed_anew(
    reports: ReportHarness, boss: UUID
) -> None:
    report_id = create_weekly(
        reports, boss, condition={"bounds": {"by": "units", "atLeast": 1}}
    )
    steps: list[tuple[str | None, list[str]]] = [
        (None, ["Cup"]),
        ("Too many rows.", []),
        ("Other words.", []),
        (None, ["Cup"]),
        ("Too many rows.", []),
        (None, ["Cup", "no figures: Mug"]),
    ]
    for week, (problem, met) in enumerate(steps):
        now = MONDAY + timedelta(weeks=week)
        with reports.runtime.db.unit_of_work() as session:
            run_id = runs.run_now(session, report_id=report_id, now=now).run.id
            known = runs.list_known_rows(session, run_id=run_id)
            assert known == ([] if week == 0 else ["Cup"])
            alert = ReportAlert.example(problem=problem, met=met, began=[])
            document = ReportDocument.example(sections=[], alert=alert)
            runs.conclude_run(
                session, run_id=run_id, document=document, files=[], now=now
            )

    assert list_statuses(reports, report_id) == [
        *("computed", "computed", "quiet"),
        *("quiet", "computed", "computed"),
    ]


def test_a_paused_report_is_not_due_and_what_waits_is_canceled(
    reports: ReportHarness, boss: UUID
) -> None:
    report_id = create_weekly(reports, boss)
    reports.start_due(MONDAY)
    set_paused(reports, report_id, boss, is_paused=True, now=MONDAY)

    reports.run_jobs()
    assert list_statuses(reports, report_id) == ["canceled"]
    assert reports.start_due(MONDAY + timedelta(weeks=3)) == 0

    resumed = MONDAY + timedelta(weeks=3)
    set_paused(reports, report_id, boss, is_paused=False, now=resumed)
    assert reports.load_report(report_id).next_due_at == at("2025-12-08", 6)


def set_paused(
    reports: ReportHarness,
    report_id: UUID,
    caller_id: UUID,
    *,
    is_paused: bool,
    now: datetime,
) -> None:
    with reports.runtime.db.unit_of_work() as session:
        service.set_paused(
            session,
            report_id=report_id,
            is_paused=is_paused,
            caller_id=caller_id,
            now=now,
            shop_zone=reports.zone,
        )


def test_a_run_is_late_as_its_document_says(reports: ReportHarness, boss: UUID) -> None:
    report_id = create_weekly(reports, boss)
    reports.start_due(MONDAY)
    [run] = reports.list_runs(report_id)
    with reports.runtime.db.unit_of_work() as session:
        due = runs.load_due_run(session, run_id=run.id)
    assert due is not None
    # It is paused and caught up while the attempt computes.
    for is_paused in (True, False):
        set_paused(reports, report_id, boss, is_paused=is_paused, now=MONDAY)
    with reports.runtime.db.unit_of_work() as session:
        again = runs.repeat_run(session, report_id=report_id, run_id=run.id)
        assert again.run.is_late

    with reports.runtime.db.unit_of_work() as session:
        document = ReportDocument.example(sections=[], is_late=due.is_late)
        runs.conclude_run(
            session, run_id=run.id, document=document, files=[], now=MONDAY
        )

    [run] = reports.list_runs(report_id)
    assert (run.status, run.is_late) == (RunStatus.COMPUTED, document.is_late)


def test_a_report_whose_only_recipient_is_deleted_is_due_never(
    reports: ReportHarness, boss: UUID
) -> None:
    ada = reports.create_admin("ada@example.com")
    alone = reports.create_report(boss, "ada@example.com", now=CREATED)
    shared = reports.create_report(
        boss, "ada@example.com", "boss@example.com", now=CREATED
    )

    with reports.runtime.db.unit_of_work() as session:
        delete_account(session, customer_id=ada, verified_hash=NO_PASSWORD, now=CREATED)

    assert reports.load_report(alone).next_due_at is None
    assert reports.load_report(shared).next_due_at is not None
    with reports.runtime.db.unit_of_work() as session:
        defined = service.read_report(session, report_id=alone)
        assert defined.recipients == []


def test_whoever_resumes_a_report_without_creator_has_created_it(
    reports: ReportHarness, boss: UUID
) -> None:
    ada = reports.create_admin("ada@example.com")
    report_id = reports.create_report(ada, "boss@example.com", now=CREATED)
    reports.dismiss(ada)
    reports.start_due(MONDAY)
    set_paused(reports, report_id, boss, is_paused=False, now=MONDAY)

    reports.start_due(MONDAY + timedelta(weeks=1))
    reports.run_jobs()

    assert reports.load_report(report_id).creator_id == boss
    assert len(reports.read_mails()) == 1

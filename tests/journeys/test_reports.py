"""Daily, weekly and monthly reports on a fast clock, while workers and Ray are killed at random.

`ECOM67_REPORT_DAYS=31 pytest tests/journeys/test_reports.py` runs a whole month; five days are run
where the variable is not set.
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any

import psutil
import pytest
from sqlalchemy import text

from tests.support.platform import PlatformProcess, running_platform
from tests.support.platform_client import PlatformClient
from tests.support.smtp_server import FakeSMTPServer, smtp_server
from tests.support.waiting import eventually
from webapp.db.session import Database
from webapp.devtools.supervisor.files import parse_env_file
from webapp.insights.reports import runs
from webapp.insights.reports.schedules import iterate_due_times
from webapp.kit.time_zones import parse_zone

DAYS = int(os.environ.get("ECOM67_REPORT_DAYS", "5"))
pytestmark = [
    pytest.mark.ray,
    pytest.mark.slow,
    pytest.mark.timeout(400 + 60 * DAYS),
]

ZONE = parse_zone("UTC")
STEP = timedelta(hours=6)
RECIPIENTS = ("boss@example.com", "analyst@example.com")
KILLED = ("rq: worker", "ServeReplica", "ray", "jobs")


@pytest.fixture
def mail_server() -> Iterator[FakeSMTPServer]:
    with smtp_server() as server:
        yield server


@pytest.fixture
def reporting_platform(mail_server: FakeSMTPServer) -> Iterator[PlatformProcess]:
    with (
        TemporaryDirectory(prefix="ecom67 reports ") as folder,
        running_platform(
            Path(folder) / "var",
            MAIL_URL=f"smtp://127.0.0.1:{mail_server.port}",
            # A job that meets a Ray that is starting is soon tried again.
            LOG_LEVEL="warning",
        ) as platform,
    ):
        yield platform


@pytest.fixture
def database(reporting_platform: PlatformProcess) -> Iterator[Database]:
    written = (reporting_platform.var / "platform.env").read_text()
    database = Database.from_url(parse_env_file(written)["DATABASE_URL"], pool_size=2)
    yield database
    database.close()


class PartKiller(Thread):
    """Kills a worker, a replica of Ray, or all of Ray or of the jobs, every few seconds."""

    def __init__(self, platform: PlatformProcess, *, seed: int) -> None:
        super().__init__(daemon=True)
        self._platform = platform
        self._random = Random(seed)  # noqa: S311
        self._stopping = Event()
        self.kills: Counter[str] = Counter()

    def run(self) -> None:
        while not self._stopping.wait(self._random.uniform(2, 8)):
            target = self._random.choices(KILLED, weights=(6, 3, 1, 1))[0]
            if self._kill(target):
                self.kills[target] += 1

    def stop(self) -> None:
        self._stopping.set()
        self.join()

    def _kill(self, target: str) -> bool:
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            if found := self._find_processes(target):
                os.kill(self._random.choice(found), signal.SIGKILL)
                return True
        return False

    def _find_processes(self, target: str) -> list[int]:
        parts = {
            part["name"]: part["pid"]
            for part in self._platform.read_status()["processes"]
        }
        if target in parts:
            return [parts[target]]
        part = "jobs" if target.startswith("rq") else "ray"
        children = psutil.Process(parts[part]).children(recursive=True)
        if part == "jobs":
            return [child.pid for child in children]
        return [child.pid for child in children if target in " ".join(child.cmdline())]


def test_each_period_has_one_run_and_each_recipient_one_mail(
    reporting_platform: PlatformProcess,
    database: Database,
    mail_server: FakeSMTPServer,
) -> None:
    end = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    start = end - timedelta(days=DAYS)
    reports = give_recipients(reporting_platform, database, start=start)
    killer = PartKiller(reporting_platform, seed=67)
    killer.start()
    try:
        run_clock(database, start, end)
    finally:
        killer.stop()
    eventually(
        lambda: not count_jobs_at_once(database), within=300 + 30 * DAYS, every=20
    )

    expected = {
        (report["reportId"], due_at)
        for report in reports
        for due_at in list_due_times(report["schedule"], start, end)
    }
    found = list_computed_runs(database, until=end)
    assert killer.kills
    assert Counter(found) == Counter(expected)
    check_mails(mail_server, database, kills=sum(killer.kills.values()))


def give_recipients(
    platform: PlatformProcess, database: Database, *, start: datetime
) -> list[Any]:
    """Mail the first reports of the shop to two admins, from the start of the fast clock on."""
    with PlatformClient(platform.address) as client:
        client.sign_in(**platform.accounts["admin"])
        insert_admins(database)
        reports = client.expect_ok("GET", "/admin/reports")["items"]
        assert sorted(each["name"] for each in reports) == [
            "Daily sales",
            "Monthly sales",
            "Weekly sales",
        ]
        # The clock of the platform starts nothing.
        execute(
            database,
            "UPDATE schedule_entries SET next_run_at = now() + interval '9 days'"
            " WHERE job = 'reports.start_due'",
        )
        for report in reports:
            body = {
                name: report[name]
                for name in ("name", "sections", "period", "schedule", "formats")
            }
            body["recipients"] = list(RECIPIENTS)
            client.expect_ok("PUT", f"/admin/reports/{report['reportId']}", json=body)
            first = next(iterate_due_times(report["schedule"], after=start, zone=ZONE))
            execute(
                database,
                "UPDATE reports SET next_due_at = :first WHERE id = :id",
                first=first,
                id=report["reportId"],
            )
    return list(reports)


def insert_admins(database: Database) -> None:
    for email in RECIPIENTS:
        execute(
            database,
            "INSERT INTO customers (id, email, name, groups, verified_at)"
            " VALUES (gen_random_uuid(), :email, 'Ada', '{admin}', now())",
            email=email,
        )


def execute(database: Database, statement: str, **parameters: object) -> None:
    with database.unit_of_work() as session:
        session.execute(text(statement), parameters)


def run_clock(database: Database, start: datetime, end: datetime) -> None:
    """Six hours a second."""
    now = start
    while now <= end:
        with database.unit_of_work() as session:
            runs.start_due_runs(session, now=now, shop_zone=ZONE)
        now += STEP
        time.sleep(1)


def count_jobs_at_once(database: Database) -> int:
    """Of reports, those that are not done. What waits for its next attempt, or for the lease of one
    that was killed, need not wait any longer: its clock is fast, too."""
    with database.unit_of_work() as session:
        session.execute(
            text(
                "UPDATE outbox_messages SET due_at = now() WHERE done_at IS NULL"
                " AND job LIKE 'reports.%' AND job <> 'reports.start_due'"
            )
        )
        count = session.scalar(
            text(
                "SELECT count(*) FROM outbox_messages WHERE done_at IS NULL"
                " AND job LIKE 'reports.%' AND job <> 'reports.start_due'"
            )
        )
        return int(count or 0)


def list_due_times(schedule: str, start: datetime, end: datetime) -> list[datetime]:
    found = []
    for due_at in iterate_due_times(schedule, after=start, zone=ZONE):
        if due_at > end:
            break
        found.append(due_at)
    return found


def list_computed_runs(
    database: Database, *, until: datetime
) -> list[tuple[str, datetime]]:
    """Those of a clock that was restarted, and is that of today, left out."""
    with database.unit_of_work() as session:
        rows = session.execute(
            text(
                "SELECT report_id, due_at FROM report_runs"
                " WHERE status = 'computed' AND due_at <= :until"
            ),
            {"until": until},
        )
        return [(str(report_id), due_at) for report_id, due_at in rows]


def check_mails(mail_server: FakeSMTPServer, database: Database, *, kills: int) -> None:
    """One a delivery; a kill between the server's acceptance and the commit repeats one, which is
    the same message, and of which there are few."""
    with database.unit_of_work() as session:
        statuses = session.scalars(text("SELECT status FROM report_deliveries")).all()
    assert set(statuses) == {"sent"}
    ids = Counter(
        each.mail["Message-ID"]
        for each in mail_server.delivered
        if ":" in each.mail["Subject"]
    )
    assert len(ids) == len(statuses)
    repeated = sum(ids.values()) - len(ids)
    assert repeated <= kills / 2

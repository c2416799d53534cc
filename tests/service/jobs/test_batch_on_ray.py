"""The export as a job that is submitted to a real Ray: how it ends, twice at once, and cut off."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from analytics.dataset import manifest as manifests
from analytics.dataset.manifest import Manifest
from analytics.dataset.months import month_bounds
from analytics.facts.changes import lock_dataset
from jobs.batch.runner import STOPPED_SENTENCE
from jobs.dataset import COMMAND
from tests.service.analytics.test_order_facts import insert_order
from tests.support.factories import RowFactory
from tests.support.ray_cluster import run_ray_head
from tests.support.waiting import eventually
from webapp.adapters.batch_jobs.port import BatchJobState
from webapp.adapters.batch_jobs.ray_jobs import RayBatchCluster
from webapp.adapters.storage.build import build_storage
from webapp.config import PROJECT_ROOT, Settings
from webapp.db.session import Database
from webapp.devtools.supervisor.ray import NODE_ADDRESS

pytestmark = [
    pytest.mark.ray,
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.allow_hosts(["127.0.0.1", "::1", NODE_ADDRESS]),
]

MONTHS = [f"{year}-{month:02}" for year in (2024, 2025) for month in range(1, 13)]
EXPORT = ("python", "-m", "jobs.batch.export_orders")
PATIENCE_S = 100
ENDED = {"SUCCEEDED", "FAILED", "STOPPED"}


@dataclass(frozen=True)
class RayJobs:
    """The command `ray job` and the Jobs API of a cluster."""

    cluster: Mapping[str, str]
    variables: Mapping[str, str]
    """Of the jobs."""

    def run_command(self, verb: str, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "ray.scripts.scripts", "job", verb, *arguments],
            cwd=PROJECT_ROOT,
            env=dict(self.cluster),
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    def submit(self, *command: str, waits: bool = False) -> tuple[str, str]:
        """The job's id, and what the command printed: with `waits`, all that the job did."""
        job = f"test_{uuid4().hex}"
        printed = self.run_command(
            "submit",
            *("--submission-id", job),
            *("--runtime-env-json", json.dumps({"env_vars": self.variables})),
            *(() if waits else ("--no-wait",)),
            *("--", *command),
        )
        return job, printed

    def ask_api(self, path: str) -> Any:
        token = Path(self.cluster["RAY_AUTH_TOKEN_PATH"]).read_text().strip()
        response = httpx.get(
            f"{self.cluster['RAY_API_SERVER_ADDRESS']}{path}",
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
            timeout=30,
        )
        return response.raise_for_status().json()

    def read_logs(self, job: str) -> str:
        return str(self.ask_api(f"/api/jobs/{job}/logs")["logs"])

    def await_line(self, job: str, words: str) -> None:
        eventually(lambda: words in self.read_logs(job), within=PATIENCE_S)

    def await_end(self, job: str) -> str:
        """The status that it ended with."""

        def find_end() -> str | None:
            status = str(self.ask_api(f"/api/jobs/{job}")["status"])
            return status if status in ENDED else None

        return eventually(find_end, within=PATIENCE_S, every=0.3)

    def find_exit_code(self, job: str) -> int:
        self.await_end(job)
        return int(self.ask_api(f"/api/jobs/{job}")["driver_exit_code"])

    def read_counters(self) -> Counter[str]:
        """Of batch jobs, as all nodes export them, by name and outcome."""
        found: Counter[str] = Counter()
        for group in self.ask_api("/api/prometheus/sd"):
            for target in group["targets"]:
                page = httpx.get(f"http://{target}/metrics", trust_env=False).text
                found.update(parse_counters(page))
        return found


def parse_counters(page: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for line in page.splitlines():
        if line.startswith("ray_ecom67_batch_"):
            series, value = line.rsplit(" ", 1)
            name, _, tags = series.partition("{")
            outcome = tags.partition('outcome="')[2].partition('"')[0]
            found[f"{name} {outcome}".strip()] += round(float(value))
    return found


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    with run_ray_head(tmp_path_factory.mktemp("cluster")) as variables:
        yield variables


@pytest.fixture
def settings(tmp_path: Path, postgres_url: str, database: Database) -> Settings:
    """Of a shop with an order in each month."""
    with database.unit_of_work() as session:
        for month in MONTHS:
            insert_order(session, placed_at=month_bounds(month)[0])
    return Settings(database_url=postgres_url, var_dir=tmp_path)


@pytest.fixture
def jobs(cluster: Mapping[str, str], settings: Settings) -> RayJobs:
    variables = {
        "DATABASE_URL": settings.require_database_url(),
        "VAR_DIR": str(settings.var_dir),
    }
    return RayJobs(cluster, variables)


def read_manifest(settings: Settings) -> Manifest | None:
    return manifests.read_manifest(build_storage(settings))


def list_exported_months(settings: Settings) -> list[str]:
    manifest = read_manifest(settings)
    assert manifest is not None
    return sorted(manifest.tables.get_table("order_lines"))


def test_a_submitted_export_is_done_as_tasks_and_counted(
    jobs: RayJobs, settings: Settings
) -> None:
    before = jobs.read_counters()
    job, printed = jobs.submit(*EXPORT, waits=True)

    assert "files written, 0 unchanged" in printed, printed
    assert jobs.find_exit_code(job) == 0
    assert "succeeded" in jobs.run_command("status", job)
    assert list_exported_months(settings) == MONTHS
    [logged] = [
        json.loads(line)
        for line in jobs.read_logs(job).splitlines()
        if line.startswith("{")
    ]
    assert (logged["job"], logged["outcome"]) == ("export_orders", "done")
    manifest = read_manifest(settings)
    assert manifest is not None
    partitions = [each for _, _, each in manifest.tables.list_partitions()]
    assert logged["rows"] == sum(partition.rows for partition in partitions)
    assert eventually(lambda: jobs.read_counters() - before) == {
        "ray_ecom67_batch_units_total": logged["units"],
        "ray_ecom67_batch_rows_total": logged["rows"],
        "ray_ecom67_batch_runs_total done": 1,
        "ray_ecom67_batch_seconds_total done": pytest.approx(logged["seconds"], abs=1),
    }


def test_the_command_of_the_schedule_exports_and_computes_daily_figures(
    jobs: RayJobs,
) -> None:
    job, printed = jobs.submit("sh", "-c", COMMAND, waits=True)

    assert jobs.find_exit_code(job) == 0, printed
    assert "files written, 0 unchanged" in printed
    assert "months have new figures" in printed


def test_a_submitted_embedding_of_the_catalog_is_done_as_tasks(
    jobs: RayJobs, database: Database
) -> None:
    with database.unit_of_work() as session:
        rows = RowFactory(session)
        for number in range(3):
            rows.product(name=f"Lamp {number}")

    job, printed = jobs.submit("python", "-m", "jobs.batch.embed_catalog", waits=True)

    assert "1/1  products 1-3  3 embedded" in printed, printed
    assert "3 products embedded" in printed
    assert jobs.find_exit_code(job) == 0


def test_the_client_of_the_schedule_submits_and_follows_a_job(
    cluster: Mapping[str, str],
) -> None:
    client = RayBatchCluster.from_settings(
        Settings(
            ray_api_server_address=cluster["RAY_API_SERVER_ADDRESS"],
            ray_auth_token_path=Path(cluster["RAY_AUTH_TOKEN_PATH"]),
        )
    )

    def end(command: str, submission: str) -> BatchJobState:
        client.submit_command(command, submission_id=submission)
        running = BatchJobState.RUNNING
        eventually(lambda: client.find_state(submission) != running, within=PATIENCE_S)
        state = client.find_state(submission)
        assert state is not None
        return state

    assert client.find_state("first") is None
    assert end("echo no space; exit 3", "first") is BatchJobState.FAILED
    assert "no space" in client.read_output("first")
    ended = end("python -m jobs.batch.export_orders --help", "second")
    assert ended is BatchJobState.SUCCEEDED, client.read_output("second")
    client.delete_record("first")
    assert client.find_state("first") is None


def test_help_and_a_wrong_argument_have_their_exit_codes(jobs: RayJobs) -> None:
    with ThreadPoolExecutor(2) as pool:
        helped = pool.submit(jobs.submit, *EXPORT, "--help")
        mistyped = pool.submit(jobs.submit, *EXPORT, "--ful")

    assert jobs.find_exit_code(helped.result()[0]) == 0
    assert "--no-wait" in jobs.read_logs(helped.result()[0])
    assert jobs.find_exit_code(mistyped.result()[0]) == 2
    assert "exit code 2" in jobs.run_command("status", mistyped.result()[0])


def test_an_export_that_is_not_to_wait_ends_with_75(
    jobs: RayJobs, database: Database, settings: Settings
) -> None:
    with database.unit_of_work() as session:
        assert lock_dataset(session)
        job, printed = jobs.submit(*EXPORT, "--no-wait", waits=True)

    assert "Another export runs" in printed
    assert jobs.find_exit_code(job) == 75
    assert "exit code 75" in jobs.run_command("status", job)
    assert read_manifest(settings) is None


def test_two_exports_at_once_do_the_work_once(
    jobs: RayJobs, database: Database, settings: Settings
) -> None:
    with database.unit_of_work() as session:
        assert lock_dataset(session)
        with ThreadPoolExecutor(2) as pool:
            submitted = list(pool.map(lambda _: jobs.submit(*EXPORT)[0], range(2)))
        for job in submitted:
            jobs.await_line(job, "waiting for its end")

    assert [jobs.await_end(job) for job in submitted] == ["SUCCEEDED", "SUCCEEDED"]
    assert list_exported_months(settings) == MONTHS
    waited, worked = sorted(
        jobs.read_logs(job).strip().splitlines()[-1].partition(":")[0]
        for job in submitted
    )
    manifest = read_manifest(settings)
    assert manifest is not None
    files = len(manifest.tables.list_paths())
    assert waited == f"0 files written, {files} unchanged"
    assert worked.endswith("files written, 0 unchanged")
    written = set(build_storage(settings).list_paths(manifests.FOLDER))
    assert written == {manifests.MANIFEST_KEY, *manifest.tables.list_paths()}


def test_an_export_that_is_cut_off_is_gone_on_with(
    jobs: RayJobs, database: Database, settings: Settings
) -> None:
    job, _ = jobs.submit(*EXPORT)
    jobs.await_line(job, "3/")
    with ThreadPoolExecutor(1) as pool:
        # Who asks for the table alone makes all later readers of it wait.
        frozen = pool.submit(lock_orders, database)
        jobs.run_command("stop", job)
        frozen.result(timeout=PATIENCE_S)
    assert jobs.await_end(job) == "STOPPED"
    printed = jobs.read_logs(job)
    lines = printed.splitlines()
    assert STOPPED_SENTENCE in lines, printed
    logged = lines[lines.index(STOPPED_SENTENCE) - 1]
    assert json.loads(logged)["outcome"] == "stopped"
    assert read_manifest(settings) is None
    assert manifests.read_unfinished(build_storage(settings)) is not None

    again, printed = jobs.submit(*EXPORT, waits=True)

    assert jobs.find_exit_code(again) == 0
    assert "files are there from an export before" in printed
    assert list_exported_months(settings) == MONTHS


def lock_orders(database: Database) -> None:
    """As soon as no other transaction reads them."""
    with database.unit_of_work() as session:
        session.execute(text("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE"))

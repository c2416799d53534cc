"""`ecom67 doctor`, one broken part at a time: the message and the remedy."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask, request
from pydantic import SecretStr
from redis import Redis
from rq import Queue, Worker
from sqlalchemy import make_url

from jobs.schedule import EXPORT_JOB
from tests.support.agentcore import REGION, configured_agentcore
from tests.support.cognito import create_user_pool, moto_server
from tests.support.factories import RowFactory
from tests.support.ports import free_port
from tests.support.stripe_simulator import API_KEY, running_simulator
from tests.support.valkey import private_valkey
from tests.support.waiting import eventually
from tests.support.web_server import serve_app
from webapp.chat.models import OpenConnection
from webapp.config import Settings, Stage
from webapp.db import migrate, outbox, schedule
from webapp.db.schedule import PlannedEntry
from webapp.db.session import Database
from webapp.devtools.supervisor import health_report
from webapp.devtools.supervisor.health_report import CHECKS, CheckResult
from webapp.devtools.supervisor.part import PartState, PartStatus
from webapp.devtools.supervisor.postgres_roles import SUPERUSER
from webapp.devtools.supervisor.probes import Probe, ProbeKind
from webapp.devtools.supervisor.state import RunFolder
from webapp.insights.exported_dataset import MANIFEST_KEY
from webapp.kit.clock import utc_now
from webapp.kit.ids import new_id

UNREACHABLE = "127.0.0.1:1"
Changes = Mapping[str, Any]


@pytest.fixture(autouse=True)
def _no_providers_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*os.environ]:
        if name.startswith(("AWS_", "OPENAI_", "OLLAMA_", "RAY_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")


@pytest.fixture(scope="module")
def valkey_url() -> Iterator[str]:
    with private_valkey() as url:
        yield url


@pytest.fixture
def run_check(settings: Settings) -> Callable[..., CheckResult]:
    """Runs the check of a part, with changed settings."""

    def run(part: str, **changes: Any) -> CheckResult:
        [check] = [check for check in CHECKS if check.part == part]
        return check.run(settings.model_copy(update=changes))

    return run


@contextmanager
def serving(responses: Mapping[str, Any], *, key: str = "") -> Iterator[str]:
    """A fake external service with responses by path, which may require a key."""
    app = Flask("external")

    @app.get("/<path:path>")
    def respond(path: str) -> Any:
        if key and request.headers.get("Authorization") != f"Bearer {key}":
            return "", 401
        return responses.get(path, ("", 404))

    with serve_app(app) as address:
        yield f"http://{address}"


@pytest.mark.parametrize(
    ("part", "changes", "message", "remedy"),
    [
        (
            "database",
            {"database_url": f"postgresql://shop@{UNREACHABLE}/shop"},
            'server at "127.0.0.1", port 1 failed',
            "DATABASE_URL",
        ),
        ("database", {"database_url": None}, "DATABASE_URL is not set", "DATABASE_URL"),
        (
            "queue",
            {"redis_url": f"redis://{UNREACHABLE}"},
            "Connection refused",
            "REDIS_URL",
        ),
        ("queue", {"redis_url": "redis://queue:x"}, "Port could not be", "REDIS_URL"),
        ("workers", {"redis_url": f"redis://{UNREACHABLE}"}, "refused", "jobs.worker"),
        ("search", {}, "Search is being prepared", "search rebuild"),
        ("search", {"search_url": f"http://{UNREACHABLE}"}, "refused", "SEARCH_URL"),
        ("mail", {"mail_url": f"smtp://{UNREACHABLE}"}, "refused", "MAIL_URL"),
        ("payments", {"stripe_api_key": None}, "STRIPE_API_KEY is not", "STRIPE_API"),
        (
            "payments",
            {"stripe_webhook_secret": None},
            "webhooks could not be verified",
            "STRIPE_WEBHOOK_SECRET",
        ),
        (
            "payments",
            {"stripe_api_base": f"http://{UNREACHABLE}"},
            "Stripe is not reached",
            "STRIPE_API_KEY",
        ),
        ("ray", {}, "RAY_ADDRESS is not set", "RAY_ADDRESS"),
        (
            "ray",
            {"ray_address": "127.0.0.2:8266", "ray_dashboard_port": 1},
            "no answer at http://127.0.0.1:1:",
            "RAY_API_SERVER_ADDRESS",
        ),
        (
            "agents",
            {"assistant_url": f"http://{UNREACHABLE}"},
            "no answer at http://127.0.0.1:1:",
            "ASSISTANT_URL",
        ),
        (
            "agent model",
            {"agent_model": "openai:gpt"},
            "OPENAI_API_KEY is not set",
            "AGENT_MODEL",
        ),
        (
            "agent model",
            {"agent_model": "bedrock:nova"},
            "boto3 finds no AWS credentials",
            "AGENT_MODEL",
        ),
        ("platform", {}, "`make run` is not running here", "`make run`"),
    ],
)
def test_what_is_missing_is_named_with_its_remedy(
    run_check: Callable[..., CheckResult],
    part: str,
    changes: Changes,
    message: str,
    remedy: str,
) -> None:
    result = run_check(part, **changes)

    assert not result.is_healthy
    assert message in result.message
    assert "\n" not in result.message
    assert remedy in result.remedy


@pytest.mark.parametrize(
    ("part", "setting", "value"),
    [
        ("data folder", "var_dir", "{file}/var"),
        ("storage", "storage_url", "file:{file}/storage"),
        ("mail", "mail_url", "file:{file}/mail"),
    ],
)
def test_a_folder_that_cannot_be_written_is_named(
    run_check: Callable[..., CheckResult],
    tmp_path: Path,
    part: str,
    setting: str,
    value: str,
) -> None:
    (tmp_path / "file").write_text("in the way")
    location = value.format(file=tmp_path / "file")
    path = Path(location)

    result = run_check(part, **{setting: path if setting == "var_dir" else location})

    assert not result.is_healthy
    assert str(tmp_path / "file") in result.message
    assert setting.upper() in result.remedy


def test_the_database_is_healthy_when_its_schema_is_current(
    run_check: Callable[..., CheckResult],
) -> None:
    assert run_check("database").message.startswith("PostgreSQL ")
    assert run_check("schema").message == f"at {migrate.get_head_revision()}"


def test_a_superuser_is_no_role_for_production(
    run_check: Callable[..., CheckResult], postgres_url: str
) -> None:
    superuser = make_url(postgres_url).set(username=SUPERUSER)
    url = superuser.render_as_string(hide_password=False)

    message = run_check("database", database_url=url, stage=Stage.PRODUCTION).message

    assert message.startswith("the role shop_superuser is a superuser")
    assert run_check("database", stage=Stage.PRODUCTION).is_healthy
    assert run_check("database", database_url=url).is_healthy


def test_a_database_with_an_old_pgvector_is_unhealthy(
    run_check: Callable[..., CheckResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health_report, "MIN_PGVECTOR_VERSION", (9, 1))

    message = run_check("database").message

    assert message.startswith("pgvector 9.1 or newer is needed, not 0.")


def test_a_database_without_tables_is_reported_as_empty(
    run_check: Callable[..., CheckResult], postgres_url: str
) -> None:
    url = make_url(postgres_url).set(database="postgres")

    result = run_check("schema", database_url=url.render_as_string(hide_password=False))

    assert (result.message, result.remedy) == (
        "the database is empty",
        "`make migrate`",
    )


def test_a_queue_that_may_evict_jobs_is_unhealthy(
    run_check: Callable[..., CheckResult], valkey_url: str
) -> None:
    assert run_check("queue", redis_url=valkey_url).message.startswith("answers ")

    with Redis.from_url(valkey_url) as redis:
        redis.config_set("maxmemory-policy", "allkeys-lru")
        result = run_check("queue", redis_url=valkey_url)
        redis.config_set("maxmemory-policy", "noeviction")

    assert result.message == "maxmemory-policy is allkeys-lru: it may evict jobs"


def test_workers_are_counted_by_their_unexpired_registrations(
    run_check: Callable[..., CheckResult], valkey_url: str
) -> None:
    with Redis.from_url(valkey_url) as redis:
        worker = Worker([Queue("mail", connection=redis)], connection=redis)
        register: Callable[[], None] = worker.register_birth
        register()
        assert run_check("workers", redis_url=valkey_url).message == "1 running"

        redis.delete(worker.key)  # as when it expires because it is not renewed

        result = run_check("workers", redis_url=valkey_url)
    assert result.message == "no worker is running: jobs stay in the queue"
    assert "jobs.worker" in result.remedy


def test_a_relay_is_found_while_it_listens(
    run_check: Callable[..., CheckResult], postgres_url: str
) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as relay:
        relay.execute(f"LISTEN {outbox.NOTIFY_CHANNEL}")
        assert run_check("relay").message == "1 listening"

    # A server process outlives its connection for a moment.
    eventually(lambda: run_check("relay").message != "1 listening")
    result = run_check("relay")
    assert result.message == "no relay is listening: enqueued jobs are not dispatched"
    assert "jobs.relay" in result.remedy


def test_cron_is_missing_when_the_schedule_is_empty_or_overdue(
    run_check: Callable[..., CheckResult], database: Database
) -> None:
    assert run_check("cron").message == "the schedule is empty: cron has never run"
    with database.unit_of_work() as session:
        schedule.sync_entries(
            session, {"sweep": PlannedEntry("orders.sweep", timedelta(hours=1))}
        )
    assert run_check("cron").is_healthy

    with database.unit_of_work() as session:
        entry = session.get_one(schedule.ScheduleEntry, "sweep")
        entry.next_run_at = utc_now() - timedelta(minutes=3)

    result = run_check("cron")
    assert result.message.startswith("cron is not running: an entry is 18")
    assert "jobs.cron" in result.remedy


def enqueue_export(database: Database, **values: Any) -> None:
    with database.unit_of_work() as session:
        message = outbox.enqueue(session, health_report.EXPORT_JOB)
        for name, value in values.items():
            setattr(message, name, value)


def put_manifest(settings: Settings, taken_at: str) -> None:
    path = settings.resolve_path(settings.storage_url) / MANIFEST_KEY
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"format": 9, "snapshot": {"taken_at": taken_at}}))


def test_the_dataset_is_of_the_moment_of_its_last_export(
    run_check: Callable[..., CheckResult], settings: Settings
) -> None:
    assert run_check("dataset").message == "none yet, exported every 24 h"
    by_hand = run_check("dataset", dataset_export_hours=0)
    assert by_hand.message == "none yet, exported by hand only"

    put_manifest(settings, "2026-03-01T09:30:00Z")

    found = run_check("dataset")
    assert found.message == "of 2026-03-01 09:30 UTC, exported every 24 h"
    assert found.is_healthy


def test_an_export_that_failed_or_does_not_end_is_unhealthy_until_the_next_one(
    run_check: Callable[..., CheckResult], settings: Settings, database: Database
) -> None:
    enqueue_export(database, created_at=utc_now() - timedelta(hours=7))
    hanging = run_check("dataset")
    enqueue_export(database, last_error="Traceback …\nExportFailed: no space")
    failed = run_check("dataset")
    put_manifest(settings, (utc_now() + timedelta(seconds=1)).isoformat())

    assert hanging.message.startswith("an export has not ended since ")
    assert failed.message == "the last export has failed: ExportFailed: no space"
    assert health_report.EXPORT_JOB in failed.remedy
    assert run_check("dataset").is_healthy


def test_the_export_job_has_the_name_that_the_schedule_has() -> None:
    assert health_report.EXPORT_JOB == EXPORT_JOB


def test_unhealthy_parts_are_named_with_their_reasons(
    run_check: Callable[..., CheckResult], tmp_path: Path
) -> None:
    folder = RunFolder(tmp_path)
    folder.lock()
    failing = Probe(ProbeKind.HTTP, f"http://{UNREACHABLE}/healthz")
    log = tmp_path / "log"
    folder.write_state(
        {
            "web": PartStatus("web", PartState.HEALTHY, log=log, probe=failing),
            "relay": PartStatus(
                "relay", PartState.RESTARTING, reason="killed", log=log
            ),
            "cron": PartStatus("cron", PartState.HEALTHY, log=log),
        }
    )

    result = run_check("platform")

    assert result.message.startswith(
        f"web: no answer at http://{UNREACHABLE}/healthz: "
    )
    assert result.message.endswith("; relay: killed")


@pytest.mark.slow
def test_a_key_that_stripe_rejects_is_unhealthy(
    run_check: Callable[..., CheckResult], tmp_path: Path
) -> None:
    with running_simulator(tmp_path / "s", webhook_port=free_port()) as stripe:
        changes = {"stripe_api_base": stripe.address}
        assert run_check(
            "payments", **changes, stripe_api_key=SecretStr(API_KEY)
        ).is_healthy

        result = run_check(
            "payments", **changes, stripe_api_key=SecretStr("sk_test_wrong")
        )

    assert "Invalid API Key" in result.message
    assert "STRIPE_API_KEY" in result.remedy


@pytest.mark.slow
def test_a_user_pool_is_checked_by_its_keys(
    run_check: Callable[..., CheckResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    assert run_check("identity").message == "local tokens"
    with moto_server() as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        pool = create_user_pool(address)
        assert run_check("identity", identity=pool.identity_setting).is_healthy

    result = run_check("identity", identity=pool.identity_setting)
    assert result.message.startswith("The user pool is not answering; try again (")
    assert "IDENTITY" in result.remedy


@pytest.mark.parametrize(
    ("responses", "message"),
    [
        (
            {"-/routes": {"/support": "s", "/insights": "i", "/analytics": "a"}},
            "all answer at ",
        ),
        ({"-/routes": {"/support": "s"}}, "/insights is not deployed"),
        ({"-/routes": "<html>"}, "something else answers at "),
        ({}, " answers with 404"),
    ],
)
def test_both_agents_must_be_deployed(
    run_check: Callable[..., CheckResult], responses: Mapping[str, Any], message: str
) -> None:
    with serving(responses) as address:
        result = run_check("agents", assistant_url=address)

    assert message in result.message
    assert result.is_healthy == message.startswith("all")


def test_an_agent_memory_is_checked_where_one_is_configured(
    run_check: Callable[..., CheckResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_check("agent memory").message == "in the database only"
    with configured_agentcore(monkeypatch) as peer:
        setting = f"agentcore:{peer.add_memory()}:{REGION}"
        assert run_check("agent memory", agent_memory=setting).message == setting
        peer.memories.clear()

        result = run_check("agent memory", agent_memory=setting)

    assert "ResourceNotFoundException" in result.message
    assert "AGENT_MEMORY" in result.remedy


def test_open_chats_are_counted_by_agent(
    run_check: Callable[..., CheckResult], database: Database
) -> None:
    assert run_check("chats").message == "none open"
    with database.unit_of_work() as session:
        owner = RowFactory(session).customer().id
        session.add_all(
            OpenConnection(
                owner_id=owner,
                agent=agent,
                session_id=new_id(),
                expires_at=utc_now() + timedelta(minutes=minutes),
            )
            for agent, minutes in [
                ("support", 1),
                ("support", 1),
                ("insights", 1),
                ("insights", -1),
            ]
        )

    assert run_check("chats").message == "3 open (1 with insights, 2 with support)"


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("127.0.0.2:8266", "127.0.0.1"),
        ("localhost:8266", "localhost"),
        ("ray://localhost:10001", "localhost"),
    ],
)
def test_ray_is_checked_on_the_host_of_its_head_node(
    run_check: Callable[..., CheckResult], address: str, host: str
) -> None:
    with serving({"api/version": {"ray_version": "2.60"}}) as dashboard:
        port = int(dashboard.rpartition(":")[2])
        result = run_check("ray", ray_address=address, ray_dashboard_port=port)

    assert result.message == f"Ray 2.60 at http://{host}:{port}"


def test_a_token_that_ray_rejects_is_unhealthy(
    run_check: Callable[..., CheckResult],
    tmp_path: Path,
) -> None:
    token = tmp_path / "token"
    token.write_text("guess\n")
    with serving({"api/version": {"ray_version": "2"}}, key="open-sesame") as dashboard:
        elsewhere = {
            "ray_address": "ray.example:6379",
            "ray_api_server_address": dashboard,
            "ray_auth_token_path": token,
        }
        rejected = run_check("ray", **elsewhere)
        token.write_text("open-sesame\n")
        accepted = run_check("ray", **elsewhere)

    assert rejected.message == f"{dashboard} answers with 401"
    assert accepted.is_healthy


def test_the_key_of_a_hosted_model_is_checked_without_a_prompt(
    run_check: Callable[..., CheckResult],
) -> None:
    with serving({"v1/models": {"data": []}}, key="sk-good") as address:
        rejected, accepted = (
            run_check(
                "agent model",
                agent_model="openai:gpt",
                openai_base_url=f"{address}/v1",
                openai_api_key=SecretStr(key),
            )
            for key in ("sk-bad", "sk-good")
        )

    assert rejected.message == f"{address}/v1 answers with 401"
    assert accepted.message == f"{address}/v1 accepts the key"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("llama3", " has llama3"),
        ("llama3:latest", " has llama3:latest"),
        ("mistral", " has no model mistral: `ollama pull mistral`"),
    ],
)
def test_ollama_must_have_the_model(
    run_check: Callable[..., CheckResult], name: str, message: str
) -> None:
    with serving({"api/tags": {"models": [{"name": "llama3:latest"}]}}) as address:
        result = run_check(
            "agent model",
            agent_model=f"ollama:{name}",
            ollama_host=address.removeprefix("http://"),
        )

    assert result.message == f"{address}{message}"
    assert result.is_healthy == ("no model" not in message)


def test_bedrock_needs_credentials(
    run_check: Callable[..., CheckResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")

    result = run_check("agent model", agent_model="bedrock:nova")

    assert result.message == "AWS credentials found, region eu-west-1"

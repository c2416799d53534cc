"""`ecom67 doctor`, one broken part at a time: what is wrong, and what to do about it."""

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

from tests.support.cognito import create_user_pool, moto_server
from tests.support.ports import free_port
from tests.support.stripe_simulator import API_KEY, running_simulator
from tests.support.valkey import private_valkey
from tests.support.web_server import serve_app
from webapp.config import Settings
from webapp.db import migrate, outbox, schedule
from webapp.db.session import Database
from webapp.devtools.supervisor.health_report import CHECKS, CheckResult
from webapp.devtools.supervisor.part import PartState, PartStatus
from webapp.devtools.supervisor.probes import Probe, ProbeKind
from webapp.devtools.supervisor.state import RunFolder
from webapp.kit.clock import utc_now

NOBODY = "127.0.0.1:1"
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
def found(settings: Settings) -> Callable[..., CheckResult]:
    """What the check of a part finds, with settings changed."""

    def find(part: str, **changes: Any) -> CheckResult:
        [check] = [check for check in CHECKS if check.part == part]
        return check.run(settings.model_copy(update=changes))

    return find


@contextmanager
def serving(answers: Mapping[str, Any], *, key: str = "") -> Iterator[str]:
    """A server of somebody's, who knows a few questions and perhaps wants a key."""
    app = Flask("theirs")

    @app.get("/<path:path>")
    def answer(path: str) -> Any:
        if key and request.headers.get("Authorization") != f"Bearer {key}":
            return "", 401
        return answers.get(path, ("", 404))

    with serve_app(app) as address:
        yield f"http://{address}"


@pytest.mark.parametrize(
    ("part", "changes", "words", "remedy"),
    [
        (
            "database",
            {"database_url": f"postgresql://shop@{NOBODY}/shop"},
            'server at "127.0.0.1", port 1 failed',
            "DATABASE_URL",
        ),
        ("database", {"database_url": None}, "DATABASE_URL is not set", "DATABASE_URL"),
        (
            "queue",
            {"redis_url": f"redis://{NOBODY}"},
            "Connection refused",
            "REDIS_URL",
        ),
        ("queue", {"redis_url": "redis://queue:x"}, "Port could not be", "REDIS_URL"),
        ("workers", {"redis_url": f"redis://{NOBODY}"}, "refused", "jobs.worker"),
        ("search", {}, "Search is being prepared", "search rebuild"),
        ("search", {"search_url": f"http://{NOBODY}"}, "refused", "SEARCH_URL"),
        ("mail", {"mail_url": f"smtp://{NOBODY}"}, "refused", "MAIL_URL"),
        ("payments", {"stripe_api_key": None}, "STRIPE_API_KEY is not", "STRIPE_API"),
        (
            "payments",
            {"stripe_webhook_secret": None},
            "payments would not be told of",
            "STRIPE_WEBHOOK_SECRET",
        ),
        (
            "payments",
            {"stripe_api_base": f"http://{NOBODY}"},
            "communicating with Stripe",
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
            {"assistant_url": f"http://{NOBODY}"},
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
            "boto3 finds no credentials",
            "AGENT_MODEL",
        ),
        ("platform", {}, "`make run` is not running here", "`make run`"),
    ],
)
def test_what_is_missing_is_said_with_what_to_do(
    found: Callable[..., CheckResult],
    part: str,
    changes: Changes,
    words: str,
    remedy: str,
) -> None:
    finding = found(part, **changes)

    assert not finding.is_healthy
    assert words in finding.message
    assert "\n" not in finding.message
    assert remedy in finding.remedy


@pytest.mark.parametrize(
    ("part", "setting", "value"),
    [
        ("data folder", "var_dir", "{file}/var"),
        ("storage", "storage_url", "file:{file}/storage"),
        ("mail", "mail_url", "file:{file}/mail"),
    ],
)
def test_a_folder_that_cannot_be_written_is_named(
    found: Callable[..., CheckResult],
    tmp_path: Path,
    part: str,
    setting: str,
    value: str,
) -> None:
    (tmp_path / "file").write_text("in the way")
    place = value.format(file=tmp_path / "file")
    path = Path(place)

    finding = found(part, **{setting: path if setting == "var_dir" else place})

    assert not finding.is_healthy
    assert str(tmp_path / "file") in finding.message
    assert setting.upper() in finding.remedy


def test_the_database_is_well_when_it_is_up_to_date(
    found: Callable[..., CheckResult],
) -> None:
    assert found("database").message.startswith("PostgreSQL ")
    assert found("schema").message == f"at {migrate.get_head_revision()}"


def test_a_database_without_our_tables_is_empty(
    found: Callable[..., CheckResult], postgres_url: str
) -> None:
    url = make_url(postgres_url).set(database="postgres")

    finding = found("schema", database_url=url.render_as_string(hide_password=False))

    assert (finding.message, finding.remedy) == (
        "the database is empty",
        "`make migrate`",
    )


def test_a_queue_that_throws_jobs_away_is_ill(
    found: Callable[..., CheckResult], valkey_url: str
) -> None:
    assert found("queue", redis_url=valkey_url).message.startswith("answers ")

    with Redis.from_url(valkey_url) as redis:
        redis.config_set("maxmemory-policy", "allkeys-lru")
        finding = found("queue", redis_url=valkey_url)
        redis.config_set("maxmemory-policy", "noeviction")

    assert finding.message == "maxmemory-policy is allkeys-lru: it may throw jobs away"


def test_workers_are_seen_in_the_register_until_they_are_gone(
    found: Callable[..., CheckResult], valkey_url: str
) -> None:
    with Redis.from_url(valkey_url) as redis:
        worker = Worker([Queue("mail", connection=redis)], connection=redis)
        register: Callable[[], None] = worker.register_birth
        register()
        assert found("workers", redis_url=valkey_url).message == "1 at work"

        redis.delete(worker.key)  # as it ends when nobody renews it

        finding = found("workers", redis_url=valkey_url)
    assert finding.message == "nobody takes jobs from the queue"
    assert "jobs.worker" in finding.remedy


def test_a_relay_is_seen_while_it_listens(
    found: Callable[..., CheckResult], postgres_url: str
) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as relay:
        relay.execute(f"LISTEN {outbox.NOTIFY_CHANNEL}")
        assert found("relay").message == "1 listening"

    finding = found("relay")
    assert finding.message == "nobody hands promised jobs to the queue"
    assert "jobs.relay" in finding.remedy


def test_cron_is_missed_when_the_schedule_is_empty_or_late(
    found: Callable[..., CheckResult], database: Database
) -> None:
    assert found("cron").message == "the schedule is empty: cron has never run"
    with database.unit_of_work() as session:
        schedule.sync_entries(session, {"sweep": ("orders.sweep", timedelta(hours=1))})
    assert found("cron").is_healthy

    with database.unit_of_work() as session:
        entry = session.get_one(schedule.ScheduleEntry, "sweep")
        entry.next_run_at = utc_now() - timedelta(minutes=3)

    finding = found("cron")
    assert finding.message.startswith("nobody keeps the schedule, for 18")
    assert "jobs.cron" in finding.remedy


def test_a_part_that_does_not_come_back_is_named(
    found: Callable[..., CheckResult], tmp_path: Path
) -> None:
    folder = RunFolder(tmp_path)
    folder.lock()
    dead = Probe(ProbeKind.HTTP, f"http://{NOBODY}/healthz")
    log = tmp_path / "log"
    folder.write_state(
        {
            "web": PartStatus("web", PartState.HEALTHY, log=log, probe=dead),
            "relay": PartStatus(
                "relay", PartState.RESTARTING, reason="killed", log=log
            ),
            "cron": PartStatus("cron", PartState.HEALTHY, log=log),
        }
    )

    finding = found("platform")

    assert finding.message.startswith(f"web: no answer at http://{NOBODY}/healthz: ")
    assert finding.message.endswith("; relay: killed")


@pytest.mark.slow
def test_a_key_that_stripe_does_not_know_is_refused(
    found: Callable[..., CheckResult], tmp_path: Path
) -> None:
    with running_simulator(tmp_path / "s", webhook_port=free_port()) as stripe:
        changes = {"stripe_api_base": stripe.address}
        assert found(
            "payments", **changes, stripe_api_key=SecretStr(API_KEY)
        ).is_healthy

        finding = found(
            "payments", **changes, stripe_api_key=SecretStr("sk_test_wrong")
        )

    assert "Invalid API Key" in finding.message
    assert "STRIPE_API_KEY" in finding.remedy


def test_a_user_pool_is_asked_for_its_keys(
    found: Callable[..., CheckResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    assert found("identity").message == "our own tokens"
    with moto_server() as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        pool = create_user_pool(address)
        assert found("identity", identity=pool.identity_setting).is_healthy

    finding = found("identity", identity=pool.identity_setting)
    assert finding.message.startswith("The user pool is not answering; try again (")
    assert "IDENTITY" in finding.remedy


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"-/routes": {"/support": "s", "/insights": "i"}}, "both answer at "),
        ({"-/routes": {"/support": "s"}}, "/insights is not deployed"),
        ({"-/routes": "<html>"}, "something else answers at "),
        ({}, " answers with 404"),
    ],
)
def test_both_agents_must_be_deployed(
    found: Callable[..., CheckResult], answers: Mapping[str, Any], words: str
) -> None:
    with serving(answers) as address:
        finding = found("agents", assistant_url=address)

    assert words in finding.message
    assert finding.is_healthy == words.startswith("both")


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("127.0.0.2:8266", "127.0.0.1"),
        ("localhost:8266", "localhost"),
        ("ray://localhost:10001", "localhost"),
    ],
)
def test_ray_is_asked_on_the_machine_of_its_head_node(
    found: Callable[..., CheckResult], address: str, host: str
) -> None:
    with serving({"api/version": {"ray_version": "2.60"}}) as dashboard:
        port = int(dashboard.rpartition(":")[2])
        finding = found("ray", ray_address=address, ray_dashboard_port=port)

    assert finding.message == f"Ray 2.60 at http://{host}:{port}"


def test_a_token_that_ray_does_not_know_is_refused(
    found: Callable[..., CheckResult],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / "token").write_text("guess\n")
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(tmp_path / "token"))
    with serving({"api/version": {"ray_version": "2"}}, key="open-sesame") as dashboard:
        monkeypatch.setenv("RAY_API_SERVER_ADDRESS", dashboard)
        refused = found("ray", ray_address="ray.example:6379")
        (tmp_path / "token").write_text("open-sesame\n")
        admitted = found("ray", ray_address="ray.example:6379")

    assert refused.message == f"{dashboard} answers with 401"
    assert admitted.is_healthy


def test_the_key_of_a_hosted_model_is_tried_without_a_word_to_it(
    found: Callable[..., CheckResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving({"v1/models": {"data": []}}, key="sk-good") as address:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{address}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", "sk-bad")
        refused = found("agent model", agent_model="openai:gpt")
        monkeypatch.setenv("OPENAI_API_KEY", "sk-good")
        admitted = found("agent model", agent_model="openai:gpt")

    assert refused.message == f"{address}/v1 answers with 401"
    assert admitted.message == f"{address}/v1 accepts the key"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("llama3", " has llama3"),
        ("llama3:latest", " has llama3:latest"),
        ("mistral", " has no model mistral: `ollama pull mistral`"),
    ],
)
def test_ollama_must_have_the_model(
    found: Callable[..., CheckResult],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    words: str,
) -> None:
    with serving({"api/tags": {"models": [{"name": "llama3:latest"}]}}) as address:
        monkeypatch.setenv("OLLAMA_HOST", address.removeprefix("http://"))
        finding = found("agent model", agent_model=f"ollama:{name}")

    assert finding.message == f"{address}{words}"
    assert finding.is_healthy == ("no model" not in words)


def test_bedrock_needs_credentials(
    found: Callable[..., CheckResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")

    finding = found("agent model", agent_model="bedrock:nova")

    assert finding.message == "credentials of AWS, region eu-west-1"

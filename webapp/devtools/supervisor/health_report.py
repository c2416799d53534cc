"""Looks at every configured part as the platform itself would use it: `ecom67 doctor`."""

import os
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis

from webapp.adapters.embeddings.build import build_embedder
from webapp.adapters.identity.build import build_user_pool
from webapp.adapters.mail.build import build_mail_sender
from webapp.adapters.payments.build import build_payment_gateway
from webapp.adapters.search.build import build_search_engine
from webapp.adapters.storage.build import build_storage
from webapp.config import LOOPBACK, Settings, WrongSetting, netloc
from webapp.db import migrate, outbox
from webapp.devtools.supervisor import hosted_model
from webapp.devtools.supervisor.errors import CannotRun, Unhealthy
from webapp.devtools.supervisor.http_client import TIMEOUT_S, fetch_json
from webapp.devtools.supervisor.preflight import (
    MB,
    require_disk_space,
    require_writable,
)
from webapp.devtools.supervisor.state import RunFolder
from webapp.kit.clock import utc_now
from webapp.kit.errors import CommerceError

OLDEST_POSTGRES = 160_000
AGENTS = ("/support", "/insights")
# Longer than cron ever sleeps.
LATEST = timedelta(minutes=2)


@dataclass(frozen=True)
class CheckResult:
    part: str
    is_healthy: bool
    message: str
    remedy: str
    """What to do; empty when it is healthy."""


@dataclass(frozen=True)
class HealthCheck:
    part: str
    look: Callable[[Settings], str]
    """Says what it found. Raises `Ill`, or what using the part raises."""
    remedy: str

    def run(self, settings: Settings) -> CheckResult:
        try:
            words = self.look(settings)
        except EXPECTED as problem:
            return CheckResult(self.part, False, _words(problem), self.remedy)
        return CheckResult(self.part, True, words, "")


EXPECTED = (
    Unhealthy,
    CannotRun,
    WrongSetting,
    CommerceError,
    OSError,
    psycopg.Error,
    redis.RedisError,
    ValueError,  # an address that its own library cannot read
)


def run_checks(settings: Settings) -> Iterator[CheckResult]:
    """One finding a part, as soon as it is known."""
    return (check.run(settings) for check in CHECKS)


def _python(_: Settings) -> str:
    return f"{platform.python_version()} on {platform.system()} {platform.machine()}"


def _data_folder(settings: Settings) -> str:
    var = settings.var_dir.resolve()
    require_writable(var)
    require_disk_space(var)
    return f"{var}, {shutil.disk_usage(var).free // MB:,} MB free"


def _platform(settings: Settings) -> str:
    run_folder = RunFolder(settings.var_dir.resolve())
    running = run_folder.read_state() if run_folder.is_locked() else None
    if running is None:
        raise Unhealthy("`make run` is not running here")
    problems = ((part.name, part.find_problem()) for part in running.parts)
    if ill := [f"{name}: {problem}" for name, problem in problems if problem]:
        raise Unhealthy("; ".join(ill))
    return f"running, process {running.pid}"


def _database(settings: Settings) -> str:
    with _connection(settings) as connection:
        if connection.info.server_version < OLDEST_POSTGRES:
            raise Unhealthy("PostgreSQL 16 or newer is needed")
        vector = connection.execute(
            "SELECT default_version FROM pg_available_extensions WHERE name = 'vector'"
        ).fetchone()
        version = connection.info.parameter_status("server_version")
    if vector is None:
        raise Unhealthy(f"PostgreSQL {version} has no pgvector")
    return f"PostgreSQL {version}, pgvector {vector[0]}"


def _schema(settings: Settings) -> str:
    head = migrate.get_head_revision()
    with _connection(settings) as connection:
        known = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
        if known is None or known[0] is None:
            raise Unhealthy("the database is empty")
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if row is None or row[0] != head:
        raise Unhealthy(f"the database is at {row and row[0]}, the code wants {head}")
    return f"at {head}"


def _queue(settings: Settings) -> str:
    with _valkey(settings) as client:
        version = client.info("server").get("valkey_version", "")
        policy = client.info("memory")["maxmemory_policy"]
    if policy != "noeviction":
        raise Unhealthy(f"maxmemory-policy is {policy}: it may throw jobs away")
    return f"answers {version}".strip()


def _relay(settings: Settings) -> str:
    """It listens for promises, on a connection of its own."""
    with _connection(settings) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND query = %s",
            [f"LISTEN {outbox.NOTIFY_CHANNEL}"],
        ).fetchone()
    if row is None or not row[0]:
        raise Unhealthy("nobody hands promised jobs to the queue")
    return f"{row[0]} listening"


def _workers(settings: Settings) -> str:
    """RQ's own register; the entry of a worker that does not renew it ends."""
    with _valkey(settings) as client:
        names = client.smembers("rq:workers")
        alive = sum(client.exists(name) for name in names)
    if not alive:
        raise Unhealthy("nobody takes jobs from the queue")
    return f"{alive} at work"


def _cron(settings: Settings) -> str:
    """Whoever keeps the schedule moves what is due into the future."""
    with _connection(settings) as connection:
        row = connection.execute(
            "SELECT min(next_run_at) FROM schedule_entries"
        ).fetchone()
    if row is None or row[0] is None:
        raise Unhealthy("the schedule is empty: cron has never run")
    late = utc_now() - row[0]
    if late > LATEST:
        raise Unhealthy(
            f"nobody keeps the schedule, for {late.total_seconds():,.0f} s now"
        )
    return f"next tick at {row[0]:%H:%M:%S}"


def _search(settings: Settings) -> str:
    build_search_engine(settings).check()
    return _public(settings.search_url)


def _storage(settings: Settings) -> str:
    storage, path = build_storage(settings), f"doctor/{os.getpid()}"
    storage.put(path, b"well")
    storage.delete(path)
    return settings.storage_url


def _mail(settings: Settings) -> str:
    build_mail_sender(settings).check()
    return _public(settings.mail_url)


def _payments(settings: Settings) -> str:
    """A question that costs nothing, asked with the key."""
    if settings.stripe_webhook_secret is None and settings.stripe_api_key is not None:
        raise Unhealthy(
            "STRIPE_WEBHOOK_SECRET is not set: payments would not be told of"
        )
    gateway = build_payment_gateway(settings)
    gateway.find_intent_by_order("doctor", since=utc_now() - timedelta(minutes=1))
    return settings.stripe_api_base or "api.stripe.com accepts the key"


def _identity(settings: Settings) -> str:
    pool = build_user_pool(settings)
    if pool is None:
        return "our own tokens"
    pool.check()
    return f"ours and those of {settings.identity}"


def _embeddings(settings: Settings) -> str:
    [vector] = build_embedder(settings).embed(["a warm blanket"])
    return f"{settings.embedding_model}, {len(vector)} dimensions"


def _cluster(settings: Settings) -> str:
    """The Jobs API, with the token a data engineer would use."""
    if settings.ray_address is None:
        raise Unhealthy("RAY_ADDRESS is not set")
    address = os.environ.get("RAY_API_SERVER_ADDRESS", _dashboard(settings))
    token_file = Path(
        os.environ.get("RAY_AUTH_TOKEN_PATH", settings.var_dir / "ray" / "token")
    )
    token = token_file.read_text().strip() if token_file.exists() else ""
    version = fetch_json(address, "/api/version", token=token).get("ray_version")
    return f"Ray {version} at {address}"


def _dashboard(settings: Settings) -> str:
    """Ray's own port for it, on the machine of the head node; ours is on loopback."""
    address = settings.ray_address or ""
    host = urlsplit(address if "//" in address else f"//{address}").hostname or ""
    reached = LOOPBACK if host.startswith("127.") else host
    return f"http://{netloc(reached, settings.ray_dashboard_port)}"


def _agents(settings: Settings) -> str:
    routes = fetch_json(settings.assistant_url, "/-/routes")
    if missing := set(AGENTS) - routes.keys():
        raise Unhealthy(f"{', '.join(sorted(missing))} is not deployed")
    return f"both answer at {settings.assistant_url}"


def _agent_model(settings: Settings) -> str:
    return hosted_model.check_model(settings.agent_model)


def _connection(settings: Settings) -> psycopg.Connection:
    return psycopg.connect(settings.require_database_url(), connect_timeout=TIMEOUT_S)


def _valkey(settings: Settings) -> redis.Redis:
    return redis.Redis.from_url(
        settings.require_redis_url(),
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
    )


def _public(address: str) -> str:
    """Without the name and password that an address may carry."""
    return address.rpartition("@")[2]


def _words(problem: BaseException) -> str:
    """What a customer is told says little without what is behind it."""
    words = _first_line(problem)
    if isinstance(problem, CommerceError) and problem.__cause__ is not None:
        cause = _first_line(problem.__cause__)
        return words if cause in words else f"{words} ({cause})"
    return words


def _first_line(problem: BaseException) -> str:
    return (str(problem).strip() or type(problem).__name__).splitlines()[0]


SEE_STATUS = "`ecom67 status` shows whether it runs, and var/log why not"
AS_THE_AGENTS = (
    "check AGENT_MODEL and what its provider wants, here and where the agents run"
)
CHECKS = (
    HealthCheck("python", _python, "`make clean run`"),
    HealthCheck("data folder", _data_folder, "see VAR_DIR"),
    HealthCheck(
        "platform",
        _platform,
        f"`make run`, unless other machines run the parts; {SEE_STATUS}",
    ),
    HealthCheck("database", _database, f"check DATABASE_URL; {SEE_STATUS}"),
    HealthCheck("schema", _schema, "`make migrate`"),
    HealthCheck("queue", _queue, f"check REDIS_URL; {SEE_STATUS}"),
    HealthCheck("relay", _relay, f"`python -m jobs.relay`; {SEE_STATUS}"),
    HealthCheck("workers", _workers, f"`python -m jobs.worker`; {SEE_STATUS}"),
    HealthCheck("cron", _cron, f"`python -m jobs.cron`; {SEE_STATUS}"),
    HealthCheck("search", _search, "`ecom67 search rebuild`, or check SEARCH_URL"),
    HealthCheck("storage", _storage, "check STORAGE_URL and its permissions"),
    HealthCheck("mail", _mail, "check MAIL_URL and its credentials"),
    HealthCheck(
        "payments", _payments, "check STRIPE_API_KEY and STRIPE_WEBHOOK_SECRET"
    ),
    HealthCheck("identity", _identity, "check IDENTITY, and the way to its region"),
    HealthCheck("embeddings", _embeddings, "install requirements/web.txt again"),
    HealthCheck(
        "ray",
        _cluster,
        f"check RAY_ADDRESS, RAY_API_SERVER_ADDRESS and the token; {SEE_STATUS}",
    ),
    HealthCheck("agents", _agents, "`python -m agents.deploy`, or check ASSISTANT_URL"),
    HealthCheck("agent model", _agent_model, AS_THE_AGENTS),
)

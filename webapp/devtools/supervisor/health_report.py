"""Health checks of every configured part, each using it as the platform does: `ecom67 doctor`."""

import os
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import psycopg
import redis

from webapp.adapters.agent_memory.build import build_agent_memory
from webapp.adapters.embeddings.build import build_embedder
from webapp.adapters.identity.build import build_user_pool
from webapp.adapters.mail.build import build_mail_sender
from webapp.adapters.payments.build import build_payment_gateway
from webapp.adapters.search.build import build_search_engine
from webapp.adapters.storage.build import build_storage
from webapp.config import Settings, Stage, WrongSetting
from webapp.db import migrate, outbox
from webapp.devtools.supervisor import hosted_model
from webapp.devtools.supervisor.address_ranges import (
    MENDED_IN,
    list_misjudged_addresses,
)
from webapp.devtools.supervisor.errors import CannotRun, Unhealthy
from webapp.devtools.supervisor.http_client import TIMEOUT_S, fetch_json
from webapp.devtools.supervisor.preflight import (
    MB,
    require_disk_space,
    require_writable,
)
from webapp.devtools.supervisor.state import RunFolder
from webapp.insights.exported_dataset import find_export_time
from webapp.kit.clock import utc_now
from webapp.kit.errors import CommerceError

MIN_POSTGRES_VERSION = 160_000
MIN_PGVECTOR_VERSION = (0, 8)
"""The first whose index reads past deleted rows."""
AGENT_ROUTES = ("/support", "/insights", "/analytics")
# Longer than cron ever sleeps between ticks.
MAX_CRON_DELAY = timedelta(minutes=2)
EXPORT_JOB = "dataset.export"
MAX_EXPORT_TIME = timedelta(hours=6)


@dataclass(frozen=True)
class CheckResult:
    part: str
    is_healthy: bool
    message: str
    remedy: str
    """What to do; empty when the part is healthy."""


@dataclass(frozen=True)
class HealthCheck:
    part: str
    check: Callable[[Settings], str]
    """Returns a description of the healthy part. Raises `Unhealthy`, or what using the part
    raises."""
    remedy: str

    def run(self, settings: Settings) -> CheckResult:
        try:
            description = self.check(settings)
        except EXPECTED_ERRORS as error:
            return CheckResult(self.part, False, _describe_error(error), self.remedy)
        return CheckResult(self.part, True, description, "")


EXPECTED_ERRORS = (
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
    """Yield one result per part, each as soon as its check is done."""
    return (check.run(settings) for check in CHECKS)


def _check_python(settings: Settings) -> str:
    """Unhealthy with an outdated list of private addresses, which is a remark on a laptop."""
    version = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    misjudged = list_misjudged_addresses()
    if not misjudged:
        return version
    problem = (
        f"{version} mistakes public and private addresses ({', '.join(misjudged)}): "
        f"CVE-2024-4032, mended in {MENDED_IN}"
    )
    if settings.stage is Stage.DEVELOPMENT:
        return problem
    raise Unhealthy(problem)


def _check_data_folder(settings: Settings) -> str:
    var = settings.var_dir.resolve()
    require_writable(var)
    require_disk_space(var)
    return f"{var}, {shutil.disk_usage(var).free // MB:,} MB free"


def _check_platform(settings: Settings) -> str:
    run_folder = RunFolder(settings.var_dir.resolve())
    running = run_folder.read_state() if run_folder.is_locked() else None
    if running is None:
        raise Unhealthy("`make run` is not running here")
    problems = ((part.name, part.find_problem()) for part in running.parts)
    if unhealthy := [f"{name}: {problem}" for name, problem in problems if problem]:
        raise Unhealthy("; ".join(unhealthy))
    return f"running, process {running.pid}"


def _check_database(settings: Settings) -> str:
    with _open_connection(settings) as connection:
        if connection.info.server_version < MIN_POSTGRES_VERSION:
            raise Unhealthy("PostgreSQL 16 or newer is needed")
        vector = connection.execute(
            "SELECT default_version FROM pg_available_extensions WHERE name = 'vector'"
        ).fetchone()
        version = connection.info.parameter_status("server_version")
        if settings.stage is Stage.PRODUCTION:
            _require_ordinary_role(connection)
    if vector is None:
        raise Unhealthy(f"PostgreSQL {version} has no pgvector")
    _require_pgvector(vector[0])
    return f"PostgreSQL {version}, pgvector {vector[0]}"


def _require_ordinary_role(connection: psycopg.Connection) -> None:
    if connection.info.parameter_status("is_superuser") == "on":
        raise Unhealthy(
            f"the role {connection.info.user} is a superuser, which may read files and run "
            "programs on its server: give the shop a role that only owns its database"
        )


def _require_pgvector(version: str) -> None:
    if tuple(map(int, version.split(".")[:2])) < MIN_PGVECTOR_VERSION:
        needed = ".".join(map(str, MIN_PGVECTOR_VERSION))
        raise Unhealthy(f"pgvector {needed} or newer is needed, not {version}")


def _check_schema(settings: Settings) -> str:
    head = migrate.get_head_revision()
    with _open_connection(settings) as connection:
        table = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
        if table is None or table[0] is None:
            raise Unhealthy("the database is empty")
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if row is None or row[0] != head:
        raise Unhealthy(f"the database is at {row and row[0]}, the code needs {head}")
    return f"at {head}"


def _check_queue(settings: Settings) -> str:
    with _open_valkey(settings) as client:
        version = client.info("server").get("valkey_version", "")
        policy = client.info("memory")["maxmemory_policy"]
    if policy != "noeviction":
        raise Unhealthy(f"maxmemory-policy is {policy}: it may evict jobs")
    return f"answers {version}".strip()


def _check_relay(settings: Settings) -> str:
    """A running relay listens for outbox messages on a database connection of its own."""
    with _open_connection(settings) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND query = %s",
            [f"LISTEN {outbox.NOTIFY_CHANNEL}"],
        ).fetchone()
    if row is None or not row[0]:
        raise Unhealthy("no relay is listening: enqueued jobs are not dispatched")
    return f"{row[0]} listening"


def _check_workers(settings: Settings) -> str:
    """Count the workers in RQ's registry, where the key of one that stops renewing it expires."""
    with _open_valkey(settings) as client:
        names = client.smembers("rq:workers")
        alive = sum(client.exists(name) for name in names)
    if not alive:
        raise Unhealthy("no worker is running: jobs stay in the queue")
    return f"{alive} running"


def _check_cron(settings: Settings) -> str:
    """A running cron moves every entry that is due into the future."""
    with _open_connection(settings) as connection:
        row = connection.execute(
            "SELECT min(next_run_at) FROM schedule_entries"
        ).fetchone()
    if row is None or row[0] is None:
        raise Unhealthy("the schedule is empty: cron has never run")
    delay = utc_now() - row[0]
    if delay > MAX_CRON_DELAY:
        raise Unhealthy(
            f"cron is not running: an entry is {delay.total_seconds():,.0f} s overdue"
        )
    return f"next tick at {row[0]:%H:%M:%S}"


def _check_search(settings: Settings) -> str:
    build_search_engine(settings).check()
    return _hide_credentials(settings.search_url)


def _check_storage(settings: Settings) -> str:
    storage, path = build_storage(settings), f"doctor/{os.getpid()}"
    storage.put(path, b"ok")
    storage.delete(path)
    return settings.storage_url


def _check_mail(settings: Settings) -> str:
    build_mail_sender(settings).check()
    return _hide_credentials(settings.mail_url)


def _check_payments(settings: Settings) -> str:
    """Send a read-only request with the key; it costs nothing."""
    if settings.stripe_webhook_secret is None and settings.stripe_api_key is not None:
        raise Unhealthy(
            "STRIPE_WEBHOOK_SECRET is not set: webhooks could not be verified"
        )
    gateway = build_payment_gateway(settings)
    gateway.find_intent_by_order("doctor", since=utc_now() - timedelta(minutes=1))
    return settings.stripe_api_base or "api.stripe.com accepts the key"


def _check_identity(settings: Settings) -> str:
    pool = build_user_pool(settings)
    if pool is None:
        return "local tokens"
    pool.check()
    return f"local tokens and those of {settings.identity}"


def _check_embeddings(settings: Settings) -> str:
    [vector] = build_embedder(settings).embed(["a warm blanket"])
    return f"{settings.embedding_model}, {len(vector)} dimensions"


def _check_cluster(settings: Settings) -> str:
    """Call the Jobs API with the token that a data engineer would use."""
    address, token_file = settings.ray_jobs_address, settings.ray_token_file
    if settings.ray_address is None or address is None:
        raise Unhealthy("RAY_ADDRESS is not set")
    token = token_file.read_text().strip() if token_file.exists() else ""
    version = fetch_json(address, "/api/version", token=token).get("ray_version")
    return f"Ray {version} at {address}"


def _check_dataset(settings: Settings) -> str:
    """Of when the files are, unless an export of the schedule has failed since or does not end."""
    exported_at = find_export_time(build_storage(settings))
    with _open_connection(settings) as connection:
        unfinished = connection.execute(
            "SELECT created_at, last_error FROM outbox_messages "
            "WHERE job = %s AND done_at IS NULL ORDER BY id DESC LIMIT 1",
            [EXPORT_JOB],
        ).fetchone()
    if unfinished is not None:
        created_at, error = unfinished
        if error and (exported_at is None or exported_at < created_at):
            raise Unhealthy(f"the last export has failed: {error.splitlines()[-1]}")
        if not error and utc_now() - created_at > MAX_EXPORT_TIME:
            raise Unhealthy(
                f"an export has not ended since {created_at:%Y-%m-%d %H:%M}"
            )
    every = settings.dataset_export_hours
    schedule = f"exported every {every} h" if every else "exported by hand only"
    found = f"of {exported_at:%Y-%m-%d %H:%M} UTC" if exported_at else "none yet"
    return f"{found}, {schedule}"


def _check_agents(settings: Settings) -> str:
    routes = fetch_json(settings.assistant_url, "/-/routes")
    if missing := set(AGENT_ROUTES) - routes.keys():
        raise Unhealthy(f"{', '.join(sorted(missing))} is not deployed")
    return f"all answer at {settings.assistant_url}"


def _check_chats(settings: Settings) -> str:
    """Count the open sockets; those of a process that was killed count for up to a day."""
    with _open_connection(settings) as connection:
        rows = connection.execute(
            "SELECT agent, count(*) FROM chat_connections WHERE expires_at >= now() "
            "GROUP BY agent ORDER BY agent"
        ).fetchall()
    total = sum(count for _, count in rows)
    by_agent = ", ".join(f"{count} with {agent}" for agent, count in rows)
    return f"{total} open ({by_agent})" if rows else "none open"


def _check_agent_model(settings: Settings) -> str:
    return hosted_model.check_model(settings)


def _check_agent_memory(settings: Settings) -> str:
    memory = build_agent_memory(settings)
    if memory is None:
        return "in the database only"
    memory.check()
    return settings.agent_memory


def _open_connection(settings: Settings) -> psycopg.Connection:
    return psycopg.connect(settings.require_database_url(), connect_timeout=TIMEOUT_S)


def _open_valkey(settings: Settings) -> redis.Redis:
    return redis.Redis.from_url(
        settings.require_redis_url(),
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
    )


def _hide_credentials(address: str) -> str:
    """The address without the user name and password that it may contain."""
    return address.rpartition("@")[2]


def _describe_error(error: BaseException) -> str:
    """The first line of the message; a domain error, worded for customers, with its cause."""
    message = _first_line(error)
    if isinstance(error, CommerceError) and error.__cause__ is not None:
        cause = _first_line(error.__cause__)
        return message if cause in message else f"{message} ({cause})"
    return message


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


SEE_STATUS = "see `ecom67 status`, and its log in var/log"
CHECK_AGENT_MODEL = (
    "check AGENT_MODEL and its provider's credentials, here and where the agents run"
)
CHECKS = (
    HealthCheck(
        "python",
        _check_python,
        "`make clean run PYTHON=…` with another version of Python",
    ),
    HealthCheck("data folder", _check_data_folder, "see VAR_DIR"),
    HealthCheck(
        "platform",
        _check_platform,
        f"`make run`, unless the parts run on other machines; {SEE_STATUS}",
    ),
    HealthCheck("database", _check_database, f"check DATABASE_URL; {SEE_STATUS}"),
    HealthCheck("schema", _check_schema, "`make migrate`"),
    HealthCheck("queue", _check_queue, f"check REDIS_URL; {SEE_STATUS}"),
    HealthCheck("relay", _check_relay, f"`python -m jobs.relay`; {SEE_STATUS}"),
    HealthCheck("workers", _check_workers, f"`python -m jobs.worker`; {SEE_STATUS}"),
    HealthCheck("cron", _check_cron, f"`python -m jobs.cron`; {SEE_STATUS}"),
    HealthCheck(
        "search", _check_search, "`ecom67 search rebuild`, or check SEARCH_URL"
    ),
    HealthCheck("storage", _check_storage, "check STORAGE_URL and its permissions"),
    HealthCheck("mail", _check_mail, "check MAIL_URL and its credentials"),
    HealthCheck(
        "payments", _check_payments, "check STRIPE_API_KEY and STRIPE_WEBHOOK_SECRET"
    ),
    HealthCheck(
        "identity",
        _check_identity,
        "check IDENTITY, and the network path to its region",
    ),
    HealthCheck(
        "embeddings", _check_embeddings, "run requirements/install again, with its lock"
    ),
    HealthCheck(
        "ray",
        _check_cluster,
        f"check RAY_ADDRESS, RAY_API_SERVER_ADDRESS and the token; {SEE_STATUS}",
    ),
    HealthCheck(
        "agents", _check_agents, "`python -m agents.deploy`, or check ASSISTANT_URL"
    ),
    HealthCheck(
        "dataset",
        _check_dataset,
        f"`ecom67 jobs list --job {EXPORT_JOB}` has its output; see docs/dataset.md",
    ),
    HealthCheck(
        "chats", _check_chats, f"check DATABASE_URL; `make migrate`; {SEE_STATUS}"
    ),
    HealthCheck("agent model", _check_agent_model, CHECK_AGENT_MODEL),
    HealthCheck(
        "agent memory",
        _check_agent_memory,
        "check AGENT_MEMORY and the AWS credentials, here, where the agents run and where jobs do",
    ),
)

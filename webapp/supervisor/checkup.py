"""Looks at every configured part as the platform itself would use it: `ecom67 doctor`."""

import os
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import psycopg
import redis
from stripe import StripeError

from webapp.config import Settings, WrongSetting
from webapp.db import migrate
from webapp.kit.clock import utc_now
from webapp.kit.errors import CommerceError
from webapp.supervisor.errors import CannotRun
from webapp.supervisor.preflight import MB, require_space, require_writable
from webapp.supervisor.state import RunFolder
from webapp.suppliers.embeddings import open_embedder
from webapp.suppliers.mail import open_mail
from webapp.suppliers.search.factory import open_search
from webapp.suppliers.storage import open_storage
from webapp.suppliers.stripe_gateway import open_payments

TIMEOUT_SECONDS = 5
OLDEST_POSTGRES = 160_000
AGENTS = ("/support", "/insights")


class Ill(Exception):
    """What is wrong with a part, in words."""


@dataclass(frozen=True)
class Finding:
    part: str
    healthy: bool
    words: str
    remedy: str
    """What to do; empty when it is healthy."""


@dataclass(frozen=True)
class Check:
    part: str
    look: Callable[[Settings], str]
    """Says what it found. Raises `Ill`, or what using the part raises."""
    remedy: str

    def run(self, settings: Settings) -> Finding:
        try:
            words = self.look(settings)
        except EXPECTED as problem:
            return Finding(self.part, False, _first_line(problem), self.remedy)
        return Finding(self.part, True, words, "")


EXPECTED = (
    Ill,
    CannotRun,
    WrongSetting,
    CommerceError,
    OSError,
    psycopg.Error,
    redis.RedisError,
    httpx.HTTPError,
)


def examine(settings: Settings) -> Iterator[Finding]:
    """One finding a part, as soon as it is known."""
    return (check.run(settings) for check in CHECKS)


def _python(_: Settings) -> str:
    return f"{platform.python_version()} on {platform.system()} {platform.machine()}"


def _data_folder(settings: Settings) -> str:
    var = settings.var_dir.resolve()
    require_writable(var)
    require_space(var)
    return f"{var}, {shutil.disk_usage(var).free // MB:,} MB free"


def _platform(settings: Settings) -> str:
    run_folder = RunFolder(settings.var_dir.resolve())
    running = run_folder.read() if run_folder.is_locked() else None
    if running is None:
        raise Ill("`make run` is not running here")
    return f"running, process {running.pid}"


def _database(settings: Settings) -> str:
    url = settings.require_database_url()
    with psycopg.connect(url, connect_timeout=TIMEOUT_SECONDS) as connection:
        if connection.info.server_version < OLDEST_POSTGRES:
            raise Ill("PostgreSQL 16 or newer is needed")
        vector = connection.execute(
            "SELECT default_version FROM pg_available_extensions WHERE name = 'vector'"
        ).fetchone()
        version = connection.info.parameter_status("server_version")
    if vector is None:
        raise Ill(f"PostgreSQL {version} has no pgvector")
    return f"PostgreSQL {version}, pgvector {vector[0]}"


def _schema(settings: Settings) -> str:
    url, head = settings.require_database_url(), migrate.head()
    with psycopg.connect(url, connect_timeout=TIMEOUT_SECONDS) as connection:
        known = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
        if known is None or known[0] is None:
            raise Ill("the database is empty")
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if row is None or row[0] != head:
        raise Ill(f"the database is at {row and row[0]}, the code wants {head}")
    return f"at {head}"


def _queue(settings: Settings) -> str:
    url = settings.require_redis_url()
    with redis.Redis.from_url(url, socket_timeout=TIMEOUT_SECONDS) as client:
        version = client.info("server").get("valkey_version", "")
        policy = client.info("memory")["maxmemory_policy"]
    if policy != "noeviction":
        raise Ill(f"maxmemory-policy is {policy}: it may throw jobs away")
    return f"answers {version}".strip()


def _search(settings: Settings) -> str:
    open_search(settings).check()
    return _public(settings.search_url)


def _storage(settings: Settings) -> str:
    storage, path = open_storage(settings), f"doctor/{os.getpid()}"
    storage.put(path, b"well")
    storage.delete(path)
    return settings.storage_url


def _mail(settings: Settings) -> str:
    open_mail(settings).check()
    return _public(settings.mail_url)


def _payments(settings: Settings) -> str:
    """A question that costs nothing, asked with the key."""
    if settings.stripe_webhook_secret is None and settings.stripe_api_key is not None:
        raise Ill("STRIPE_WEBHOOK_SECRET is not set: payments would not be told of")
    try:
        gateway = open_payments(settings)
        gateway.find_by_order("doctor", since=utc_now() - timedelta(minutes=1))
    except CommerceError as refusal:
        if isinstance(refusal.__cause__, StripeError):
            raise Ill(str(refusal.__cause__)) from refusal
        raise
    return settings.stripe_api_base or "api.stripe.com accepts the key"


def _embeddings(settings: Settings) -> str:
    [vector] = open_embedder(settings).embed(["a warm blanket"])
    return f"{settings.embedding_model}, {len(vector)} dimensions"


def _cluster(settings: Settings) -> str:
    """The Jobs API, with the token a data engineer would use."""
    if settings.ray_address is None:
        raise Ill("RAY_ADDRESS is not set")
    address = os.environ.get("RAY_API_SERVER_ADDRESS", _dashboard(settings))
    token_file = Path(
        os.environ.get("RAY_AUTH_TOKEN_PATH", settings.var_dir / "ray" / "token")
    )
    token = token_file.read_text().strip() if token_file.exists() else ""
    reply = httpx.get(
        f"{address}/api/version",
        headers={"Authorization": f"Bearer {token}"},
        timeout=TIMEOUT_SECONDS,
        trust_env=False,
    )
    reply.raise_for_status()
    return f"Ray {reply.json()['ray_version']} at {address}"


def _dashboard(settings: Settings) -> str:
    return f"http://127.0.0.1:{settings.ray_dashboard_port}"


def _agents(settings: Settings) -> str:
    routes = httpx.get(
        f"{settings.assistant_url}/-/routes", timeout=TIMEOUT_SECONDS, trust_env=False
    )
    routes.raise_for_status()
    if missing := set(AGENTS) - routes.json().keys():
        raise Ill(f"{', '.join(sorted(missing))} is not deployed")
    return f"both answer at {settings.assistant_url}"


def _public(address: str) -> str:
    """Without the name and password that an address may carry."""
    return address.rpartition("@")[2]


def _first_line(problem: BaseException) -> str:
    text = problem.message if isinstance(problem, CommerceError) else str(problem)
    return (text.strip() or type(problem).__name__).splitlines()[0]


SEE_STATUS = "`ecom67 status` shows whether it runs, and var/log why not"
CHECKS = (
    Check("python", _python, "`make clean run`"),
    Check("data folder", _data_folder, "see VAR_DIR"),
    Check("platform", _platform, "`make run`, unless other machines run the parts"),
    Check("database", _database, f"check DATABASE_URL; {SEE_STATUS}"),
    Check("schema", _schema, "`make migrate`"),
    Check("queue", _queue, f"check REDIS_URL; {SEE_STATUS}"),
    Check("search", _search, "`ecom67 search rebuild`, or check SEARCH_URL"),
    Check("storage", _storage, "check STORAGE_URL and its permissions"),
    Check("mail", _mail, "check MAIL_URL and its credentials"),
    Check("payments", _payments, "check STRIPE_API_KEY and STRIPE_WEBHOOK_SECRET"),
    Check("embeddings", _embeddings, "install requirements/web.txt again"),
    Check("ray", _cluster, f"check RAY_ADDRESS and its token; {SEE_STATUS}"),
    Check("agents", _agents, "`python -m agents.deploy`, or check ASSISTANT_URL"),
)

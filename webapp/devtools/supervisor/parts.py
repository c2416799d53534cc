"""The parts of the platform, in the order in which people read them.

Only what has no address yet is started: a setting that is set stands for a part that
somebody else runs.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from webapp.config import LOOPBACK, Settings, netloc
from webapp.devtools.supervisor import postgres, ray, valkey
from webapp.devtools.supervisor.errors import CannotFollow
from webapp.devtools.supervisor.health import Kind, Probe
from webapp.devtools.supervisor.keys import Keys
from webapp.devtools.supervisor.part import Part

ACCOUNTS_FILE = "demo-accounts.json"


@dataclass(frozen=True)
class Plan:
    parts: tuple[Part, ...]
    addresses: dict[str, str]
    """Settings that the parts and other terminals get, beside the person's own."""


@dataclass(frozen=True)
class Ours:
    """The servers we would run, wanted or not."""

    database: postgres.Cluster
    queue: valkey.Server
    cluster: ray.Head


def plan(
    settings: Settings, keys: Keys, *, var: Path, environment: Mapping[str, str]
) -> Plan:
    """What to start and what to tell it; `environment` is what we were started with.

    Raises `CannotFollow`.
    """
    ours = _ours(settings, keys, var)
    addresses = _addresses(settings, keys, ours, var=var)
    inherited = {**environment, **addresses, "PYTHONUNBUFFERED": "1"}
    own_database = settings.database_url is None
    is_first_start = own_database and not (var / ACCOUNTS_FILE).exists()
    choices = (
        (_database(settings, ours.database), own_database),
        (_queue(settings, ours.queue), settings.redis_url is None),
        (_migrations(), True),
        (_demo_data(), is_first_start),
        (_simulator(settings), settings.stripe_api_key is None),
        (_web(settings), True),
        (_background("relay"), True),
        *((part, True) for part in _workers(settings.worker_processes)),
        (_background("cron"), True),
        (_cluster(settings, ours.cluster, inherited), settings.ray_address is None),
        (_agents(settings), settings.ray_address is None),
    )
    left_out = _left_out(settings, known=[part.name for part, _ in choices])
    wanted = [
        part for part, is_wanted in choices if is_wanted and part.name not in left_out
    ]
    return Plan(
        tuple(_completed(part, wanted, inherited) for part in wanted), addresses
    )


def _left_out(settings: Settings, *, known: list[str]) -> set[str]:
    names = {name.strip() for name in (settings.leave_out or "").split(",")} - {""}
    if unknown := sorted(names - set(known)):
        raise CannotFollow(
            f"LEAVE_OUT names {', '.join(unknown)}, but the parts are {', '.join(known)}"
        )
    return names


def _completed(part: Part, wanted: list[Part], inherited: Mapping[str, str]) -> Part:
    """Nothing waits for what is not started here."""
    names = {other.name for other in wanted}
    return replace(
        part,
        needs=tuple(name for name in part.needs if name in names),
        beside=tuple(name for name in part.beside if name in names),
        environment=part.environment or inherited,
    )


def _ours(settings: Settings, keys: Keys, var: Path) -> Ours:
    return Ours(
        database=postgres.Cluster(
            data=var / "postgres",
            port=settings.postgres_port,
            password=keys.database_password,
        ),
        queue=valkey.Server(
            folder=var / "valkey",
            port=settings.valkey_port,
            password=keys.valkey_password,
        ),
        cluster=ray.Head(
            folder=var / "ray",
            port=settings.ray_port,
            dashboard_port=settings.ray_dashboard_port,
            token=keys.ray_auth_token,
        ),
    )


def _addresses(
    settings: Settings, keys: Keys, ours: Ours, *, var: Path
) -> dict[str, str]:
    found = {"VAR_DIR": str(var)}
    if settings.database_url is None:
        found["DATABASE_URL"] = ours.database.url
    if settings.redis_url is None:
        found["REDIS_URL"] = ours.queue.url
    if settings.jwt_secret is None:
        found["JWT_SECRET"] = keys.jwt_secret
    if settings.stripe_api_key is None:
        found["STRIPE_API_KEY"] = keys.stripe_api_key
        found["STRIPE_WEBHOOK_SECRET"] = keys.stripe_webhook_secret
        found["STRIPE_API_BASE"] = _local(settings.stripe_simulator_port)
    if settings.ray_address is None:
        found |= ours.cluster.client_environment()
        found["ASSISTANT_URL"] = _local(settings.serve_port)
    return found


def _local(port: int) -> str:
    return f"http://{LOOPBACK}:{port}"


def _module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", name, *arguments]


def _database(settings: Settings, cluster: postgres.Cluster) -> Part:
    return Part(
        "postgres",
        cluster.command,
        probe=Probe(Kind.POSTGRES, cluster.maintenance_url),
        prepare=cluster.prepare,
        complete=cluster.create_database,
        environment=postgres.ENVIRONMENT,
        ports={"POSTGRES_PORT": settings.postgres_port},
        address=f"{LOOPBACK}:{settings.postgres_port}",
        stop_signal=postgres.STOP_IN_ORDER,
        stop_seconds=postgres.STOP_SECONDS,
    )


def _queue(settings: Settings, server: valkey.Server) -> Part:
    return Part(
        "valkey",
        server.command,
        probe=Probe(Kind.VALKEY, server.url),
        prepare=server.prepare,
        environment=valkey.ENVIRONMENT,
        ports={"VALKEY_PORT": settings.valkey_port},
        address=f"{LOOPBACK}:{settings.valkey_port}",
    )


def _migrations() -> Part:
    return Part(
        "migrations",
        lambda: _module("webapp.db.migrate"),
        needs=("postgres",),
        step=True,
    )


def _demo_data() -> Part:
    return Part(
        "demo data",
        lambda: _module("webapp.devtools.demo.seed"),
        needs=("migrations",),
        step=True,
    )


def _simulator(settings: Settings) -> Part:
    address = _local(settings.stripe_simulator_port)
    return Part(
        "stripe",
        lambda: _module("webapp.devtools.stripe_simulator.serve"),
        probe=Probe(Kind.HTTP, address),
        ports={"STRIPE_SIMULATOR_PORT": settings.stripe_simulator_port},
        address=address,
    )


def _web(settings: Settings) -> Part:
    arguments = {
        "bind": netloc(settings.host, settings.port),
        "workers": settings.web_workers,
        "worker-class": "gthread",
        "threads": settings.web_threads,
        "timeout": 60,
        # An open chat would keep a worker until the end of this.
        "graceful-timeout": 5,
    }
    words = [f"--{name}={value}" for name, value in arguments.items()]
    # Loaded once before the fork: the workers share most of their memory and start at once.
    # The control socket has one path per user, so two platforms would share it.
    words += ["--preload", "--no-control-socket"]
    return Part(
        "web",
        lambda: _module("gunicorn", "webapp.serve:app", *words),
        probe=Probe(Kind.HTTP, f"{settings.web_address}/healthz"),
        needs=("migrations", "valkey"),
        ports={"PORT": settings.port},
        host=settings.host,
        address=settings.site,
    )


def _workers(count: int) -> list[Part]:
    """Where there are two, one is kept free of long work, so that no mail waits for it."""
    if count == 1:
        return [_background("worker")]
    quick = _background("worker", "--without=slow", name="worker-1")
    rest = (_background("worker", name=f"worker-{n}") for n in range(2, count + 1))
    return [quick, *rest]


def _background(module: str, *arguments: str, name: str = "") -> Part:
    return Part(
        name or module,
        lambda: _module(f"jobs.{module}", *arguments),
        # On two cores the start is bound by the processor: the web and Ray go first.
        needs=("migrations", "valkey", "web"),
    )


def _cluster(settings: Settings, head: ray.Head, inherited: Mapping[str, str]) -> Part:
    return Part(
        "ray",
        head.command,
        probe=Probe(Kind.HTTP, f"{head.dashboard}/api/version"),
        prepare=head.prepare,
        tidy=head.tidy,
        environment={**inherited, **head.environment(inherited)},
        ports={
            "RAY_PORT": settings.ray_port,
            "RAY_DASHBOARD_PORT": settings.ray_dashboard_port,
        },
        address=head.dashboard,
        ready_seconds=120,
    )


def _agents(settings: Settings) -> Part:
    return Part(
        "agents",
        lambda: _module("agents.deploy"),
        probe=Probe(Kind.HTTP, f"{_local(settings.serve_port)}/-/healthz"),
        # Its imports take as long as Ray's start, which it waits for.
        needs=("migrations", "web"),
        beside=("ray",),
        ports={"SERVE_PORT": settings.serve_port},
        step=True,
        address=_local(settings.serve_port),
        ready_seconds=120,
    )

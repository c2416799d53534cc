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
from webapp.devtools.supervisor.errors import UnusableSetting
from webapp.devtools.supervisor.part import PlatformPart
from webapp.devtools.supervisor.platform_secrets import PlatformSecrets
from webapp.devtools.supervisor.probes import Probe, ProbeKind

ACCOUNTS_FILE = "demo-accounts.json"


@dataclass(frozen=True)
class PlatformPlan:
    parts: tuple[PlatformPart, ...]
    shared_settings: dict[str, str]
    """Settings that the parts and other terminals get, beside the person's own."""


@dataclass(frozen=True)
class Ours:
    """The servers we would run, wanted or not."""

    database: postgres.PostgresCluster
    queue: valkey.ValkeyServer
    cluster: ray.RayHead


def build_plan(
    settings: Settings,
    keys: PlatformSecrets,
    *,
    var: Path,
    environment: Mapping[str, str],
) -> PlatformPlan:
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
    return PlatformPlan(
        tuple(_completed(part, wanted, inherited) for part in wanted), addresses
    )


def _left_out(settings: Settings, *, known: list[str]) -> set[str]:
    names = {name.strip() for name in (settings.disabled_parts or "").split(",")} - {""}
    if unknown := sorted(names - set(known)):
        raise UnusableSetting(
            f"DISABLED_PARTS names {', '.join(unknown)}, but the parts are {', '.join(known)}"
        )
    return names


def _completed(
    part: PlatformPart, wanted: list[PlatformPart], inherited: Mapping[str, str]
) -> PlatformPart:
    """Nothing waits for what is not started here."""
    names = {other.name for other in wanted}
    return replace(
        part,
        depends_on=tuple(name for name in part.depends_on if name in names),
        starts_alongside=tuple(name for name in part.starts_alongside if name in names),
        environment=part.environment or inherited,
    )


def _ours(settings: Settings, keys: PlatformSecrets, var: Path) -> Ours:
    return Ours(
        database=postgres.PostgresCluster(
            data_folder=var / "postgres",
            port=settings.postgres_port,
            password=keys.database_password,
        ),
        queue=valkey.ValkeyServer(
            folder=var / "valkey",
            port=settings.valkey_port,
            password=keys.valkey_password,
        ),
        cluster=ray.RayHead(
            folder=var / "ray",
            port=settings.ray_port,
            dashboard_port=settings.ray_dashboard_port,
            token=keys.ray_auth_token,
        ),
    )


def _addresses(
    settings: Settings, keys: PlatformSecrets, ours: Ours, *, var: Path
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
        found |= ours.cluster.build_client_environment()
        found["ASSISTANT_URL"] = _local(settings.serve_port)
    return found


def _local(port: int) -> str:
    return f"http://{LOOPBACK}:{port}"


def _module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", name, *arguments]


def _database(settings: Settings, cluster: postgres.PostgresCluster) -> PlatformPart:
    return PlatformPart(
        "postgres",
        cluster.build_command,
        probe=Probe(ProbeKind.POSTGRES, cluster.maintenance_url),
        before_start=cluster.prepare,
        on_ready=cluster.create_database,
        environment=postgres.ENVIRONMENT,
        ports={"POSTGRES_PORT": settings.postgres_port},
        address=f"{LOOPBACK}:{settings.postgres_port}",
        stop_signal=postgres.FAST_SHUTDOWN_SIGNAL,
        stop_timeout_s=postgres.STOP_TIMEOUT_S,
    )


def _queue(settings: Settings, server: valkey.ValkeyServer) -> PlatformPart:
    return PlatformPart(
        "valkey",
        server.build_command,
        probe=Probe(ProbeKind.VALKEY, server.url),
        before_start=server.prepare,
        environment=valkey.ENVIRONMENT,
        ports={"VALKEY_PORT": settings.valkey_port},
        address=f"{LOOPBACK}:{settings.valkey_port}",
    )


def _migrations() -> PlatformPart:
    return PlatformPart(
        "migrations",
        lambda: _module("webapp.db.migrate"),
        depends_on=("postgres",),
        is_one_shot=True,
    )


def _demo_data() -> PlatformPart:
    return PlatformPart(
        "demo data",
        lambda: _module("webapp.devtools.demo.seed"),
        depends_on=("migrations",),
        is_one_shot=True,
    )


def _simulator(settings: Settings) -> PlatformPart:
    address = _local(settings.stripe_simulator_port)
    return PlatformPart(
        "stripe",
        lambda: _module("webapp.devtools.stripe_simulator.serve"),
        probe=Probe(ProbeKind.HTTP, address),
        ports={"STRIPE_SIMULATOR_PORT": settings.stripe_simulator_port},
        address=address,
    )


def _web(settings: Settings) -> PlatformPart:
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
    return PlatformPart(
        "web",
        lambda: _module("gunicorn", "webapp.serve:app", *words),
        probe=Probe(ProbeKind.HTTP, f"{settings.web_address}/healthz"),
        depends_on=("migrations", "valkey"),
        ports={"PORT": settings.port},
        host=settings.host,
        address=settings.site,
    )


def _workers(count: int) -> list[PlatformPart]:
    """Where there are two, one is kept free of long work, so that no mail waits for it."""
    if count == 1:
        return [_background("worker")]
    quick = _background("worker", "--without=slow", name="worker-1")
    rest = (_background("worker", name=f"worker-{n}") for n in range(2, count + 1))
    return [quick, *rest]


def _background(module: str, *arguments: str, name: str = "") -> PlatformPart:
    return PlatformPart(
        name or module,
        lambda: _module(f"jobs.{module}", *arguments),
        # On two cores the start is bound by the processor: the web and Ray go first.
        depends_on=("migrations", "valkey", "web"),
    )


def _cluster(
    settings: Settings, head: ray.RayHead, inherited: Mapping[str, str]
) -> PlatformPart:
    return PlatformPart(
        "ray",
        head.build_command,
        probe=Probe(ProbeKind.HTTP, f"{head.dashboard}/api/version"),
        before_start=head.prepare,
        after_stop=head.clean_up,
        environment={**inherited, **head.build_environment(inherited)},
        ports={
            "RAY_PORT": settings.ray_port,
            "RAY_DASHBOARD_PORT": settings.ray_dashboard_port,
        },
        address=head.dashboard,
        ready_timeout_s=120,
    )


def _agents(settings: Settings) -> PlatformPart:
    return PlatformPart(
        "agents",
        lambda: _module("agents.deploy"),
        probe=Probe(ProbeKind.HTTP, f"{_local(settings.serve_port)}/-/healthz"),
        # Its imports take as long as Ray's start, which it waits for.
        depends_on=("migrations", "web"),
        starts_alongside=("ray",),
        ports={"SERVE_PORT": settings.serve_port},
        is_one_shot=True,
        address=_local(settings.serve_port),
        ready_timeout_s=120,
    )

"""Definitions of the platform's parts, in the order in which they are displayed.

Only parts without an address are started: a setting that is set (`DATABASE_URL`) refers to
an external service.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from webapp.adapters.query_embeddings.port import HEALTH_PATH
from webapp.config import LOOPBACK, Settings
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
    """Settings passed to the parts and to other terminals, in addition to the user's own."""


@dataclass(frozen=True)
class EmbeddedServers:
    """The embedded servers with their settings, whether or not they will be started."""

    database: postgres.PostgresCluster
    queue: valkey.ValkeyServer
    cluster: ray.RayHead


def build_plan(
    settings: Settings,
    secrets: PlatformSecrets,
    *,
    var: Path,
    environment: Mapping[str, str],
) -> PlatformPlan:
    """Which parts to start and their settings; `environment` is that of this process.

    Raises `UnusableSetting`.
    """
    servers = _build_servers(settings, secrets, var)
    shared_settings = _build_shared_settings(settings, secrets, servers, var=var)
    inherited = {**environment, **shared_settings, "PYTHONUNBUFFERED": "1"}
    has_embedded_database = settings.database_url is None
    is_first_start = has_embedded_database and not (var / ACCOUNTS_FILE).exists()
    choices = (
        (_build_database_part(settings, servers.database), has_embedded_database),
        (_build_queue_part(settings, servers.queue), settings.redis_url is None),
        (_build_migrations_part(), True),
        (_build_demo_data_part(), is_first_start),
        (_build_web_part(settings), True),
        (_build_simulator_part(settings), settings.stripe_api_key is None),
        (_build_jobs_part(), True),
        (_build_embedder_part(settings), settings.embedder_url is None),
        (
            _build_cluster_part(settings, servers.cluster, inherited),
            settings.ray_address is None,
        ),
        (_build_agents_part(settings), settings.ray_address is None),
    )
    disabled = _parse_disabled_parts(
        settings, part_names=[part.name for part, _ in choices]
    )
    enabled = [
        part for part, is_needed in choices if is_needed and part.name not in disabled
    ]
    return PlatformPlan(
        tuple(_resolve_dependencies(part, enabled, inherited) for part in enabled),
        shared_settings,
    )


def _parse_disabled_parts(settings: Settings, *, part_names: list[str]) -> set[str]:
    names = {name.strip() for name in (settings.disabled_parts or "").split(",")} - {""}
    if unknown := sorted(names - set(part_names)):
        raise UnusableSetting(
            f"DISABLED_PARTS names {', '.join(unknown)}, but the parts are "
            f"{', '.join(part_names)}"
        )
    return names


def _resolve_dependencies(
    part: PlatformPart, enabled: list[PlatformPart], inherited: Mapping[str, str]
) -> PlatformPart:
    """Drop dependencies on parts that are not started here; fill in the environment."""
    names = {other.name for other in enabled}
    return replace(
        part,
        depends_on=tuple(name for name in part.depends_on if name in names),
        starts_alongside=tuple(name for name in part.starts_alongside if name in names),
        environment=part.environment or inherited,
    )


def _build_servers(
    settings: Settings, secrets: PlatformSecrets, var: Path
) -> EmbeddedServers:
    return EmbeddedServers(
        database=postgres.PostgresCluster(
            data_folder=var / "postgres",
            port=settings.postgres_port,
            password=secrets.database_password,
            superuser_password=secrets.database_superuser_password,
        ),
        queue=valkey.ValkeyServer(
            folder=var / "valkey",
            port=settings.valkey_port,
            password=secrets.valkey_password,
        ),
        cluster=ray.RayHead(
            folder=var / "ray",
            port=settings.ray_port,
            dashboard_port=settings.ray_dashboard_port,
            token=secrets.ray_auth_token,
        ),
    )


def _build_shared_settings(
    settings: Settings, secrets: PlatformSecrets, servers: EmbeddedServers, *, var: Path
) -> dict[str, str]:
    shared = {"VAR_DIR": str(var)}
    if settings.database_url is None:
        shared["DATABASE_URL"] = servers.database.url
    if settings.redis_url is None:
        shared["REDIS_URL"] = servers.queue.url
    if settings.jwt_secret is None:
        shared["JWT_SECRET"] = secrets.jwt_secret
    if settings.stripe_api_key is None:
        shared["STRIPE_API_KEY"] = secrets.stripe_api_key
        shared["STRIPE_WEBHOOK_SECRET"] = secrets.stripe_webhook_secret
        shared["STRIPE_API_BASE"] = _build_local_address(settings.stripe_simulator_port)
    if settings.embedder_url is None:
        shared["EMBEDDER_URL"] = settings.embedder_address
    if settings.ray_address is None:
        shared |= servers.cluster.build_client_environment()
        shared["ASSISTANT_URL"] = settings.serve_address
    return shared


def _build_local_address(port: int) -> str:
    return f"http://{LOOPBACK}:{port}"


def _build_module_command(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", name, *arguments]


def _build_database_part(
    settings: Settings, cluster: postgres.PostgresCluster
) -> PlatformPart:
    return PlatformPart(
        "postgres",
        cluster.build_command,
        probe=Probe(ProbeKind.POSTGRES, cluster.maintenance_url),
        before_start=cluster.prepare,
        on_ready=cluster.prepare_database,
        environment=postgres.ENVIRONMENT,
        ports={"POSTGRES_PORT": settings.postgres_port},
        address=f"{LOOPBACK}:{settings.postgres_port}",
        stop_signal=postgres.FAST_SHUTDOWN_SIGNAL,
        stop_timeout_s=postgres.STOP_TIMEOUT_S,
    )


def _build_queue_part(settings: Settings, server: valkey.ValkeyServer) -> PlatformPart:
    return PlatformPart(
        "valkey",
        server.build_command,
        probe=Probe(ProbeKind.VALKEY, server.url),
        before_start=server.prepare,
        environment=valkey.ENVIRONMENT,
        ports={"VALKEY_PORT": settings.valkey_port},
        address=f"{LOOPBACK}:{settings.valkey_port}",
    )


def _build_migrations_part() -> PlatformPart:
    return PlatformPart(
        "migrations",
        lambda: _build_module_command("webapp.db.migrate"),
        depends_on=("postgres",),
        is_one_shot=True,
    )


def _build_demo_data_part() -> PlatformPart:
    return PlatformPart(
        "demo data",
        lambda: _build_module_command("webapp.devtools.demo.seed"),
        depends_on=("migrations",),
        is_one_shot=True,
    )


def _build_simulator_part(settings: Settings) -> PlatformPart:
    address = _build_local_address(settings.stripe_simulator_port)
    return PlatformPart(
        "stripe",
        lambda: _build_module_command("webapp.devtools.stripe_simulator.serve"),
        probe=Probe(ProbeKind.HTTP, address),
        # On two cores the start is CPU-bound: web goes first.
        depends_on=("web",),
        ports={"STRIPE_SIMULATOR_PORT": settings.stripe_simulator_port},
        address=address,
    )


def _build_web_part(settings: Settings) -> PlatformPart:
    return PlatformPart(
        "web",
        lambda: _build_module_command(
            "gunicorn", "-c", "python:webapp.server.gunicorn_config", "webapp.serve:app"
        ),
        probe=Probe(ProbeKind.HTTP, f"{settings.web_address}/healthz"),
        # It loads its code, which takes longest, and then waits for the schema.
        starts_alongside=("migrations", "valkey"),
        ports={"PORT": settings.port},
        host=settings.host,
        address=settings.site,
    )


def _build_jobs_part() -> PlatformPart:
    return PlatformPart(
        "jobs",
        lambda: _build_module_command("jobs"),
        # On two cores the start is CPU-bound: web goes first.
        depends_on=("migrations", "valkey", "web"),
    )


def _build_embedder_part(settings: Settings) -> PlatformPart:
    address = settings.embedder_address
    return PlatformPart(
        "embedder",
        lambda: _build_module_command("jobs.query_embedder"),
        probe=Probe(ProbeKind.HTTP, f"{address}{HEALTH_PATH}"),
        # On two cores the start is CPU-bound: web goes first.
        depends_on=("web",),
        ports={"EMBEDDER_PORT": settings.embedder_port},
        host=settings.embedder_host,
        address=address,
    )


def _build_cluster_part(
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


def _build_agents_part(settings: Settings) -> PlatformPart:
    return PlatformPart(
        "agents",
        lambda: _build_module_command("agents.deploy"),
        probe=Probe(ProbeKind.HTTP, f"{settings.serve_address}/-/healthz"),
        # Its imports take as long as the start of Ray, for which it waits itself.
        depends_on=("migrations", "web"),
        starts_alongside=("ray",),
        ports={"SERVE_PORT": settings.serve_port},
        host=settings.serve_host,
        is_one_shot=True,
        address=settings.serve_address,
        ready_timeout_s=120,
    )

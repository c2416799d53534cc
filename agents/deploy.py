"""Deploys both agents and the analytics to Ray Serve: `python -m agents.deploy`. May be run again
at any time.

Connects to the cluster at `RAY_ADDRESS`, deploys, waits until all of them answer, and exits.
"""

import sys
import time
from collections.abc import Callable

import ray
from ray import serve
from ray.serve.config import AutoscalingConfig, HTTPOptions

from agents.readiness import can_connect, can_get
from agents.replica import Replica
from analytics.on_ray import MIN_NODES, count_nodes
from analytics.replica import (
    CONCURRENT_QUERIES,
    CONCURRENT_REPORTS,
    AnalyticsReplica,
)
from webapp.chat.service import AgentName
from webapp.config import AgentSettings, Settings, WrongSetting

ANALYTICS = "analytics"
CONNECT_TIMEOUT_S = 30
READY_TIMEOUT_S = 60
MAX_CONCURRENT_TURNS = 32
"""Concurrent turns of a replica; more wait at the proxy."""
BUSY_SHARE = 0.5
"""Of what its replicas can do at once: from there on a deployment gets another one."""
UPSCALE_DELAY_S = 10
"""How long it must be so busy; it gives replicas up after ten quiet minutes, Ray's default."""
REPLICA_CPUS = 0.1
"""A turn mostly waits for the database or a hosted model."""


class CannotDeploy(Exception):
    """The message names what is missing."""


def main() -> None:
    try:
        deploy(Settings.load())
    except (CannotDeploy, WrongSetting) as error:
        sys.exit(str(error))


def deploy(settings: Settings) -> None:
    started = time.monotonic()
    connect(settings)
    print_progress("deploying support, insights and analytics")
    serve.start(http_options=build_http_options(settings))
    agents = [build_target(settings, agent) for agent in AgentName]
    analytics = build_analytics_target(settings, ray_address=find_cluster_address())
    serve.run_many([*agents, analytics])
    wait_for_agents(settings)
    print_progress(
        f"agents and analytics answer after {time.monotonic() - started:.1f} s"
    )


def connect(settings: Settings, *, timeout_s: float = CONNECT_TIMEOUT_S) -> None:
    """Raises `CannotDeploy` when nothing listens at `RAY_ADDRESS`."""
    address = settings.ray_address or "auto"
    # Ray itself keeps retrying for minutes when nothing listens there.
    if address != "auto" and not can_connect(address, timeout_s=timeout_s):
        raise CannotDeploy(f"No Ray cluster answers at RAY_ADDRESS={address}")
    print_progress(f"connecting to Ray at {address}")
    ray.init(address=address, log_to_driver=False, namespace="serve")


def wait_for_agents(settings: Settings, *, timeout_s: float = READY_TIMEOUT_S) -> None:
    """Raises `CannotDeploy` when one of them does not answer."""
    for name in (*AgentName, ANALYTICS):
        url = f"{settings.assistant_url}/{name}"
        if not can_get(url, timeout_s=timeout_s):
            raise CannotDeploy(f"{url} does not answer")


def build_http_options(settings: Settings) -> HTTPOptions:
    return HTTPOptions(host=settings.serve_host, port=settings.serve_port)


def select_agent_settings(settings: Settings) -> AgentSettings:
    """What crosses the cluster: Ray keeps it, and every node may read it. `AgentSettings` ignores
    all other fields."""
    return AgentSettings(**settings.model_dump())


def build_deployment(settings: Settings, agent: AgentName) -> serve.Deployment:
    return _describe_deployment(
        agent,
        (settings.agent_replicas, settings.most_agent_replicas),
        max_requests=MAX_CONCURRENT_TURNS,
    )(Replica)


def build_target(settings: Settings, agent: AgentName) -> serve.RunTarget:
    deployment = build_deployment(settings, agent)
    return serve.RunTarget(
        deployment.bind(select_agent_settings(settings), agent),
        name=agent,
        route_prefix=f"/{agent}",
    )


def build_analytics_deployment(settings: Settings) -> serve.Deployment:
    # What is beyond waits at the proxy, not in memory.
    return _describe_deployment(
        ANALYTICS,
        (1, settings.analytics_replicas_max),
        max_requests=CONCURRENT_QUERIES + CONCURRENT_REPORTS,
    )(AnalyticsReplica)


def build_analytics_target(
    settings: Settings, *, ray_address: str | None = None
) -> serve.RunTarget:
    """With the address of the cluster, queries are computed on all of its nodes."""
    return serve.RunTarget(
        build_analytics_deployment(settings).bind(
            select_agent_settings(settings), ray_address
        ),
        name=ANALYTICS,
        route_prefix=f"/{ANALYTICS}",
    )


def find_cluster_address() -> str | None:
    """The address of the cluster we are connected to, if queries gain by its other nodes."""
    if count_nodes() < MIN_NODES:
        return None
    return str(ray.get_runtime_context().gcs_address)


def _describe_deployment(
    name: str, bounds: tuple[int, int], *, max_requests: int
) -> Callable[[type], serve.Deployment]:
    """With as many replicas as its requests need, between the bounds."""
    fewest, most = bounds
    return serve.deployment(
        name=name,
        autoscaling_config=AutoscalingConfig(
            min_replicas=fewest,
            max_replicas=most,
            target_ongoing_requests=max_requests * BUSY_SHARE,
            upscale_delay_s=UPSCALE_DELAY_S,
        ),
        max_ongoing_requests=max_requests,
        ray_actor_options={"num_cpus": REPLICA_CPUS},
        health_check_period_s=3,
        graceful_shutdown_timeout_s=5,
    )


def print_progress(text: str) -> None:
    sys.stdout.write(f"agents: {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

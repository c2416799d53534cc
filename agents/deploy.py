"""Deploys both agents to Ray Serve: `python -m agents.deploy`. May be run again at any time.

Connects to the cluster at `RAY_ADDRESS`, deploys, waits until both agents answer, and exits.
"""

import socket
import sys
import time
from contextlib import suppress
from urllib.parse import urlsplit

import httpx
import ray
from ray import serve
from ray.serve.config import HTTPOptions

from agents.replica import Replica
from webapp.chat.service import AgentName
from webapp.config import AgentSettings, Settings, WrongSetting

CONNECT_TIMEOUT_S = 30
READY_TIMEOUT_S = 60
MAX_CONCURRENT_TURNS = 32
"""Concurrent turns of a replica; more wait at the proxy."""
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
    print_progress("deploying support and insights")
    serve.start(http_options=build_http_options(settings))
    serve.run_many([build_target(settings, agent) for agent in AgentName])
    for agent in AgentName:
        wait_until_ready(f"{settings.assistant_url}/{agent}")
    print_progress(f"both agents answer after {time.monotonic() - started:.1f} s")


def connect(settings: Settings) -> None:
    address = settings.ray_address or "auto"
    # Ray itself keeps retrying for minutes when nothing listens there.
    if address != "auto" and not can_connect(address, timeout_s=CONNECT_TIMEOUT_S):
        raise CannotDeploy(f"No Ray cluster answers at RAY_ADDRESS={address}")
    print_progress(f"connecting to Ray at {address}")
    ray.init(address=address, log_to_driver=False, namespace="serve")


def can_connect(address: str, *, timeout_s: float) -> bool:
    """Whether `host:port` or `ray://host:port` accepts a connection in time."""
    parts = urlsplit(address if "//" in address else f"//{address}")
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        with (
            suppress(OSError),
            socket.create_connection((parts.hostname, parts.port), timeout=2),
        ):
            return True
        time.sleep(0.5)
    return False


def build_http_options(settings: Settings) -> HTTPOptions:
    return HTTPOptions(host=settings.serve_host, port=settings.serve_port)


def select_agent_settings(settings: Settings) -> AgentSettings:
    """What crosses the cluster: Ray keeps it, and every node may read it."""
    fields = set(AgentSettings.model_fields)
    return AgentSettings(**settings.model_dump(include=fields))


def build_target(settings: Settings, agent: AgentName) -> serve.RunTarget:
    deployment = serve.deployment(
        name=agent,
        num_replicas=settings.agent_replicas,
        max_ongoing_requests=MAX_CONCURRENT_TURNS,
        ray_actor_options={"num_cpus": REPLICA_CPUS},
        health_check_period_s=3,
        graceful_shutdown_timeout_s=5,
    )(Replica)
    return serve.RunTarget(
        deployment.bind(select_agent_settings(settings), agent),
        name=agent,
        route_prefix=f"/{agent}",
    )


def wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=5, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise CannotDeploy(f"{url} does not answer")


def print_progress(text: str) -> None:
    sys.stdout.write(f"agents: {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

"""Puts both agents on Ray Serve: `python -m agents.deploy`. May be run again at any time.

Connects to the cluster at `RAY_ADDRESS`, deploys, waits until both agents answer, and ends.
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
from webapp.config import Settings, WrongSetting

CONNECT_SECONDS = 30
ANSWER_SECONDS = 60
MAX_TURNS = 32
"""Turns a replica plays at once; more wait at the proxy."""
CPUS = 0.1
"""A turn mostly waits for the database or a hosted model."""


class CannotDeploy(Exception):
    """The message says what is missing."""


def main() -> None:
    try:
        deploy(Settings.load())
    except (CannotDeploy, WrongSetting) as problem:
        sys.exit(str(problem))


def deploy(settings: Settings) -> None:
    started = time.monotonic()
    connect(settings)
    say("deploying support and insights")
    serve.start(http_options=HTTPOptions(host="127.0.0.1", port=settings.serve_port))
    serve.run_many([target(settings, agent) for agent in AgentName])
    for agent in AgentName:
        wait_for(f"{settings.assistant_url}/{agent}")
    say(f"both agents answer after {time.monotonic() - started:.1f} s")


def connect(settings: Settings) -> None:
    address = settings.ray_address or "auto"
    # Ray itself goes on trying for minutes when nobody listens.
    if address != "auto" and not answers_at(address, seconds=CONNECT_SECONDS):
        raise CannotDeploy(f"No Ray cluster answers at RAY_ADDRESS={address}")
    say(f"connecting to Ray at {address}")
    ray.init(address=address, log_to_driver=False, namespace="serve")


def answers_at(address: str, *, seconds: float) -> bool:
    """Whether anybody takes a connection at `host:port` or `ray://host:port` in time."""
    parts = urlsplit(address if "//" in address else f"//{address}")
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with (
            suppress(OSError),
            socket.create_connection((parts.hostname, parts.port), timeout=2),
        ):
            return True
        time.sleep(0.5)
    return False


def target(settings: Settings, agent: AgentName) -> serve.RunTarget:
    deployment = serve.deployment(
        name=agent,
        num_replicas=1,
        max_ongoing_requests=MAX_TURNS,
        ray_actor_options={"num_cpus": CPUS},
        health_check_period_s=3,
        graceful_shutdown_timeout_s=5,
    )(Replica)
    return serve.RunTarget(
        deployment.bind(settings, agent), name=agent, route_prefix=f"/{agent}"
    )


def wait_for(url: str) -> None:
    deadline = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=5, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise CannotDeploy(f"{url} does not answer")


def say(text: str) -> None:
    sys.stdout.write(f"agents: {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

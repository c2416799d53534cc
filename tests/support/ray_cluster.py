"""A Ray head node as `make run` starts it, on free ports, for the tests that need Ray."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.support.ports import free_port
from webapp.devtools.supervisor.ray import RayHead

READY_TIMEOUT_S = 120
STOP_TIMEOUT_S = 40


@contextmanager
def run_ray_head(folder: Path) -> Iterator[dict[str, str]]:
    """Yields the environment of processes that connect to the node."""
    head = RayHead(
        folder=folder / "ray",
        port=free_port(),
        dashboard_port=free_port(),
        token="t" * 40,
    )
    head.prepare()
    inherited = {**os.environ, **head.build_client_environment()}
    with (folder / "ray.log").open("ab") as log:
        node = subprocess.Popen(
            head.build_command(),
            env={**inherited, **head.build_environment(inherited)},
            stdout=log,
            stderr=log,
        )
    try:
        _wait_until_ready(node, f"{head.dashboard}/api/version", folder / "ray.log")
        yield inherited
    finally:
        node.terminate()
        node.wait(timeout=STOP_TIMEOUT_S)
        head.clean_up()


def _wait_until_ready(node: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < deadline and node.poll() is None:
        try:
            if httpx.get(url, timeout=2, trust_env=False).status_code < 500:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise RuntimeError(f"Ray did not start: {log.read_text()[-2000:]}")

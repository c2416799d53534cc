"""A real OpenSearch node for one test run, started by the scripts next to the project."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.support.ports import free_port
from tests.support.shared_data import SHARED_DIR

START_TIMEOUT_S = 150


@contextmanager
def running_opensearch() -> Iterator[str]:
    start_script = SHARED_DIR / "services" / "opensearch" / "start"
    if not start_script.exists():
        pytest.skip(f"no OpenSearch to start in {SHARED_DIR}: set ECOM67_SHARED")
    port = free_port()
    server = subprocess.Popen(
        [str(start_script), "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(server, url)
        yield url
    finally:
        server.terminate()
        server.wait()


def _wait_until_ready(server: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while server.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(url).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    msg = "OpenSearch did not start"
    raise RuntimeError(msg)

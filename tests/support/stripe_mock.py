"""Stripe's own mock, for tests that compare the simulator with it.

It is stateless: it validates requests by Stripe's OpenAPI and responds with fixtures.
"""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.openapi import OpenApiSpec
from tests.support.ports import free_port
from tests.support.shared_data import SHARED_DIR
from tests.support.waiting import eventually

FIRST_BUILD_TIMEOUT_S = 150.0
MODULE = "github.com/stripe/stripe-mock"
VERSION = "v0.203.0"
SPECIFICATION = "embedded/openapi/spec3.json"


@contextmanager
def running_stripe_mock() -> Iterator[httpx.Client]:
    start = SHARED_DIR / "services" / "stripe-mock" / "start"
    if not start.exists():
        pytest.skip(f"no stripe-mock: {start} is missing, set ECOM67_SHARED")
    port = free_port()
    with (
        subprocess.Popen(
            [start, "--port", str(port)], stdout=subprocess.DEVNULL
        ) as process,
        httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": "Bearer sk_test_123"},
        ) as client,
    ):
        try:
            eventually(lambda: _is_ready(client), within=FIRST_BUILD_TIMEOUT_S)
            yield client
        finally:
            process.terminate()


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/v1/events").is_success
    except httpx.TransportError:
        return False


def read_specification() -> OpenApiSpec:
    """Read Stripe's OpenAPI from the sources of stripe-mock in Go's module cache."""
    result = subprocess.run(
        ["go", "env", "GOMODCACHE"],  # noqa: S607 - the developer's Go, from PATH
        capture_output=True,
        check=True,
        text=True,
    )
    path = Path(result.stdout.strip(), f"{MODULE}@{VERSION}", SPECIFICATION)
    return OpenApiSpec(json.loads(path.read_text()))

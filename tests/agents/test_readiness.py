"""Waiting for servers that are being started."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from agents.readiness import can_connect, can_get
from tests.support.ports import free_port
from tests.support.serving import serving


@pytest.mark.parametrize("scheme", ["", "ray://"])
def test_a_port_that_is_listened_on_accepts_connections(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"{scheme}127.0.0.1:{server.getsockname()[1]}"

        assert can_connect(address, timeout_s=0)


def test_nobody_is_waited_for_longer_than_asked() -> None:
    started = time.monotonic()

    assert not can_connect(f"127.0.0.1:{free_port()}", timeout_s=0.1)

    assert time.monotonic() - started < 5


@contextmanager
def run_server(*statuses: int) -> Iterator[str]:
    """Answers each request with the next status; yields its address."""
    script = iter(statuses)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(next(script))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Silences the request log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with serving(server):
        yield f"http://127.0.0.1:{server.server_port}/support"


def test_an_address_answers_when_it_succeeds_at_last() -> None:
    with run_server(503, 200) as url:
        assert can_get(url, timeout_s=10)


def test_errors_are_no_answer() -> None:
    with run_server(503) as url:
        assert not can_get(url, timeout_s=0)


def test_an_address_at_which_nothing_listens_does_not_answer() -> None:
    assert not can_get(f"http://127.0.0.1:{free_port()}", timeout_s=0)

"""Waiting for servers that are being started."""

import socket
import time
from threading import Timer

import pytest

from agents.readiness import can_connect, can_get
from tests.support.ports import free_port
from tests.support.status_server import run_status_server


@pytest.mark.parametrize("scheme", ["", "ray://"])
def test_a_port_that_is_listened_on_accepts_connections(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"{scheme}127.0.0.1:{server.getsockname()[1]}"

        assert can_connect(address, timeout_s=0)


def test_nobody_is_waited_for_longer_than_asked() -> None:
    started = time.monotonic()

    assert not can_connect(f"127.0.0.1:{free_port()}", timeout_s=0.1)

    assert time.monotonic() - started < 5


def test_an_address_answers_when_it_succeeds_at_last() -> None:
    statuses = {"/support": 503}
    with run_status_server(statuses) as address:
        recovery = Timer(0.1, statuses.update, [{"/support": 200}])
        recovery.start()

        assert can_get(f"{address}/support", timeout_s=10)

        recovery.join()


def test_errors_are_no_answer() -> None:
    with run_status_server({"/support": 503}) as address:
        assert not can_get(f"{address}/support", timeout_s=0)


def test_an_address_at_which_nothing_listens_does_not_answer() -> None:
    assert not can_get(f"http://127.0.0.1:{free_port()}", timeout_s=0)

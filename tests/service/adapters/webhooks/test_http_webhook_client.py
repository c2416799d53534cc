"""Messages to URLs of integrators: never endlessly, or twice."""

import threading
import time
from collections.abc import Iterator

import pytest

from tests.support.integrator import IntegratorServer, integrator_server
from tests.support.ports import free_port
from webapp.adapters.webhooks.http import HTTPWebhookClient
from webapp.adapters.webhooks.port import DeliveryResult


@pytest.fixture
def integrator() -> Iterator[IntegratorServer]:
    with integrator_server() as integrator:
        yield integrator


def test_the_result_contains_the_beginning_of_the_response(
    integrator: IntegratorServer,
) -> None:
    integrator.status, integrator.response_body = 418, b"x" * 5000 + b"\x00"

    result = HTTPWebhookClient(allows_private=True).post(integrator.url, b"{}", {})

    assert (result.status, result.accepted) == (418, False)
    assert result.response == "x" * 1000


def test_a_receiver_that_hangs_times_out(integrator: IntegratorServer) -> None:
    integrator.hang_until = threading.Event()

    result = HTTPWebhookClient(allows_private=True, timeout_s=0.2).post(
        integrator.url, b"{}", {}
    )

    assert result == DeliveryResult(None, "no answer within 0.2 seconds")


@pytest.mark.slow
def test_a_receiver_may_take_most_of_the_ten_seconds(
    integrator: IntegratorServer,
) -> None:
    integrator.delay_s = 6

    result = HTTPWebhookClient(allows_private=True).post(integrator.url, b"{}", {})

    assert result.accepted


def test_a_receiver_that_drips_headers_times_out(integrator: IntegratorServer) -> None:
    integrator.endless_response = b"HTTP/1.1 200 OK\r\nX-Long: "

    result = HTTPWebhookClient(allows_private=True, timeout_s=0.3).post(
        integrator.url, b"{}", {}
    )

    assert result == DeliveryResult(None, "no answer within 0.3 seconds")


def test_of_a_dripped_body_the_part_that_came_in_time_is_stored(
    integrator: IntegratorServer,
) -> None:
    integrator.endless_response = b"HTTP/1.1 200 OK\r\n\r\nso"

    result = HTTPWebhookClient(allows_private=True, timeout_s=0.3).post(
        integrator.url, b"{}", {}
    )

    assert result.status == 200
    assert result.response.rstrip("x") == "so"


def test_a_name_that_does_not_resolve_in_time_times_out() -> None:
    released = threading.Event()

    def resolve(_host: str, _port: int) -> list[str]:
        released.wait(10)
        return ["127.0.0.1"]

    started = time.monotonic()
    result = HTTPWebhookClient(
        allows_private=True, resolve=resolve, timeout_s=0.2
    ).post("http://shop.invalid/", b"{}", {})
    took = time.monotonic() - started
    released.set()

    assert result == DeliveryResult(None, "no answer within 0.2 seconds")
    assert took < 5


def test_after_a_connection_error_the_next_address_is_tried(
    integrator: IntegratorServer,
) -> None:
    client = HTTPWebhookClient(
        allows_private=True, resolve=lambda *_: ["::1", "127.0.0.1"]
    )

    result = client.post(integrator.url, b"{}", {})

    assert result.accepted, result.response


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/", "http://[:/", "ftp://x/"])
def test_an_unreachable_receiver_is_a_result(url: str) -> None:
    result = HTTPWebhookClient(allows_private=True).post(
        url.format(port=free_port()), b"{}", {}
    )

    assert (result.status, result.accepted) == (None, False)
    assert result.response

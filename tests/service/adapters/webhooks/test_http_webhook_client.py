"""Messages to URLs of integrators: never to private addresses, endlessly, or twice."""

import threading
import time
from collections.abc import Iterator
from ipaddress import ip_address

import pytest

from tests.support.integrator import IntegratorServer, integrator_server
from tests.support.ports import free_port
from webapp.adapters.webhooks.http import HTTPWebhookClient, is_public
from webapp.adapters.webhooks.port import DeliveryResult


@pytest.fixture
def integrator() -> Iterator[IntegratorServer]:
    with integrator_server() as integrator:
        yield integrator


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address to be rejected
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "192.0.0.254",
        "64:ff9b:1::7f00:1",
        "3fff::1",
        "5f00::1",
        "fec0::1",
    ],
)
def test_private_addresses_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1111"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "2130706433", "[::1]"]
)
def test_in_production_nothing_is_sent_to_private_addresses(
    integrator: IntegratorServer, host: str
) -> None:
    url = f"http://{host}:{integrator.port}/in"

    result = HTTPWebhookClient(is_allowed=is_public).post(url, b"{}", {})

    assert result.status is None
    assert "not a public address" in result.response
    assert integrator.received == []


def test_the_connection_goes_to_the_address_that_was_checked(
    integrator: IntegratorServer,
) -> None:
    url = integrator.url.replace("127.0.0.1", "shop.invalid")
    resolved_names: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        resolved_names.append(host)
        return ["127.0.0.1"]

    result = HTTPWebhookClient(is_allowed=lambda _: True, resolve=resolve).post(
        url, b"{}", {}
    )

    assert result.accepted, result.response
    assert resolved_names == ["shop.invalid"], (
        "a second lookup could return another address"
    )
    [received] = integrator.received
    assert received.headers["Host"] == f"shop.invalid:{integrator.port}"


def test_one_private_address_among_public_ones_is_rejected(
    integrator: IntegratorServer,
) -> None:
    client = HTTPWebhookClient(
        is_allowed=is_public, resolve=lambda *_: ["93.184.215.14", "127.0.0.1"]
    )

    result = client.post(integrator.url, b"{}", {})

    assert "127.0.0.1, which is not a public address" in result.response


def test_the_result_contains_the_beginning_of_the_response(
    integrator: IntegratorServer,
) -> None:
    integrator.status, integrator.response_body = 418, b"x" * 5000 + b"\x00"

    result = HTTPWebhookClient(is_allowed=None).post(integrator.url, b"{}", {})

    assert (result.status, result.accepted) == (418, False)
    assert result.response == "x" * 1000


def test_a_redirect_is_a_result_and_is_not_followed(
    integrator: IntegratorServer,
) -> None:
    integrator.status, integrator.location = 307, integrator.url

    result = HTTPWebhookClient(is_allowed=None).post(integrator.url, b"{}", {})

    assert (result.status, result.accepted) == (307, False)
    assert len(integrator.received) == 1


def test_a_receiver_that_hangs_times_out(integrator: IntegratorServer) -> None:
    integrator.hang_until = threading.Event()

    result = HTTPWebhookClient(is_allowed=None, timeout_s=0.2).post(
        integrator.url, b"{}", {}
    )

    assert result == DeliveryResult(None, "no answer within 0.2 seconds")


@pytest.mark.slow
def test_a_receiver_may_take_most_of_the_ten_seconds(
    integrator: IntegratorServer,
) -> None:
    integrator.delay_s = 6

    result = HTTPWebhookClient(is_allowed=None).post(integrator.url, b"{}", {})

    assert result.accepted


def test_a_receiver_that_drips_headers_times_out(integrator: IntegratorServer) -> None:
    integrator.endless_response = b"HTTP/1.1 200 OK\r\nX-Long: "

    result = HTTPWebhookClient(is_allowed=None, timeout_s=0.3).post(
        integrator.url, b"{}", {}
    )

    assert result == DeliveryResult(None, "no answer within 0.3 seconds")


def test_of_a_dripped_body_the_part_that_came_in_time_is_stored(
    integrator: IntegratorServer,
) -> None:
    integrator.endless_response = b"HTTP/1.1 200 OK\r\n\r\nso"

    result = HTTPWebhookClient(is_allowed=None, timeout_s=0.3).post(
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
    result = HTTPWebhookClient(is_allowed=None, resolve=resolve, timeout_s=0.2).post(
        "http://shop.invalid/", b"{}", {}
    )
    took = time.monotonic() - started
    released.set()

    assert result == DeliveryResult(None, "no answer within 0.2 seconds")
    assert took < 5


def test_after_a_connection_error_the_next_address_is_tried(
    integrator: IntegratorServer,
) -> None:
    client = HTTPWebhookClient(is_allowed=None, resolve=lambda *_: ["::1", "127.0.0.1"])

    result = client.post(integrator.url, b"{}", {})

    assert result.accepted, result.response


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/", "http://[:/", "ftp://x/"])
def test_an_unreachable_receiver_is_a_result(url: str) -> None:
    result = HTTPWebhookClient(is_allowed=None).post(
        url.format(port=free_port()), b"{}", {}
    )

    assert (result.status, result.accepted) == (None, False)
    assert result.response

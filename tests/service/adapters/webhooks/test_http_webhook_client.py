"""Messages to addresses that others chose: never inside, never endless, never twice."""

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
        "0.0.0.0",  # noqa: S104 - an address to be refused
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
    ],
)
def test_addresses_of_our_own_networks_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1111"])
def test_addresses_of_others_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "2130706433", "[::1]"]
)
def test_in_production_nothing_is_sent_inside(
    integrator: IntegratorServer, host: str
) -> None:
    url = f"http://{host}:{integrator.port}/in"

    outcome = HTTPWebhookClient(is_allowed=is_public).post(url, b"{}", {})

    assert outcome.status is None
    assert "not a public address" in outcome.response
    assert integrator.received == []


def test_the_connection_goes_to_the_address_that_was_looked_at(
    integrator: IntegratorServer,
) -> None:
    url = integrator.url.replace("127.0.0.1", "shop.invalid")
    looked_up: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        looked_up.append(host)
        return ["127.0.0.1"]

    outcome = HTTPWebhookClient(is_allowed=lambda _: True, resolve=resolve).post(
        url, b"{}", {}
    )

    assert outcome.accepted, outcome.response
    assert looked_up == ["shop.invalid"], "a second look could be told another address"
    [received] = integrator.received
    assert received.headers["Host"] == f"shop.invalid:{integrator.port}"


def test_one_inside_address_among_public_ones_is_refused(
    integrator: IntegratorServer,
) -> None:
    client = HTTPWebhookClient(
        is_allowed=is_public, resolve=lambda *_: ["93.184.215.14", "127.0.0.1"]
    )

    outcome = client.post(integrator.url, b"{}", {})

    assert "127.0.0.1, which is not a public address" in outcome.response


def test_an_answer_is_told_with_its_beginning(integrator: IntegratorServer) -> None:
    integrator.status, integrator.response_body = 418, b"x" * 5000 + b"\x00"

    outcome = HTTPWebhookClient(is_allowed=None).post(integrator.url, b"{}", {})

    assert (outcome.status, outcome.accepted) == (418, False)
    assert outcome.response == "x" * 1000


def test_a_redirect_is_an_answer_and_is_not_followed(
    integrator: IntegratorServer,
) -> None:
    integrator.status, integrator.location = 307, integrator.url

    outcome = HTTPWebhookClient(is_allowed=None).post(integrator.url, b"{}", {})

    assert (outcome.status, outcome.accepted) == (307, False)
    assert len(integrator.received) == 1


def test_who_hangs_is_given_up(integrator: IntegratorServer) -> None:
    integrator.hang_until = threading.Event()

    outcome = HTTPWebhookClient(is_allowed=None, timeout_s=0.2).post(
        integrator.url, b"{}", {}
    )

    assert outcome == DeliveryResult(None, "no answer within 0.2 seconds")


def test_who_drips_headers_is_given_up(integrator: IntegratorServer) -> None:
    integrator.endless_response = b"HTTP/1.1 200 OK\r\nX-Long: "

    outcome = HTTPWebhookClient(is_allowed=None, timeout_s=0.3).post(
        integrator.url, b"{}", {}
    )

    assert outcome == DeliveryResult(None, "no answer within 0.3 seconds")


def test_of_a_dripped_body_is_kept_what_came_in_time(
    integrator: IntegratorServer,
) -> None:
    integrator.endless_response = b"HTTP/1.1 200 OK\r\n\r\nso"

    outcome = HTTPWebhookClient(is_allowed=None, timeout_s=0.3).post(
        integrator.url, b"{}", {}
    )

    assert outcome.status == 200
    assert outcome.response.rstrip("x") == "so"


def test_a_name_that_does_not_resolve_in_time_is_given_up() -> None:
    released = threading.Event()

    def resolve(_host: str, _port: int) -> list[str]:
        released.wait(10)
        return ["127.0.0.1"]

    began = time.monotonic()
    outcome = HTTPWebhookClient(is_allowed=None, resolve=resolve, timeout_s=0.2).post(
        "http://shop.invalid/", b"{}", {}
    )
    took = time.monotonic() - began
    released.set()

    assert outcome == DeliveryResult(None, "no answer within 0.2 seconds")
    assert took < 5


def test_where_nobody_listens_at_the_first_address_the_next_is_tried(
    integrator: IntegratorServer,
) -> None:
    client = HTTPWebhookClient(is_allowed=None, resolve=lambda *_: ["::1", "127.0.0.1"])

    outcome = client.post(integrator.url, b"{}", {})

    assert outcome.accepted, outcome.response


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/", "http://[:/", "ftp://x/"])
def test_what_cannot_be_reached_is_an_outcome(url: str) -> None:
    outcome = HTTPWebhookClient(is_allowed=None).post(
        url.format(port=free_port()), b"{}", {}
    )

    assert (outcome.status, outcome.accepted) == (None, False)
    assert outcome.response

"""What the port says of the duration of a request is true of the client's time-outs; requests go
through the proxy that the environment names."""

import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import stripe
from urllib3 import ProxyManager, make_headers
from urllib3.exceptions import SSLError

from tests.support.certificates import create_self_signed_certificate
from tests.support.ports import free_port
from webapp.adapters.payments.port import MAX_CALL_S, PaymentUnavailable
from webapp.adapters.payments.stripe import (
    CONNECT_TIMEOUT_S,
    MAX_RETRIES,
    READ_TIMEOUT_S,
    StripeGateway,
)
from webapp.adapters.payments.stripe_http import build_pools


def test_a_request_without_an_answer_ends_within_the_time_of_the_port() -> None:
    attempts = (MAX_RETRIES + 1) * (CONNECT_TIMEOUT_S + READ_TIMEOUT_S)
    # The SDK doubles the delay before each further attempt.
    delays = stripe.HTTPClient.INITIAL_DELAY * (2**MAX_RETRIES - 1)

    assert MAX_CALL_S - 1 < attempts + delays <= MAX_CALL_S


@pytest.fixture(autouse=True)
def proxied(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://shop:s%40cret@proxy.example:3128")
    monkeypatch.setenv("no_proxy", "localhost,127.0.0.1")


def test_requests_to_stripe_go_through_the_proxy_of_the_environment() -> None:
    pools = build_pools("https://api.stripe.com")

    assert isinstance(pools, ProxyManager)
    assert pools.proxy is not None
    assert pools.proxy.netloc == "proxy.example:3128"
    assert pools.proxy_headers == make_headers(proxy_basic_auth="shop:s@cret")


@pytest.mark.parametrize("address", ["https://localhost:12111", "http://127.0.0.1:1"])
def test_requests_that_no_proxy_is_named_for_are_sent_directly(address: str) -> None:
    assert not isinstance(build_pools(address), ProxyManager)


def test_an_address_that_does_not_listen_makes_payments_unavailable() -> None:
    gateway = StripeGateway(
        api_key="sk_test_1",
        webhook_secret=None,
        site="http://shop.test",
        api_base=f"http://127.0.0.1:{free_port()}",
        retries=0,
    )

    with pytest.raises(PaymentUnavailable):
        gateway.retrieve_intent("pi_1")


def test_a_server_whose_certificate_is_not_trusted_gets_no_request(
    tmp_path: Path,
) -> None:
    _, tls = create_self_signed_certificate(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = build_pools("https://127.0.0.1")
        with ThreadPoolExecutor(1) as threads:
            server = threads.submit(_read_by_tls, listener, tls)
            with pytest.raises(SSLError):
                client.urlopen(
                    "GET",
                    f"https://127.0.0.1:{listener.getsockname()[1]}/",
                    retries=False,
                )
            assert server.result(timeout=10) is None


def _read_by_tls(listener: socket.socket, tls: ssl.SSLContext) -> bytes | None:
    """What a client sends after the handshake; `None` when it breaks that off."""
    stream, _ = listener.accept()
    try:
        with tls.wrap_socket(stream, server_side=True) as secured:
            return secured.recv(1024)
    except OSError:
        return None

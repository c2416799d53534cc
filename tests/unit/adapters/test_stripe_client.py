"""What the port says of the duration of a request is true of the client's time-outs; requests go
through the proxy that the environment names."""

import pytest
import stripe

from webapp.adapters.payments.port import MAX_CALL_S
from webapp.adapters.payments.stripe import (
    CONNECT_TIMEOUT_S,
    MAX_RETRIES,
    READ_TIMEOUT_S,
    build_session,
)


def test_a_request_without_an_answer_ends_within_the_time_of_the_port() -> None:
    attempts = (MAX_RETRIES + 1) * (CONNECT_TIMEOUT_S + READ_TIMEOUT_S)
    # The SDK doubles the delay before each further attempt.
    delays = stripe.HTTPClient.INITIAL_DELAY * (2**MAX_RETRIES - 1)

    assert MAX_CALL_S - 1 < attempts + delays <= MAX_CALL_S


def test_requests_to_stripe_go_through_the_proxy_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "localhost")

    assert (
        build_session("https://api.stripe.com").proxies["https"]
        == "http://proxy.example:3128"
    )
    assert build_session("https://localhost:12111").proxies == {}

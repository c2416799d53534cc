"""Stripe would accept every request that the platform sends to the simulator."""

import httpx
import pytest

from tests.support.openapi import OpenApiSpec
from tests.support.recorder import HttpExchange
from tests.support.stripe_simulator import API_KEY, RunningSimulator
from webapp.devtools.stripe_simulator.api import OPERATIONS, StripeOperation

pytestmark = [pytest.mark.services, pytest.mark.timeout(240)]

CREATE = "/v1/payment_intents"
REFUND = "/v1/refunds"
GOOD = {"amount": "2500", "currency": "usd"}


def test_every_operation_was_called(exchanges: list[HttpExchange]) -> None:
    """Otherwise the tests below would pass without any request."""
    called = {
        operation.name
        for operation in OPERATIONS
        for exchange in exchanges
        if exchange.method == operation.method
        and operation.match_path(exchange.path.partition("?")[0].split("/")) is not None
    }

    assert called == {operation.name for operation in OPERATIONS}
    assert {exchange.status for exchange in exchanges} == {200, 400, 402}


def test_stripe_mock_accepts_every_request(
    exchanges: list[HttpExchange], stripe_mock: httpx.Client
) -> None:
    rejected = []
    for exchange in exchanges:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        response = stripe_mock.request(
            exchange.method, exchange.path, content=exchange.body, headers=headers
        )
        if not response.is_success:
            rejected.append(
                (exchange.request_text, response.json()["error"]["message"])
            )

    assert rejected == []


def test_the_shop_does_not_use_what_its_api_version_has_removed(
    exchanges: list[HttpExchange],
) -> None:
    """stripe-mock is one version older than the SDK and would still accept it."""
    assert not any(b"&payment_method_types" in exchange.body for exchange in exchanges)


def specification_path(operation: StripeOperation) -> str:
    """Return the path with `{}` for `*`: `/v1/charges/*` is `/v1/charges/{charge}`."""
    return operation.path.replace("*", "{}")


@pytest.mark.parametrize(
    "operation", OPERATIONS, ids=[operation.name for operation in OPERATIONS]
)
def test_the_simulator_accepts_no_parameter_that_stripe_does_not_know(
    operation: StripeOperation, specification: OpenApiSpec
) -> None:
    [path] = [
        methods
        for path, methods in specification.paths.items()
        if operation.match_path(path.split("/")) is not None
        and ("{" in path) == ("*" in operation.path)
    ]
    operation_spec = path[operation.method.lower()]
    known_params = {item["name"] for item in operation_spec.get("parameters", ())}
    form = operation_spec["requestBody"]["content"]["application/x-www-form-urlencoded"]
    known_params |= form["schema"].get("properties", {}).keys()

    assert operation.params.fields.keys() <= known_params


@pytest.mark.parametrize(
    ("method", "path", "form"),
    [
        ("POST", CREATE, {"amount": "2500"}),
        ("POST", CREATE, {"currency": "usd"}),
        ("POST", CREATE, {}),
        ("POST", CREATE, GOOD | {"colour": "red"}),
        ("POST", CREATE, GOOD | {"amount": "lots"}),
        ("POST", CREATE, GOOD | {"confirm": "perhaps"}),
        ("POST", CREATE, GOOD | {"capture_method": "later"}),
        (
            "POST",
            CREATE,
            GOOD | {"automatic_payment_methods[allow_redirects]": "always"},
        ),
        ("POST", CREATE, GOOD | {"automatic_payment_methods[enable]": "true"}),
        ("POST", CREATE, GOOD | {"automatic_payment_methods": "true"}),
        ("POST", CREATE, GOOD | {"metadata": "order"}),
        ("POST", f"{CREATE}/pi_1/confirm", {"colour": "red"}),
        ("POST", f"{CREATE}/pi_1/capture", {"amount_to_capture": "all"}),
        ("POST", f"{CREATE}/pi_1/cancel", {"cancellation_reason": "mood"}),
        ("POST", REFUND, {"payment_intent": "pi_1", "reason": "mood"}),
        ("POST", REFUND, {"payment_intent": "pi_1", "amount": "all"}),
        ("POST", REFUND, {"payment_intent": "pi_1", "colour": "red"}),
        ("POST", "/v1/payment_methods", {"type": "gold"}),
        ("POST", "/v1/payment_methods", {"type": "card", "card[colour]": "red"}),
        ("POST", "/v1/refunds/re_1", {"amount": "1"}),
        ("GET", f"{CREATE}?colour=red", {}),
        ("GET", f"{CREATE}?limit=many", {}),
        ("GET", "/v1/nowhere", {}),
        ("POST", f"{CREATE}/pi_1/explode", {}),
        ("DELETE", f"{CREATE}/pi_1", {}),
    ],
)
def test_the_simulator_rejects_what_stripe_mock_rejects(
    method: str,
    path: str,
    form: dict[str, str],
    stripe_mock: httpx.Client,
    simulator: RunningSimulator,
) -> None:
    data = form if method == "POST" else None
    expected = stripe_mock.request(method, path, data=data)
    actual = simulator.http.request(
        method, path, data=data, headers={"Authorization": f"Bearer {API_KEY}"}
    )

    assert expected.is_client_error
    assert actual.status_code == expected.status_code
    assert actual.json()["error"]["type"] == expected.json()["error"]["type"]


def test_both_require_an_api_key(
    stripe_mock: httpx.Client, simulator: RunningSimulator
) -> None:
    expected = httpx.get(f"{stripe_mock.base_url}/v1/charges")
    actual = simulator.http.get("/v1/charges")

    assert expected.status_code == actual.status_code == 401
    assert expected.json()["error"]["type"] == actual.json()["error"]["type"]

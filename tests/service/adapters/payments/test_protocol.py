"""Authentication and validation of requests to the simulator."""

import httpx
import pytest

from tests.support.stripe_simulator import API_KEY, RunningSimulator
from webapp.adapters.payments.port import PaymentUnavailable
from webapp.adapters.payments.stripe import StripeGateway

CREATE = {"amount": "2500", "currency": "usd", "allowed_payment_method_types[]": "card"}
BEARER = {"Authorization": f"Bearer {API_KEY}"}


def create(
    simulator: RunningSimulator,
    data: dict[str, str],
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    return simulator.http.post(
        "/v1/payment_intents", data=data, headers=headers or BEARER
    )


def parse_error(response: httpx.Response) -> tuple[int, str | None, str | None]:
    error = response.json()["error"]
    assert error["type"] == "invalid_request_error"
    assert error["message"]
    return response.status_code, error.get("code"), error.get("param")


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"customer": "cus_1"}, "parameter_unknown", "customer"),
        ({"amount": ""}, "parameter_invalid_integer", "amount"),
        ({"amount": "25.00"}, "parameter_invalid_integer", "amount"),
        ({"amount": "-1"}, "parameter_invalid_integer", "amount"),
        ({"amount": "49"}, "amount_too_small", "amount"),
        ({"currency": "xyz"}, None, "currency"),
        ({"currency": ""}, "parameter_invalid_empty", "currency"),
        ({"confirm": "yes"}, None, "confirm"),
        ({"capture_method": "later"}, None, "capture_method"),
        ({"receipt_email": "nobody"}, "email_invalid", "receipt_email"),
        ({"metadata": "x"}, None, "metadata"),
        ({"metadata[a][b]": "x"}, None, "metadata[a]"),
        ({f"metadata[{'k' * 41}]": "x"}, None, "metadata"),
        ({"metadata[k]": "v" * 501}, None, "metadata[k]"),
        ({"amount[]": "1"}, None, "amount[]"),
        (
            {"payment_method_types[]": "card"},
            "payment_method_types_no_longer_supported",
            "payment_method_types",
        ),
        (
            {"automatic_payment_methods[enabled]": "true"},
            None,
            "allowed_payment_method_types",
        ),
        (
            {"automatic_payment_methods[enable]": "true"},
            "parameter_unknown",
            "automatic_payment_methods[enable]",
        ),
        (
            {"automatic_payment_methods[allow_redirects]": "never"},
            "parameter_missing",
            "automatic_payment_methods[enabled]",
        ),
        (
            {"allowed_payment_method_types[]": "ideal"},
            None,
            "allowed_payment_method_types",
        ),
        ({"return_url": "http://shop.test"}, None, "return_url"),
        ({"confirm": "true"}, "payment_intent_unexpected_state", None),
        ({"expand[]": "colour"}, None, "expand"),
    ],
)
def test_an_invalid_parameter_is_rejected_by_name(
    change: dict[str, str],
    code: str | None,
    param: str | None,
    simulator: RunningSimulator,
) -> None:
    assert parse_error(create(simulator, CREATE | change)) == (400, code, param)


@pytest.mark.parametrize("missing", ["amount", "currency"])
def test_a_missing_parameter_is_rejected_by_name(
    missing: str, simulator: RunningSimulator
) -> None:
    data = {name: value for name, value in CREATE.items() if name != missing}

    assert parse_error(create(simulator, data)) == (400, "parameter_missing", missing)


@pytest.mark.parametrize(
    ("allow_redirects", "return_url", "status"),
    [
        ("always", None, 400),
        ("always", "http://shop.test/", 200),
        ("never", None, 200),
        ("never", "http://shop.test/", 400),
    ],
)
def test_automatic_methods_need_a_return_url_exactly_when_they_may_redirect(
    allow_redirects: str,
    return_url: str | None,
    status: int,
    simulator: RunningSimulator,
) -> None:
    data = {
        "amount": "2500",
        "currency": "usd",
        "confirm": "true",
        "payment_method": "pm_card_visa",
        "automatic_payment_methods[enabled]": "true",
        "automatic_payment_methods[allow_redirects]": allow_redirects,
    } | ({"return_url": return_url} if return_url else {})

    assert create(simulator, data).status_code == status


@pytest.mark.parametrize(
    "authorization",
    [None, "Bearer", "Bearer x y", "Bearer sk_test_of_another", "Basic !!", "Digest x"],
)
def test_a_request_without_the_api_key_is_rejected(
    authorization: str | None, simulator: RunningSimulator
) -> None:
    headers = {"Authorization": authorization} if authorization else {"Accept": "*/*"}

    response = create(simulator, CREATE, headers)

    assert parse_error(response) == (401, None, None)
    assert "of_another" not in response.text


def test_a_wrong_api_key_makes_payments_unavailable_and_is_not_a_decline(
    simulator: RunningSimulator,
) -> None:
    gateway = StripeGateway(
        api_key="sk_test_of_another",
        webhook_secret=None,
        site="http://shop.test",
        api_base=simulator.address,
    )

    with pytest.raises(PaymentUnavailable):
        gateway.retrieve_intent("pi_1")


def test_the_api_key_may_be_the_basic_auth_user_name(
    simulator: RunningSimulator,
) -> None:
    response = simulator.http.get("/v1/payment_intents", auth=(API_KEY, ""))

    assert response.status_code == 200
    assert response.headers["Request-Id"].startswith("req_")
    assert response.json().keys() == {"object", "data", "has_more", "url"}


def test_another_api_version_is_rejected(simulator: RunningSimulator) -> None:
    old = BEARER | {"Stripe-Version": "2020-08-27"}

    assert parse_error(create(simulator, CREATE, old)) == (400, None, None)


def test_an_overlong_idempotency_key_is_rejected(simulator: RunningSimulator) -> None:
    response = create(simulator, CREATE, BEARER | {"Idempotency-Key": "k" * 256})

    assert response.status_code == 400
    assert response.json()["error"]["type"] == "idempotency_error"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/customers"),
        ("POST", "/v1/payment_intents/pi_1/explode"),
        ("DELETE", "/v1/payment_intents/pi_1"),
        ("GET", "/v2/core/events"),
        ("GET", "/nowhere"),
    ],
)
def test_an_unknown_path_is_not_found(
    method: str, path: str, simulator: RunningSimulator
) -> None:
    response = simulator.http.request(method, path, headers=BEARER)

    assert parse_error(response) == (404, None, None)


@pytest.mark.parametrize(
    ("path", "param"),
    [
        ("payment_intents/pi_1", "intent"),
        ("charges/ch_1", "id"),
        ("refunds/re_1", "id"),
        ("events/evt_1", "id"),
        ("payment_methods/pm_1", "payment_method"),
    ],
)
def test_an_object_that_does_not_exist_is_missing(
    path: str, param: str, simulator: RunningSimulator
) -> None:
    response = simulator.http.get(f"/v1/{path}", headers=BEARER)

    assert parse_error(response) == (404, "resource_missing", param)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/faults", {"kind": "earthquake"}),
        ("POST", "/faults", {"kind": "slow", "colour": "red"}),
        ("PUT", "/webhook", {}),
        ("POST", "/authenticate/pi_1", {}),
    ],
)
def test_the_control_api_validates_its_input(
    method: str, path: str, body: dict[str, str], simulator: RunningSimulator
) -> None:
    response = simulator.control.request(method, path, json=body)

    assert parse_error(response)[0] == 400


def test_the_start_page_lists_the_recent_payments(simulator: RunningSimulator) -> None:
    made = create(
        simulator,
        CREATE
        | {
            "confirm": "true",
            "payment_method": "pm_card_threeDSecure2Required",
            "metadata[order_id]": "<b>1042</b>",
        },
    ).json()

    page = simulator.http.get("/").text

    assert f'href="/3ds/{made["id"]}"' in page
    assert "&lt;b&gt;1042&lt;/b&gt;" in page

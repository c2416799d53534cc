"""Every response has an example in the OpenAPI document, and every example is valid."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import jsonschema_rs
import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import ValidationError

from tests.support.api_client import API_PREFIX, ApiClient, iter_endpoints
from tests.support.checkout import ADDRESS, DECLINED
from tests.support.ports import free_port
from webapp.accounts.codes import CodePurpose
from webapp.accounts.rate_limits import CODE_REQUEST_LIMITS
from webapp.app import create_app
from webapp.bootstrap import Runtime
from webapp.db.idempotency import InFlight
from webapp.db.session import Database
from webapp.http.error_examples import ERROR_EXAMPLES
from webapp.kit.json import ResponseBody

JSON = "application/json"
PREFERENCES = "/notifications/preferences"


@pytest.fixture
def buyer(paying_customer: ApiClient, on_sale: Callable[..., UUID]) -> ApiClient:
    paying_customer.expect_ok("POST", "/cart", {"productId": str(on_sale())})
    return paying_customer


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    described: dict[str, Any] = client.get(f"{API_PREFIX}/openapi.json").get_json()
    return described


def json_responses(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the location and content of each JSON response in the document."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for status, declared in operation["responses"].items():
                shared = document["components"]["responses"].get(status)
                response = shared if "$ref" in declared else declared
                if JSON in response.get("content", {}):
                    where = f"{method} {path} {status}"
                    yield where, response["content"][JSON]


@pytest.mark.slow
def test_every_json_response_has_an_example_of_its_schema(
    document: dict[str, Any], app: Flask
) -> None:
    count = 0
    for where, content in json_responses(document):
        schema = {**content["schema"], "components": document["components"]}
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        problems = [
            error.message for error in validator.iter_errors(content["example"])
        ]
        assert problems == [], where
        count += 1
    assert count > 5 * len(list(iter_endpoints(app)))


def test_a_response_without_an_example_is_an_error() -> None:
    class Bare(ResponseBody):
        count: int

    with pytest.raises(ValidationError, match="count"):
        Bare.example()


def test_an_example_is_composed_of_its_parts() -> None:
    class Part(ResponseBody):
        example_values = {"row_count": 1, "name": "a"}
        row_count: int
        name: str

    class Longer(Part):
        example_values = {"name": "b", "more": True}
        more: bool

    class Whole(ResponseBody):
        part: Part
        parts: list[Longer]

    assert Whole.example(part=Part.example(name="c")).model_dump() == {
        "part": {"rowCount": 1, "name": "c"},
        "parts": [{"rowCount": 1, "name": "b", "more": True}],
    }


def test_example_orders_have_the_events_that_led_to_their_status(
    document: dict[str, Any],
) -> None:
    examples = [content["example"] for _, content in json_responses(document)]
    orders = [order for order in examples if "events" in order and "orderId" in order]

    for order in orders:
        [*_, last] = [e for e in order["events"] if e["type"].startswith("order.")]
        assert last["type"] == f"order.{order['status'].lower()}"
    assert len(orders) > 5


def test_the_amounts_of_examples_add_up(document: dict[str, Any]) -> None:
    examples = [content["example"] for _, content in json_responses(document)]
    bills = [bill for bill in examples if "totalAmount" in bill]

    for bill in bills:
        for item in bill["items"]:
            assert item["lineTotal"] == item["quantity"] * item["price"]
        assert bill["subtotal"] == sum(item["lineTotal"] for item in bill["items"])
        assert bill["totalAmount"] == bill["subtotal"] + bill["tax"]
    assert len(bills) > 5


def test_examples_of_errors_equal_real_errors(
    runtime: Runtime, nobody: ApiClient, buyer: ApiClient
) -> None:
    app = create_app(runtime)

    @app.get(f"{API_PREFIX}/busy")
    def busy() -> str:
        raise InFlight

    key = {"Idempotency-Key": "1"}
    item = {"productId": str(uuid4())}
    card = {"paymentMethodId": DECLINED, "shippingAddress": ADDRESS}
    unreachable = Database.from_url(f"postgresql://nobody@127.0.0.1:{free_port()}/shop")
    buyer.call("PUT", PREFERENCES, {"events": {}}, headers=key)
    resends = [
        nobody.call("POST", "/auth/resend-code", {"email": "ada@example.com"})
        for _ in range(CODE_REQUEST_LIMITS[CodePurpose.VERIFY_EMAIL].max_hits + 1)
    ]

    responses = [
        buyer.call("POST", "/cart", {**item, "quantity": 0}),
        nobody.call("GET", "/cart"),
        buyer.call("POST", "/orders", card),
        buyer.call("GET", "/admin/jobs"),
        nobody.call("GET", "/no-such-page"),
        ApiClient(app).call("GET", "/busy"),
        buyer.call("POST", "/cart", {"productId": "x" * 3_000_000}),
        buyer.call("POST", "/cart"),
        buyer.call("PUT", PREFERENCES, {"events": {"x": True}}, headers=key),
        resends[-1],
        ApiClient(create_app(replace(runtime, db=unreachable))).call(
            "GET", "/products"
        ),
    ]

    for response in responses:
        error = response.get_json()["error"]
        example = ERROR_EXAMPLES[response.status_code].error
        assert (error["code"], error["message"]) == (example.code, example.message)
        assert error["details"].keys() == example.details.keys()
    assert [response.status_code for response in responses] == list(ERROR_EXAMPLES)

"""Strings that break software, in every text field there is: stored unchanged, or refused
with a reason; never a 5xx."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.callers import Caller
from tests.support.shared import shared_data
from tests.support.shopping import ADDRESS, VISA
from webapp.http.schemas import storable

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(900)]

Path = tuple[str | int, ...]
PRODUCT = {
    "name": "Kettle",
    "description": "Boils",
    "brand": "Brand",
    "category": "Kitchen",
    "tags": ["tag"],
    "attributes": {"Colour": "red"},
    "variants": [{"sku": "S", "options": {"Size": "L"}, "price": 1, "stock": 1}],
}


@pytest.fixture(scope="module")
def bad_strings() -> list[str]:
    strings: list[str] = json.loads(shared_data("bad_input/blns.json").read_text())
    return strings


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """Where the texts of a body are."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from leaves(part, (*path, name))
    elif isinstance(value, list):
        for position, part in enumerate(value):
            yield from leaves(part, (*path, position))


def at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def replaced(value: Any, path: Path, text: str) -> Any:
    changed = copy.deepcopy(value)
    at(changed, path[:-1])[path[-1]] = text
    return changed


def example(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """A small value that fits a schema of the document."""
    schema = _resolved(schema, schemas)
    if schema.get("type") == "object":
        fields = schema.get("properties", {})
        return {name: example(part, schemas) for name, part in fields.items()}
    if schema.get("type") == "array":
        return [example(schema["items"], schemas)]
    formats = {"uuid": str(uuid4()), "email": "ada@example.com", "uri": "http://a.b"}
    scalars = {
        "string": formats.get(schema.get("format", ""), "text"),
        "integer": schema.get("minimum", 1),
        "number": schema.get("minimum", 1),
        "boolean": True,
    }
    return schema.get("enum", [scalars.get(schema.get("type", ""))])[0]


def _resolved(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """Behind references and at the first of several choices."""
    while "$ref" in schema or "anyOf" in schema:
        if "$ref" in schema:
            schema = schemas[schema["$ref"].rpartition("/")[2]]
        else:
            schema = schema["anyOf"][0]
    return schema


def test_no_text_field_of_any_body_breaks_anything(
    app: Flask, admin: Caller, bad_strings: list[str]
) -> None:
    document = app.test_client().get("/api/v1/openapi.json").get_json()
    schemas = document["components"]["schemas"]
    tried = 0
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody")
            if body is None or "password" in json.dumps(operation):
                continue
            content = body["content"].get("application/json")
            if content is None:
                continue
            base = example(content["schema"], schemas)
            target = path.removeprefix("/api/v1").replace("{", "").replace("}", "")
            target = target.replace("productId", str(uuid4())).replace(
                "orderId", str(uuid4())
            )
            for leaf in leaves(base):
                for text in bad_strings:
                    sent = replaced(base, leaf, text)
                    response = admin.call(method.upper(), target, sent)
                    assert response.status_code < 500, (method, path, leaf, text)
                    tried += 1
    assert tried > 5_000


def test_what_is_accepted_of_a_product_comes_back_unchanged(
    admin: Caller, bad_strings: list[str]
) -> None:
    accepted = 0
    for leaf in leaves(PRODUCT):
        for text in bad_strings:
            body = replaced(PRODUCT, leaf, text)
            if leaf[-1] != "sku":
                body["variants"][0]["sku"] = str(uuid4())
            response = admin.call("POST", "/products", body)
            assert response.status_code in {201, 400, 409}, (leaf, text, response.text)
            if response.status_code == 201:
                path = f"/products/{response.get_json()['productId']}"
                assert at(admin.ok("GET", path), leaf) == text
                accepted += 1
            else:
                assert response.get_json()["error"]["message"]
    assert accepted > 2_000


def test_an_address_comes_back_unchanged(
    paying_customer: Caller,
    on_sale: Callable[..., UUID],
    bad_strings: list[str],
) -> None:
    product = str(on_sale(stock=10_000))
    for text in bad_strings[::8]:
        fits = 0 < len(text) <= 200 and storable(text)
        paying_customer.ok("POST", "/cart", {"productId": product})
        body = {
            "paymentMethodId": VISA,
            "shippingAddress": {**ADDRESS, "street": text},
        }
        response = paying_customer.call("POST", "/orders", body)
        assert response.status_code == (201 if fits else 400), text
        if fits:
            assert response.get_json()["shippingAddress"]["street"] == text


@pytest.mark.parametrize(
    "path", ["/search?q={}", "/search/suggest?q={}", "/products?category={}"]
)
def test_no_query_breaks_anything(
    client: FlaskClient, bad_strings: list[str], path: str
) -> None:
    route, _, name = path.partition("?")
    for text in bad_strings:
        query = {name.removesuffix("={}"): text.encode("utf-8", "replace")}
        response = client.get(f"/api/v1{route}", query_string=query)
        assert response.status_code in {200, 400, 503}, text

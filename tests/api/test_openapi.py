from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.api_client import API_PREFIX, ApiClient, iter_endpoints
from webapp.cli.api import render_api_docs
from webapp.config import PROJECT_ROOT
from webapp.http.api import Media
from webapp.http.openapi import error_statuses
from webapp.kit.json import RequestBody

REQUIRED_OPERATIONS = {
    ("get", "/products"),
    ("get", "/products/{productId}"),
    ("get", "/categories"),
    ("get", "/search"),
    ("get", "/search/suggest"),
    ("get", "/cart"),
    ("post", "/cart"),
    ("delete", "/cart"),
    ("get", "/orders"),
    ("post", "/orders"),
    ("get", "/orders/{orderId}"),
    ("post", "/auth/register"),
    ("post", "/auth/login"),
}


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    described: dict[str, Any] = client.get("/api/v1/openapi.json").get_json()
    return described


def test_every_endpoint_is_described(document: dict[str, Any], app: Flask) -> None:
    described = {
        (method, path.removeprefix("/api/v1"))
        for path, methods in document["paths"].items()
        for method in methods
    }
    declared = [v for v in app.view_functions.values() if hasattr(v, "operation")]

    assert document["openapi"].startswith("3.1")
    assert described >= REQUIRED_OPERATIONS
    assert len(described) == len(declared)


def test_every_reference_resolves(document: dict[str, Any]) -> None:
    def references(node: object) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [r for part in node.values() for r in references(part)]
        if isinstance(node, list):
            return [r for part in node for r in references(part)]
        return []

    parts = {
        f"#/components/{kind}/{name}"
        for kind in ("schemas", "responses")
        for name in document["components"][kind]
    }
    assert set(references(document)) <= parts


def test_protected_endpoints_require_a_token(document: dict[str, Any]) -> None:
    cart = document["paths"]["/api/v1/cart"]["get"]
    products = document["paths"]["/api/v1/products"]["get"]

    assert cart["security"] == [{"bearer": []}]
    assert "401" in cart["responses"]
    assert "security" not in products


def test_the_documentation_page_and_its_assets_are_served(
    client: FlaskClient,
) -> None:
    assert client.get("/").headers["Location"] == "/api/docs"
    page = client.get("/api/docs").text
    for asset in ("css/swagger-ui.css", "js/swagger-ui-bundle.js"):
        assert f"/api/docs/assets/{asset}" in page
        with client.get(f"/api/docs/assets/{asset}") as response:
            assert response.status_code == 200


@pytest.mark.slow
def test_every_json_body_has_an_example_that_its_endpoint_accepts(
    admin: ApiClient, app: Flask
) -> None:
    """Accepted: the product may not exist, but the request itself is valid."""
    bodies = [
        (method, path, operation.body)
        for method, path, operation in iter_endpoints(app)
        if isinstance(operation.body, type)
    ]
    for method, path, body in bodies:
        [example] = body.model_json_schema()["examples"]
        response = admin.call(method, path, example)
        content = response.get_json(silent=True) or {}
        code = content.get("error", {}).get("code")
        assert response.status_code < 500, (method, path)
        assert code not in {"INVALID_REQUEST", "UNSUPPORTED_MEDIA_TYPE"}, (
            path,
            example,
        )
        if issubclass(body, RequestBody):
            fields = body.model_fields
            known = {field.alias for field in fields.values()} | set(fields)
            assert example.keys() <= known, (path, example)
    assert len(bodies) > 15


@pytest.mark.slow
def test_a_body_of_another_type_or_size_is_rejected_as_described(
    admin: ApiClient, app: Flask
) -> None:
    client = app.test_client()
    for method, path, operation in iter_endpoints(app):
        if operation.body is None:
            continue
        media = operation.body if isinstance(operation.body, Media) else None
        accepted = media.type if media is not None else "application/json"
        for mimetype, size, status in (
            ("application/x-none", 1, 415),
            (accepted, 9_000_000, 413),
        ):
            response = client.open(
                f"{API_PREFIX}{path}",
                method=method,
                data=b" " * size,
                content_type=mimetype,
                headers=admin.headers,
            )
            assert response.status_code == status, (method, path)
            assert status in error_statuses(operation), (method, path)


def test_a_webhook_is_described_as_what_stripe_sends(document: dict[str, Any]) -> None:
    operation = document["paths"]["/api/v1/payment/webhook"]["post"]

    event = operation["requestBody"]["content"]["application/json"]["schema"]

    assert {"id", "type", "data"} <= set(event["required"])


def test_the_table_of_endpoints_is_current(app: Flask) -> None:
    written = (PROJECT_ROOT / "docs" / "api.md").read_text()

    assert written == render_api_docs()
    assert written.count("\n| `") == len(list(iter_endpoints(app)))

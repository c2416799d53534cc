from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from tests.support.callers import API, Caller


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status", "code"),
    [
        ("GET", "/no-such-page", {}, None, 404, "NOT_FOUND"),
        ("PATCH", "/cart", {}, None, 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/cart", {}, None, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("POST", "/cart", {}, {}, 400, "INVALID_REQUEST"),
        ("POST", "/cart", {}, [], 400, "INVALID_REQUEST"),
        ("POST", "/cart", {}, {"productId": str(uuid4())}, 404, "PRODUCT_NOT_FOUND"),
        ("GET", "/products?limit=0", {}, None, 400, "INVALID_REQUEST"),
        ("GET", "/products?lastKey=x", {}, None, 400, "BAD_LAST_KEY"),
        ("GET", "/cart", {"Authorization": ""}, None, 401, "UNAUTHENTICATED"),
        ("GET", "/cart", {"Authorization": "Bearer x"}, None, 401, "UNAUTHENTICATED"),
        ("GET", "/admin/products", {}, None, 403, "ADMIN_ONLY"),
    ],
)
def test_every_refusal_has_the_same_shape(
    customer: Caller,
    method: str,
    path: str,
    headers: dict[str, str],
    body: object,
    status: int,
    code: str,
) -> None:
    response = customer.call(method, path, body, headers=headers)

    assert response.status_code == status
    assert response.get_json().keys() == {"error"}
    error = response.get_json()["error"]
    assert error["code"] == code
    assert error.keys() == {"code", "message", "details"}
    assert error["message"]
    assert error["details"]["requestId"] == response.headers["X-Request-Id"]
    assert error["details"]["timestamp"].endswith("Z")


def test_malformed_json_is_a_400_that_says_so(client: FlaskClient) -> None:
    response = client.post(
        f"{API}/auth/login", data="{", content_type="application/json"
    )

    assert response.status_code == 400
    assert "Invalid JSON" in response.get_json()["error"]["message"]


def test_a_request_keeps_the_name_it_came_with(client: FlaskClient) -> None:
    response = client.get("/healthz", headers={"X-Request-Id": "trace-1234"})

    assert response.headers["X-Request-Id"] == "trace-1234"


def test_a_body_that_is_too_large_is_refused(client: FlaskClient) -> None:
    response = client.post(
        f"{API}/auth/login", data=b" " * 3_000_000, content_type="application/json"
    )

    assert response.status_code == 413

from dataclasses import replace
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.support.api_client import API_PREFIX, ApiClient
from tests.support.ports import free_port
from webapp.app import create_app
from webapp.bootstrap import Runtime
from webapp.db.session import Database


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
        ("GET", "/products?lastKey=", {}, None, 400, "INVALID_REQUEST"),
        ("GET", "/cart", {"Authorization": ""}, None, 401, "UNAUTHENTICATED"),
        ("GET", "/cart", {"Authorization": "Bearer x"}, None, 401, "UNAUTHENTICATED"),
        ("GET", "/admin/products", {}, None, 403, "ADMIN_ONLY"),
    ],
)
def test_every_error_has_the_same_envelope(
    customer: ApiClient,
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
        f"{API_PREFIX}/auth/login", data="{", content_type="application/json"
    )

    assert response.status_code == 400
    assert "Invalid JSON" in response.get_json()["error"]["message"]


def test_the_response_returns_the_request_id_it_received(client: FlaskClient) -> None:
    response = client.get("/healthz", headers={"X-Request-Id": "trace-1234"})

    assert response.headers["X-Request-Id"] == "trace-1234"


def test_a_body_that_is_too_large_is_rejected(client: FlaskClient) -> None:
    response = client.post(
        f"{API_PREFIX}/auth/login",
        data=b" " * 3_000_000,
        content_type="application/json",
    )

    assert response.status_code == 413


RAISES = "DO $$ BEGIN RAISE SQLSTATE '{}'; END $$"


@pytest.mark.parametrize(
    ("statement", "status", "code"),
    [
        ("SELECT pg_terminate_backend(pg_backend_pid())", 503, "DATABASE_UNAVAILABLE"),
        (RAISES.format("08006"), 503, "DATABASE_UNAVAILABLE"),  # connection lost
        (RAISES.format("53300"), 503, "DATABASE_UNAVAILABLE"),  # too many connections
        (RAISES.format("55P03"), 503, "DATABASE_BUSY"),  # waited for a lock
        (RAISES.format("57014"), 500, "INTERNAL_ERROR"),  # canceled
        (RAISES.format("54000"), 500, "INTERNAL_ERROR"),  # beyond a limit
        (RAISES.format("40P01"), 500, "INTERNAL_ERROR"),  # deadlock
        ("SELECT 1 / 0", 500, "INTERNAL_ERROR"),
    ],
)
def test_only_an_unavailable_database_is_a_503(
    runtime: Runtime, statement: str, status: int, code: str
) -> None:
    app = create_app(runtime)

    @app.get("/query")
    def query() -> str:
        with runtime.db.unit_of_work() as session:
            session.execute(text(statement))
        return ""

    response = app.test_client().get("/query")

    assert response.status_code == status
    assert response.get_json()["error"]["code"] == code
    assert ("Retry-After" in response.headers) == (status == 503)


def test_an_unreachable_database_is_a_503(runtime: Runtime) -> None:
    unreachable = Database.from_url(f"postgresql://nobody@127.0.0.1:{free_port()}/shop")

    error = ApiClient(create_app(replace(runtime, db=unreachable))).expect_error(
        "GET", "/products"
    )

    assert error == (503, "DATABASE_UNAVAILABLE")

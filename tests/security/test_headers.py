"""Every answer says what a browser may do with it, and nothing private is cached."""

import re
from dataclasses import replace

import pytest
from flask import Flask

from tests.support.web_apps import AppFactory
from webapp.bootstrap import Runtime
from webapp.http.security_headers import build_security_headers
from webapp.notifications.events import EventName
from webapp.notifications.pages import render_unsubscribe_page
from webapp.server import error_responses
from webapp.server.error_responses import ErrorCapture, ServerError

ALWAYS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
ANSWERS = [
    ("GET", "/", 302),
    ("GET", "/healthz", 200),
    ("GET", "/readyz", 503),
    ("GET", "/nowhere", 404),
    ("GET", "/media/products/1.svg", 200),
    ("GET", "/media/products/absent.png", 404),
    ("GET", "/api/docs", 200),
    ("GET", "/api/docs/start.js", 200),
    ("GET", "/api/docs/assets/css/swagger-ui.css", 200),
    ("GET", "/api/v1/openapi.json", 200),
    ("GET", "/api/v1/products", 200),
    ("GET", "/api/v1/cart", 401),
    ("OPTIONS", "/api/v1/cart", 200),
    ("DELETE", "/api/v1/products", 405),
    ("POST", "/api/v1/auth/login", 415),
]
CACHED = {
    "/media/products/1.svg",
    "/api/docs/assets/css/swagger-ui.css",
}


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_has_the_headers(
    app: Flask, runtime: Runtime, method: str, path: str, status: int
) -> None:
    runtime.storage.put("media/products/1.svg", b"<svg/>")

    response = app.test_client().open(path, method=method, buffered=True)

    assert response.status_code == status
    assert {name: response.headers.get(name) for name in ALWAYS} == ALWAYS
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert not re.search(r"script-src[^;]*unsafe", policy)
    is_cached = path in CACHED
    assert ("no-store" in response.headers["Cache-Control"]) is not is_cached
    assert ("max-age=86400" in response.headers["Cache-Control"]) is is_cached


def test_pages_contain_no_script_that_their_policy_forbids(app: Flask) -> None:
    page = app.test_client().get("/api/docs").get_data(as_text=True)

    assert re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL) == [
        (' src="/api/docs/assets/js/swagger-ui-bundle.js"', ""),
        (' src="/api/docs/start.js"', ""),
    ]
    form = render_unsubscribe_page(EventName.STOCK_LOW, subscribed=True)
    assert "<script" not in form
    assert "http" not in form


@pytest.mark.parametrize(
    ("public_url", "expected"),
    [
        ("https://shop.example", "max-age=31536000"),
        ("http://shop.example", None),
        (None, None),
    ],
)
def test_tls_is_required_where_there_is_tls(
    runtime: Runtime,
    create_app: AppFactory,
    public_url: str | None,
    expected: str | None,
) -> None:
    settings = runtime.settings.model_copy(update={"public_url": public_url})
    client = create_app(replace(runtime, settings=settings)).test_client()

    response = client.get("/healthz")

    assert response.headers.get("Strict-Transport-Security") == expected


def test_errors_of_the_server_itself_have_them_too(runtime: Runtime) -> None:
    errors = [
        value for value in vars(error_responses).values() if type(value) is ServerError
    ]
    assert len(errors) == 7
    for error in errors:
        head = error.render(build_security_headers(runtime.settings)).decode()
        for name in (*ALWAYS, "Content-Security-Policy"):
            assert f"\r\n{name}: " in head.split("\r\n\r\n", 1)[0]
        assert "\r\nCache-Control: no-store\r\n" in head


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("414 URI Too Long", "ADDRESS_TOO_LONG"),
        ("431 Request Header Fields Too Large", "HEADERS_TOO_LARGE"),
        ("501 Bad Request", "UNKNOWN_TRANSFER_CODING"),
        ("417 Expectation Failed", "EXPECTATION_FAILED"),
        ("403 Forbidden", "MALFORMED_REQUEST"),
        ("500 Internal Server Error", "INTERNAL_ERROR"),
    ],
)
def test_what_gunicorn_found_wrong_is_said(status: str, code: str) -> None:
    capture = ErrorCapture()

    capture.sendall(f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\n\r\n".encode())

    error = capture.read_error()
    assert error is not None
    assert (error.status[:3], error.code) == (status[:3], code)


def test_gunicorns_answer_to_what_is_no_request_is_replaced() -> None:
    capture = ErrorCapture()
    assert capture.read_error() is None

    capture.sendall(
        b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html>"
    )

    error = capture.read_error()
    assert error is not None
    assert (error.status, error.code) == ("400 Bad Request", "MALFORMED_REQUEST")

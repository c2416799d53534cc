"""Test client of the API, authenticated or anonymous."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from flask.testing import FlaskClient
from pydantic.alias_generators import to_camel
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.test import TestResponse

from webapp.http.access import issue_access_token
from webapp.http.api import Operation
from webapp.http.openapi import error_statuses

API_PREFIX = "/api/v1"
Endpoint = tuple[str, str, Operation]
_CONVERTER = re.compile(r"<(?:(\w+):)?(\w+)>")
_PLACEHOLDERS = {"int": "7", "": "x"}


def iter_operations(app: Flask) -> Iterator[Endpoint]:
    """Yield method, rule below the base path, and declaration of every endpoint."""
    for rule in app.url_map.iter_rules():
        operation = getattr(app.view_functions[rule.endpoint], "operation", None)
        if operation is not None:
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                yield method, rule.rule.removeprefix(API_PREFIX), operation


def fill_path(rule: str, ids: Mapping[str, str]) -> str:
    """Fill ids into a rule, by their names in JSON. Raises `KeyError`."""
    return _CONVERTER.sub(lambda part: ids[to_camel(part[2])], rule)


def iter_endpoints(app: Flask) -> Iterator[Endpoint]:
    """Yield method, path below the base path with random ids, and declaration."""
    for method, rule, operation in iter_operations(app):
        path = _CONVERTER.sub(
            lambda part: _PLACEHOLDERS.get(part[1] or "", str(uuid4())), rule
        )
        yield method, path, operation


def find_operation(app: Flask, method: str, path: str) -> Operation | None:
    """Return the declaration of an endpoint; `None` where there is none."""
    urls = app.url_map.bind("shop.test")
    try:
        endpoint, _ = urls.match(f"{API_PREFIX}{path}".partition("?")[0], method)
    except (NotFound, MethodNotAllowed):
        return None
    operation: Operation | None = getattr(
        app.view_functions[endpoint], "operation", None
    )
    return operation


class ApiClient:
    """JSON client of the API for one account, or with any token; paths are below the base path.

    Every response with a status that the OpenAPI document excludes fails the test.
    """

    def __init__(
        self,
        app: Flask,
        customer_id: UUID | None = None,
        *,
        admin: bool = False,
        token: str | None = None,
    ) -> None:
        self._client: FlaskClient = app.test_client()
        self.customer_id = customer_id
        if customer_id is not None:
            with app.app_context():
                token = issue_access_token(
                    customer_id, groups=["admin"] if admin else []
                )
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str | int] | None = None,
    ) -> TestResponse:
        response = self._client.open(
            f"{API_PREFIX}{path}",
            method=method,
            json=body,
            query_string=query or None,
            headers={**self.headers, **(headers or {})},
        )
        operation = find_operation(self._client.application, method, path)
        if operation is not None:
            described = {*operation.returns, *error_statuses(operation)}
            assert response.status_code in described, (method, path, response.text)
        return response

    def expect_ok(
        self, method: str, path: str, body: object = None, **query: str | int
    ) -> Any:
        """Return the JSON of a call that must succeed."""
        response = self.call(method, path, body, query=query)
        assert response.status_code < 300, response.text
        return response.get_json(silent=True)

    def expect_error(
        self, method: str, path: str, body: object = None, **query: str | int
    ) -> tuple[int, str]:
        """Return the status and error code of a call that must fail, with a message."""
        response = self.call(method, path, body, query=query)
        assert response.status_code >= 400, response.text
        error = response.get_json()["error"]
        assert isinstance(error["message"], str), error
        return response.status_code, error["code"]

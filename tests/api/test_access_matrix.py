"""Who may call what: every endpoint, every kind of caller, read off the endpoints."""

from uuid import UUID

import pytest
from flask import Flask

from tests.support.callers import Caller, Endpoint, endpoints
from webapp.app import create_app
from webapp.bootstrap import Runtime
from webapp.http.access import Access


@pytest.fixture
def matrix(runtime: Runtime) -> list[Endpoint]:
    return sorted(endpoints(create_app(runtime)), key=lambda entry: entry[:2])


def answered(caller: Caller, method: str, path: str) -> tuple[int, str | None]:
    """Status and error code, with an empty body: who is let in is told what is wrong."""
    response = caller.call(method, path, None if method == "GET" else {})
    problem = response.get_json(silent=True) or {}
    return response.status_code, problem.get("error", {}).get("code")


def test_nobody_is_asked_to_sign_in(nobody: Caller, matrix: list[Endpoint]) -> None:
    for method, path, operation in matrix:
        asked = answered(nobody, method, path) == (401, "UNAUTHENTICATED")
        assert asked == (operation.access is not Access.PUBLIC), (method, path)


def test_customers_are_kept_out_of_the_back_office(
    customer: Caller, matrix: list[Endpoint]
) -> None:
    for method, path, operation in matrix:
        refused = answered(customer, method, path) == (403, "ADMIN_ONLY")
        assert refused == (operation.access is Access.ADMIN), (method, path)


def test_admins_are_let_in_everywhere(admin: Caller, matrix: list[Endpoint]) -> None:
    for method, path, operation in matrix:
        status, code = answered(admin, method, path)
        assert code not in {"UNAUTHENTICATED", "ADMIN_ONLY"}, (method, path)
        assert status < 500, (method, path, operation.summary)


def test_every_admin_path_is_for_admins(matrix: list[Endpoint]) -> None:
    for method, path, operation in matrix:
        if path.startswith("/admin"):
            assert operation.access is Access.ADMIN, (method, path)


THEIRS = {"order_id"}
"""Path parameters that name something of one customer's; the tests of orders hold that
another customer's is a 404."""


def test_what_belongs_to_a_customer_is_known_to_the_tests(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        operation = getattr(app.view_functions[rule.endpoint], "operation", None)
        if operation is not None and operation.access is Access.CUSTOMER:
            assert set(rule.arguments) <= THEIRS, rule.rule


def test_a_token_of_an_account_that_is_gone_opens_nothing(
    app: Flask,
) -> None:
    ghost = Caller(app, UUID(int=7))

    assert answered(ghost, "GET", "/auth/me")[0] == 401

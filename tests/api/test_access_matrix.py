"""Authorization of every endpoint for every kind of caller, from the declarations."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import get_args
from uuid import UUID, uuid4

import pytest
from flask import Flask
from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from tests.api.conftest import signed_in
from tests.support.api_client import (
    ApiClient,
    Endpoint,
    fill_path,
    iter_endpoints,
    iter_operations,
)
from tests.support.sample_records import create_order
from tests.support.stripe import simulated_stripe
from tests.support.tokens import create_api_token
from tests.support.web_apps import AppFactory
from webapp.bootstrap import Runtime
from webapp.http.access import Access
from webapp.http.api import Operation
from webapp.kit.scopes import Scope
from webapp.search import indexing


@pytest.fixture
def matrix(runtime: Runtime, create_app: AppFactory) -> list[Endpoint]:
    """With an index, without which search is answered with 503."""
    indexing.rebuild_index(runtime.db, runtime.search)
    return sorted(iter_endpoints(create_app(runtime)), key=lambda entry: entry[:2])


def call_without_body(
    caller: ApiClient, method: str, path: str
) -> tuple[int, str | None]:
    """Return status and error code: an authorized caller gets an error about the body."""
    response = caller.call(method, path, None if method == "GET" else {})
    content = response.get_json(silent=True) or {}
    return response.status_code, content.get("error", {}).get("code")


def test_anonymous_callers_must_sign_in_except_for_public_endpoints(
    nobody: ApiClient, matrix: list[Endpoint]
) -> None:
    for method, path, operation in matrix:
        rejected = call_without_body(nobody, method, path) == (401, "UNAUTHENTICATED")
        assert rejected == (operation.access is not Access.PUBLIC), (method, path)


def test_customers_may_not_call_admin_endpoints(
    customer: ApiClient, matrix: list[Endpoint]
) -> None:
    for method, path, operation in matrix:
        rejected = call_without_body(customer, method, path) == (403, "ADMIN_ONLY")
        assert rejected == (operation.access is Access.ADMIN), (method, path)


@pytest.mark.slow
def test_admins_may_call_every_endpoint(
    admin: ApiClient, matrix: list[Endpoint]
) -> None:
    for method, path, operation in matrix:
        status, code = call_without_body(admin, method, path)
        assert code not in {"UNAUTHENTICATED", "ADMIN_ONLY"}, (method, path)
        assert status < 500, (method, path, operation.summary)


def test_every_admin_path_is_for_admins(matrix: list[Endpoint]) -> None:
    for method, path, operation in matrix:
        if path.startswith("/admin"):
            assert operation.access is Access.ADMIN, (method, path)


PEOPLE_ONLY = ("/admin/tokens", "/admin/reports")
"""Paths for admins that no API token may call, whatever its scopes."""


def test_every_admin_endpoint_has_a_scope_or_is_for_people(
    matrix: list[Endpoint],
) -> None:
    for method, path, operation in matrix:
        has_scope = operation.scope is not None
        for_programs = operation.access is Access.ADMIN and not path.startswith(
            PEOPLE_ONLY
        )
        assert has_scope == for_programs, (method, path)
    assert {operation.scope for _, _, operation in matrix} - {None} == set(Scope)


@pytest.mark.slow
def test_a_program_may_call_what_its_scope_names(
    app: Flask, runtime: Runtime, matrix: list[Endpoint]
) -> None:
    for method, path, operation in matrix:
        if operation.scope is None:
            continue
        program = ApiClient(app, token=create_api_token(runtime, operation.scope))
        status, code = call_without_body(program, method, path)
        assert code not in {"SCOPE_MISSING", "PERSON_ONLY", "ADMIN_ONLY"}, (
            method,
            path,
        )
        assert status != 401, (method, path)
        assert status < 500, (method, path)


def test_a_program_without_the_scope_is_answered_with_its_name(
    app: Flask, runtime: Runtime, matrix: list[Endpoint]
) -> None:
    for scope in Scope:
        others = [each for each in Scope if each is not scope]
        program = ApiClient(app, token=create_api_token(runtime, *others))
        for method, path, operation in matrix:
            if operation.scope is not scope:
                continue
            body: object = None if method == "GET" else {}
            error = program.call(method, path, body).get_json()["error"]
            assert error["code"] == "SCOPE_MISSING", (method, path)
            assert error["details"]["scope"] == scope
            assert scope in error["message"]
            assert error["details"]["scopes"] == sorted(others)


def test_a_program_is_no_person_whatever_its_scopes(
    app: Flask, runtime: Runtime, matrix: list[Endpoint]
) -> None:
    program = ApiClient(app, token=create_api_token(runtime, *Scope))
    for method, path, operation in matrix:
        rejected = call_without_body(program, method, path) == (403, "PERSON_ONLY")
        for_people = operation.access is not Access.PUBLIC and operation.scope is None
        assert rejected == for_people, (method, path)


FACTORIES: dict[str, Callable[[Runtime, ApiClient], str]] = {"order_id": create_order}
"""Creates a resource that belongs to the customer, by the name of its id."""
SHARED_IDS = {"product_id", "variant_id", "payment_method_id"}
"""Ids of resources without an owner here; Stripe checks the owner of a card."""


def id_fields(model: object) -> Iterator[str]:
    """Yield the names of ids in a body or query, including nested models."""
    for part in get_args(model):
        yield from id_fields(part)
    if isinstance(model, type) and issubclass(model, BaseModel):
        for name, field in model.model_fields.items():
            if name.endswith(("_id", "_ids")):
                yield name
            yield from id_fields(field.annotation)


def list_id_parameters(rule: str, operation: Operation) -> dict[str, set[str]]:
    """Return the names of ids that an endpoint takes, by their location."""
    return {
        "path": set(re.findall(r"(\w+)>", rule)),
        "query": set(id_fields(operation.query)),
        "body": set(id_fields(operation.body)),
    }


def test_resources_of_another_customer_are_not_found(
    runtime: Runtime, tmp_path: Path, create_app: AppFactory
) -> None:
    """An id in the path, the query or the body gets the answer of an id that does not exist."""
    checks = 0
    with simulated_stripe(tmp_path) as (_, gateway):
        charging = replace(runtime, payments=gateway)
        app = create_app(charging)
        owner, attacker = signed_in(app, charging), signed_in(app, charging)
        for method, rule, operation in iter_operations(app):
            if operation.access is not Access.CUSTOMER:
                continue
            for location, names in list_id_parameters(rule, operation).items():
                assert names <= FACTORIES.keys() | SHARED_IDS, (method, rule, location)
                for name in names & FACTORIES.keys():
                    owned, unknown = FACTORIES[name](charging, owner), str(uuid4())
                    call = partial(
                        call_with_id, method, rule, operation, location, name
                    )
                    answer = call(attacker, owned)
                    assert answer == call(attacker, unknown), (method, rule)
                    assert call(attacker, owned)[0] == 404, (method, rule)
                    assert call(owner, owned)[0] != 404, (method, rule)
                    checks += 1
    assert checks >= 4


def call_with_id(
    method: str,
    rule: str,
    operation: Operation,
    location: str,
    name: str,
    caller: ApiClient,
    value: str,
) -> tuple[int, str | None]:
    """Send a valid request with this id; return its status and error code."""
    id_field = {to_camel(name): value}
    body = None
    if isinstance(operation.body, type):
        [body] = operation.body.model_json_schema()["examples"]
    response = caller.call(
        method,
        fill_path(rule, id_field) if location == "path" else rule,
        {**(body or {}), **id_field} if location == "body" else body,
        query=id_field if location == "query" else None,
    )
    content = response.get_json(silent=True) or {}
    return response.status_code, content.get("error", {}).get("code")


def test_a_token_without_an_account_is_rejected(app: Flask) -> None:
    unknown = ApiClient(app, UUID(int=7))

    assert call_without_body(unknown, "GET", "/auth/me")[0] == 401

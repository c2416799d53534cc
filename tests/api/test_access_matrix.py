"""Who may call what: every endpoint, every kind of caller, read off the endpoints."""

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
from webapp.app import create_app
from webapp.bootstrap import Runtime
from webapp.http.access import Access
from webapp.http.api import Operation


@pytest.fixture
def matrix(runtime: Runtime) -> list[Endpoint]:
    return sorted(iter_endpoints(create_app(runtime)), key=lambda entry: entry[:2])


def answered(caller: ApiClient, method: str, path: str) -> tuple[int, str | None]:
    """Status and error code, with an empty body: who is let in is told what is wrong."""
    response = caller.call(method, path, None if method == "GET" else {})
    problem = response.get_json(silent=True) or {}
    return response.status_code, problem.get("error", {}).get("code")


def test_nobody_is_asked_to_sign_in(nobody: ApiClient, matrix: list[Endpoint]) -> None:
    for method, path, operation in matrix:
        asked = answered(nobody, method, path) == (401, "UNAUTHENTICATED")
        assert asked == (operation.access is not Access.PUBLIC), (method, path)


def test_customers_are_kept_out_of_the_back_office(
    customer: ApiClient, matrix: list[Endpoint]
) -> None:
    for method, path, operation in matrix:
        refused = answered(customer, method, path) == (403, "ADMIN_ONLY")
        assert refused == (operation.access is Access.ADMIN), (method, path)


def test_admins_are_let_in_everywhere(admin: ApiClient, matrix: list[Endpoint]) -> None:
    for method, path, operation in matrix:
        status, code = answered(admin, method, path)
        assert code not in {"UNAUTHENTICATED", "ADMIN_ONLY"}, (method, path)
        assert status < 500, (method, path, operation.summary)


def test_every_admin_path_is_for_admins(matrix: list[Endpoint]) -> None:
    for method, path, operation in matrix:
        if path.startswith("/admin"):
            assert operation.access is Access.ADMIN, (method, path)


MAKERS: dict[str, Callable[[Runtime, ApiClient], str]] = {"order_id": create_order}
"""How a customer comes by what is nobody else's business."""
EVERYBODYS = {"product_id", "variant_id", "payment_method_id"}
"""On sale to all; a card is Stripe's to know."""


def id_fields(model: object) -> Iterator[str]:
    """Names of ids in a body or query, inside of its parts, too."""
    for part in get_args(model):
        yield from id_fields(part)
    if isinstance(model, type) and issubclass(model, BaseModel):
        for name, field in model.model_fields.items():
            if name.endswith(("_id", "_ids")):
                yield name
            yield from id_fields(field.annotation)


def ids_taken(rule: str, operation: Operation) -> dict[str, set[str]]:
    """Where an endpoint takes which ids from its caller."""
    return {
        "path": set(re.findall(r"(\w+)>", rule)),
        "query": set(id_fields(operation.query)),
        "body": set(id_fields(operation.body)),
    }


def test_nobody_reaches_what_is_another_customers(
    runtime: Runtime, tmp_path: Path
) -> None:
    """In the path, the query or the body: as if it were not there."""
    tried = 0
    with simulated_stripe(tmp_path) as (_, gateway):
        charging = replace(runtime, payments=gateway)
        app = create_app(charging)
        owner, thief = signed_in(app, charging), signed_in(app, charging)
        for method, rule, operation in iter_operations(app):
            if operation.access is not Access.CUSTOMER:
                continue
            for place, names in ids_taken(rule, operation).items():
                assert names <= MAKERS.keys() | EVERYBODYS, (method, rule, place)
                for name in names & MAKERS.keys():
                    theirs, nobodys = MAKERS[name](charging, owner), str(uuid4())
                    ask = partial(asking, method, rule, operation, place, name)
                    assert ask(thief, theirs) == ask(thief, nobodys), (method, rule)
                    assert ask(thief, theirs)[0] == 404, (method, rule)
                    assert ask(owner, theirs)[0] != 404, (method, rule)
                    tried += 1
    assert tried >= 4


def asking(
    method: str,
    rule: str,
    operation: Operation,
    place: str,
    name: str,
    caller: ApiClient,
    value: str,
) -> tuple[int, str | None]:
    """The answer to a call that is right but, perhaps, for whose thing it names."""
    named = {to_camel(name): value}
    body = None
    if isinstance(operation.body, type):
        [body] = operation.body.model_json_schema()["examples"]
    response = caller.call(
        method,
        fill_path(rule, named) if place == "path" else rule,
        {**(body or {}), **named} if place == "body" else body,
        query=named if place == "query" else None,
    )
    problem = response.get_json(silent=True) or {}
    return response.status_code, problem.get("error", {}).get("code")


def test_a_token_of_an_account_that_is_gone_opens_nothing(
    app: Flask,
) -> None:
    ghost = ApiClient(app, UUID(int=7))

    assert answered(ghost, "GET", "/auth/me")[0] == 401

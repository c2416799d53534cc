"""Whatever is sent: never a 5xx, never an answer outside the document."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.conftest import signed_in
from tests.support.api_client import ApiClient
from tests.support.checkout import VISA
from tests.support.rate_limits import UnlimitedRateLimiter
from tests.support.sample_records import create_one_of_each
from tests.support.stripe import simulated_stripe
from webapp.app import create_app
from webapp.bootstrap import Runtime
from webapp.imports.sheet.row import COLUMNS
from webapp.search import indexing

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

EXAMPLES = 40
"""Of each endpoint and kind; a larger number finds more in more time."""
CHECKS = (
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


def sheets() -> st.SearchStrategy[bytes]:
    """Files of products, and what is none."""
    cell = st.text(st.characters(codec="utf-8"), max_size=20) | st.sampled_from(
        ["1", "2.50", "true", "[]", "{}", "=1", "/a.svg"]
    )
    rows = st.lists(
        st.lists(cell, min_size=len(COLUMNS), max_size=len(COLUMNS)), max_size=4
    )
    return st.binary(max_size=200) | rows.map(sheet)


def sheet(rows: list[list[str]]) -> bytes:
    text = StringIO(newline="")
    csv.writer(text).writerows([COLUMNS, *rows])
    return text.getvalue().encode()


def pictures() -> st.SearchStrategy[bytes]:
    """What begins like one, and what does not."""
    beginnings = st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b""])
    return st.tuples(beginnings, st.binary(max_size=200)).map(b"".join)


schemathesis.openapi.media_type("text/csv", sheets())
schemathesis.openapi.media_type("image/*", pictures())


@dataclass(frozen=True)
class Shop:
    app: Flask
    runtime: Runtime
    admin: ApiClient

    def things(self) -> dict[str, str]:
        """Fresh ones, for an endpoint may use up what it is called about."""
        self.admin.expect_ok("DELETE", "/cart")
        made = create_one_of_each(self.runtime, self.admin)
        self.admin.expect_ok("POST", "/cart", {"productId": made["productId"]})
        return {**made, "paymentMethodId": VISA}


@pytest.fixture
def shop(runtime: Runtime, tmp_path: Path) -> Iterator[Shop]:
    """With everything that a call could need, so that none is excused."""
    with simulated_stripe(tmp_path) as (_, gateway):
        whole = replace(runtime, payments=gateway, limiter=UnlimitedRateLimiter())
        app = create_app(whole)
        indexing.rebuild_index(whole.db, whole.search)
        yield Shop(app, whole, signed_in(app, whole, admin=True))


def about(things: Mapping[str, str], part: Any) -> Any:
    """The same part of a request, about things that exist."""
    if isinstance(part, list):
        return [about(things, each) for each in part]
    if not isinstance(part, dict):
        return part
    return {name: things.get(name, about(things, each)) for name, each in part.items()}


def fuzz(operation: Any, mode: GenerationMode, shop: Shop) -> None:
    things = shop.things()

    @given(case=operation.as_strategy(generation_mode=mode), real=st.booleans())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def send(case: Any, *, real: bool) -> None:
        if real:
            assert case.path_parameters.keys() <= things.keys(), "make one in `things`"
            case.path_parameters = about(things, case.path_parameters)
            case.query, case.body = about(things, case.query), about(things, case.body)
        response = case.call(headers=shop.admin.headers)
        assert response.status_code < 500, response.text
        case.validate_response(response, checks=CHECKS)

    send()


def takes_anything(operation: Any) -> bool:
    """Whether something wrong could be sent at all."""
    parameters = operation.definition.raw["parameters"]
    return bool(parameters or "requestBody" in operation.definition.raw)


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_endpoint_answers_outside_its_description(
    shop: Shop, mode: GenerationMode
) -> None:
    schema: Any = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", shop.app)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 25

    problems = []
    for operation in operations:
        if mode is GenerationMode.NEGATIVE and not takes_anything(operation):
            continue
        try:
            fuzz(operation, mode, shop)
        except (
            AssertionError,
            BaseExceptionGroup,
            schemathesis.errors.SchemathesisError,
        ) as problem:
            problems.append(f"{operation.label}: {problem}")
    assert problems == []

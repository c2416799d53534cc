"""Fuzz every endpoint: never a 5xx, never a response that the OpenAPI document excludes."""

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
from tests.support.thoroughness import THOROUGHNESS
from webapp.app import create_app
from webapp.bootstrap import Runtime
from webapp.imports.product_row import COLUMNS
from webapp.search import indexing

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

MAX_EXAMPLES = 12 * THOROUGHNESS
"""Per endpoint and mode."""
CHECKS = (
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


def sheets() -> st.SearchStrategy[bytes]:
    """Generate product files, valid and invalid ones."""
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
    """Generate pictures by their first bytes, and other bytes."""
    signatures = st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b""])
    return st.tuples(signatures, st.binary(max_size=200)).map(b"".join)


schemathesis.openapi.media_type("text/csv", sheets())
schemathesis.openapi.media_type("image/*", pictures())


@dataclass(frozen=True)
class FuzzedShop:
    app: Flask
    runtime: Runtime
    admin: ApiClient

    def create_resources(self) -> dict[str, str]:
        """Create one resource of each kind and return the ids; an endpoint may delete them."""
        self.admin.expect_ok("DELETE", "/cart")
        ids = create_one_of_each(self.runtime, self.admin)
        self.admin.expect_ok("POST", "/cart", {"productId": ids["productId"]})
        return {**ids, "paymentMethodId": VISA}


@pytest.fixture
def shop(runtime: Runtime, tmp_path: Path) -> Iterator[FuzzedShop]:
    """A shop with every external service that a call could need."""
    with simulated_stripe(tmp_path) as (_, gateway):
        shop_runtime = replace(
            runtime, payments=gateway, limiter=UnlimitedRateLimiter()
        )
        app = create_app(shop_runtime)
        indexing.rebuild_index(shop_runtime.db, shop_runtime.search)
        yield FuzzedShop(app, shop_runtime, signed_in(app, shop_runtime, admin=True))


def with_real_ids(ids: Mapping[str, str], part: Any) -> Any:
    """Return the same part of a request, with ids of existing resources."""
    if isinstance(part, list):
        return [with_real_ids(ids, item) for item in part]
    if not isinstance(part, dict):
        return part
    return {
        name: ids.get(name, with_real_ids(ids, item)) for name, item in part.items()
    }


def fuzz(operation: Any, mode: GenerationMode, shop: FuzzedShop) -> None:
    ids = shop.create_resources()

    @given(case=operation.as_strategy(generation_mode=mode), real=st.booleans())
    @settings(
        max_examples=MAX_EXAMPLES,
        deadline=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def send(case: Any, *, real: bool) -> None:
        if real:
            assert case.path_parameters.keys() <= ids.keys(), (
                "create one in `create_resources`"
            )
            case.path_parameters = with_real_ids(ids, case.path_parameters)
            case.query = with_real_ids(ids, case.query)
            case.body = with_real_ids(ids, case.body)
        response = case.call(headers=shop.admin.headers)
        assert response.status_code < 500, response.text
        case.validate_response(response, checks=CHECKS)

    send()


def has_input(operation: Any) -> bool:
    """Whether a request could contain anything invalid."""
    parameters = operation.definition.raw["parameters"]
    return bool(parameters or "requestBody" in operation.definition.raw)


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_response_conforms_to_the_document(
    shop: FuzzedShop, mode: GenerationMode
) -> None:
    schema: Any = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", shop.app)
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) > 25

    failures = []
    for operation in operations:
        if mode is GenerationMode.NEGATIVE and not has_input(operation):
            continue
        try:
            fuzz(operation, mode, shop)
        except (
            AssertionError,
            BaseExceptionGroup,
            schemathesis.errors.SchemathesisError,
        ) as error:
            failures.append(f"{operation.label}: {error}")
    assert failures == []

"""Whatever is sent: never a 5xx, never an answer outside the document."""

import csv
from io import StringIO
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

from tests.support.callers import Caller
from webapp.imports.sheet.line import COLUMNS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

EXAMPLES = 40
"""Of each endpoint and kind; a larger number finds more in more time."""
UNREACHABLE = 503
"""The agents, a payment: parts that are not there in this test."""
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


def fuzz(operation: Any, mode: GenerationMode, headers: dict[str, str]) -> None:
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def send(case: Any) -> None:
        response = case.call(headers=headers)
        if response.status_code != UNREACHABLE:
            assert response.status_code < 500, response.text
        case.validate_response(response, checks=CHECKS)

    send()


def takes_anything(operation: Any) -> bool:
    """Whether something wrong could be sent at all."""
    parameters = operation.definition.raw["parameters"]
    return bool(parameters or "requestBody" in operation.definition.raw)


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_endpoint_answers_outside_its_description(
    app: Flask, admin: Caller, mode: GenerationMode
) -> None:
    schema: Any = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 25

    problems = []
    for operation in operations:
        if mode is GenerationMode.NEGATIVE and not takes_anything(operation):
            continue
        try:
            fuzz(operation, mode, admin.headers)
        except (
            AssertionError,
            BaseExceptionGroup,
            schemathesis.errors.SchemathesisError,
        ) as problem:
            problems.append(f"{operation.label}: {problem}")
    assert problems == []

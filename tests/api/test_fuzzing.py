"""Whatever is sent: never a 5xx, never an answer outside the document."""

from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.callers import Caller

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

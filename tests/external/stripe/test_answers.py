"""The simulator's responses conform to Stripe's OpenAPI schema and stripe-mock's fixtures."""

import copy
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.openapi import OpenApiSpec
from tests.support.recorder import HttpExchange

pytestmark = [pytest.mark.services, pytest.mark.timeout(240)]

Doc = dict[str, Any]
OBJECT_KINDS = ("payment_intent", "charge", "refund", "payment_method", "event")


def iter_objects(value: Any) -> Iterator[Doc]:
    """Yield every Stripe object, also those inside lists, events and errors."""
    if isinstance(value, list):
        for item in value:
            yield from iter_objects(item)
    elif isinstance(value, dict):
        if value.get("object") in OBJECT_KINDS:
            yield value
        for item in value.values():
            yield from iter_objects(item)


@pytest.fixture(scope="module")
def stripe_objects(
    exchanges: list[HttpExchange], webhook_events: list[Doc]
) -> list[Doc]:
    return [
        *iter_objects([exchange.response for exchange in exchanges]),
        *iter_objects(webhook_events),
    ]


def test_every_kind_of_object_was_returned(stripe_objects: list[Doc]) -> None:
    assert {doc["object"] for doc in stripe_objects} == set(OBJECT_KINDS)
    assert {
        doc["status"] for doc in stripe_objects if doc["object"] == "payment_intent"
    } == {
        "requires_payment_method",
        "requires_confirmation",
        "requires_action",
        "requires_capture",
        "succeeded",
        "canceled",
    }


def test_every_object_conforms_to_stripes_schema(
    stripe_objects: list[Doc], specification: OpenApiSpec
) -> None:
    violations = {
        violation
        for doc in stripe_objects
        for violation in specification.iter_violations(
            doc, specification.get_schema(doc["object"]), at=doc["object"]
        )
    }

    assert violations == set()


def test_every_error_conforms_to_stripes_schema(
    exchanges: list[HttpExchange], specification: OpenApiSpec
) -> None:
    errors = [exchange.response for exchange in exchanges if exchange.status >= 400]

    violations = {
        violation
        for error in errors
        for violation in specification.iter_violations(
            error, specification.get_schema("error")
        )
    }

    assert errors
    assert violations == set()


FIXTURES = {
    "payment_intent": "/v1/payment_intents/pi_1",
    "charge": "/v1/charges/ch_1",
    "refund": "/v1/refunds/re_1",
    "payment_method": "/v1/payment_methods/pm_1",
    "event": "/v1/events/evt_1",
}


@pytest.mark.parametrize("kind", OBJECT_KINDS)
def test_every_object_has_each_field_that_stripe_mock_returns(
    kind: str, stripe_objects: list[Doc], stripe_mock: httpx.Client
) -> None:
    reference = stripe_mock.get(FIXTURES[kind]).json()

    for doc in stripe_objects:
        if doc["object"] == kind:
            assert set(iter_differences(doc, reference)) - OPTIONAL == set()


FREE_FORM_PATHS = {".metadata", ".data.object"}
OPTIONAL = {".refunds"}
"""Stripe itself omits a charge's refunds unless they are expanded."""


def iter_differences(actual: Any, reference: Any, at: str = "") -> Iterator[str]:
    """Yield paths where a field is missing or has another type; null matches any type."""
    if actual is None or reference is None:
        return
    if type(actual) is not type(reference):
        yield at
    elif isinstance(actual, dict) and at not in FREE_FORM_PATHS:
        for name in reference:
            if name in actual:
                yield from iter_differences(
                    actual[name], reference[name], f"{at}.{name}"
                )
            else:
                yield f"{at}.{name}"


@pytest.mark.parametrize("kind", OBJECT_KINDS)
def test_a_removed_field_or_another_type_would_be_detected(
    kind: str, stripe_objects: list[Doc], specification: OpenApiSpec
) -> None:
    """Mutate valid objects: the checks above must fail."""
    schema = specification.get_schema(kind)
    original = next(doc for doc in stripe_objects if doc["object"] == kind)

    for name in schema["required"]:
        broken = copy.deepcopy(original)
        del broken[name]
        assert list(specification.iter_violations(broken, schema)) == [
            f".{name}: missing"
        ]
    for name in original:
        broken = copy.deepcopy(original) | {name: object}
        assert list(specification.iter_violations(broken, schema)) != []
    misspelled = original | {"amuont": 1}
    assert list(specification.iter_violations(misspelled, schema)) == [
        ".amuont: Stripe has no such field"
    ]

"""What the simulator answers has the shape of what Stripe answers."""

import copy
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.openapi import OpenApiSpec
from tests.support.recorder import HttpExchange

pytestmark = [pytest.mark.services, pytest.mark.timeout(240)]

Doc = dict[str, Any]
KINDS = ("payment_intent", "charge", "refund", "payment_method", "event")


def objects_in(value: Any) -> Iterator[Doc]:
    """Every Stripe object, also those inside lists, events and errors."""
    if isinstance(value, list):
        for item in value:
            yield from objects_in(item)
    elif isinstance(value, dict):
        if value.get("object") in KINDS:
            yield value
        for item in value.values():
            yield from objects_in(item)


@pytest.fixture(scope="module")
def answered(exchanges: list[HttpExchange], letters: list[Doc]) -> list[Doc]:
    return [
        *objects_in([exchange.response for exchange in exchanges]),
        *objects_in(letters),
    ]


def test_every_kind_of_object_was_answered(answered: list[Doc]) -> None:
    assert {doc["object"] for doc in answered} == set(KINDS)
    assert {doc["status"] for doc in answered if doc["object"] == "payment_intent"} == {
        "requires_payment_method",
        "requires_confirmation",
        "requires_action",
        "requires_capture",
        "succeeded",
        "canceled",
    }


def test_every_object_keeps_to_stripes_schema_inside_and_out(
    answered: list[Doc], specification: OpenApiSpec
) -> None:
    faults = {
        fault
        for doc in answered
        for fault in specification.iter_violations(
            doc, specification.get_schema(doc["object"]), at=doc["object"]
        )
    }

    assert faults == set()


def test_every_error_keeps_to_stripes_schema(
    exchanges: list[HttpExchange], specification: OpenApiSpec
) -> None:
    errors = [exchange.response for exchange in exchanges if exchange.status >= 400]

    faults = {
        fault
        for error in errors
        for fault in specification.iter_violations(
            error, specification.get_schema("error")
        )
    }

    assert errors
    assert faults == set()


FIXTURES = {
    "payment_intent": "/v1/payment_intents/pi_1",
    "charge": "/v1/charges/ch_1",
    "refund": "/v1/refunds/re_1",
    "payment_method": "/v1/payment_methods/pm_1",
    "event": "/v1/events/evt_1",
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_object_has_each_field_that_stripe_mock_shows(
    kind: str, answered: list[Doc], stripe_mock: httpx.Client
) -> None:
    shown = stripe_mock.get(FIXTURES[kind]).json()

    for doc in answered:
        if doc["object"] == kind:
            assert set(differences(doc, shown)) - OPTIONAL == set()


DIFFERENT_BY_NATURE = {".metadata", ".data.object"}
OPTIONAL = {".refunds"}
"""Stripe itself leaves a charge's refunds out unless they are asked for."""


def differences(ours: Any, theirs: Any, at: str = "") -> Iterator[str]:
    """Where ours lacks a field or has a value of another type; null is any type."""
    if ours is None or theirs is None:
        return
    if type(ours) is not type(theirs):
        yield at
    elif isinstance(ours, dict) and at not in DIFFERENT_BY_NATURE:
        for name in theirs:
            if name in ours:
                yield from differences(ours[name], theirs[name], f"{at}.{name}")
            else:
                yield f"{at}.{name}"


@pytest.mark.parametrize("kind", KINDS)
def test_a_field_removed_or_of_another_type_would_be_noticed(
    kind: str, answered: list[Doc], specification: OpenApiSpec
) -> None:
    """The checks above, broken on purpose."""
    schema = specification.get_schema(kind)
    whole = next(doc for doc in answered if doc["object"] == kind)

    for name in schema["required"]:
        broken = copy.deepcopy(whole)
        del broken[name]
        assert list(specification.iter_violations(broken, schema)) == [
            f".{name}: missing"
        ]
    for name in whole:
        broken = copy.deepcopy(whole) | {name: object}
        assert list(specification.iter_violations(broken, schema)) != []
    misspelt = whole | {"amuont": 1}
    assert list(specification.iter_violations(misspelt, schema)) == [
        ".amuont: Stripe has no such field"
    ]

"""Registry of the supported operations of Stripe's API."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from webapp.devtools.stripe_simulator import (
    intents,
    listing,
    payment_methods,
    refunds,
)
from webapp.devtools.stripe_simulator.context import OperationContext
from webapp.devtools.stripe_simulator.errors import StripeApiError, StripeResult
from webapp.devtools.stripe_simulator.listing import build_list_schema
from webapp.devtools.stripe_simulator.parameters import ParameterSchema, text

Run = Callable[..., StripeResult]


@dataclass(frozen=True)
class StripeOperation:
    method: str
    path: str
    name: str
    params: ParameterSchema
    run: Run

    def match_path(self, segments: list[str]) -> tuple[str, ...] | None:
        """Return the ids in the places of `*`; `None` when the path does not match."""
        pattern = self.path.split("/")
        if len(pattern) != len(segments):
            return None
        pairs = list(zip(pattern, segments, strict=True))
        if any(expected not in {"*", segment} for expected, segment in pairs):
            return None
        return tuple(segment for expected, segment in pairs if expected == "*")


def _retrieve_object(
    kind: str, context: OperationContext, _params: dict[str, Any], object_id: str
) -> StripeResult:
    return StripeResult(200, listing.require_object(context, kind, object_id))


def _retrieve_intent(
    context: OperationContext, _params: dict[str, Any], intent_id: str
) -> StripeResult:
    intent = listing.require_object(
        context, "payment_intent", intent_id, param="intent"
    )
    return StripeResult(200, intent)


def _list_objects(
    kind: str,
    url: str,
    parent: str | None,
    context: OperationContext,
    params: dict[str, Any],
) -> StripeResult:
    owner = params.get(parent) if parent else None
    return listing.list_objects(context, params, kind=kind, url=url, parent=owner)


INTENTS = "/v1/payment_intents"
OPERATIONS = (
    StripeOperation(
        "POST", INTENTS, "payment_intents.create", intents.CREATE, intents.create
    ),
    StripeOperation(
        "GET",
        INTENTS,
        "payment_intents.list",
        build_list_schema(),
        partial(_list_objects, "payment_intent", INTENTS, None),
    ),
    StripeOperation(
        "GET",
        f"{INTENTS}/*",
        "payment_intents.retrieve",
        listing.RETRIEVE,
        _retrieve_intent,
    ),
    StripeOperation(
        "POST", f"{INTENTS}/*", "payment_intents.update", intents.UPDATE, intents.update
    ),
    StripeOperation(
        "POST",
        f"{INTENTS}/*/confirm",
        "payment_intents.confirm",
        intents.CONFIRM,
        intents.confirm,
    ),
    StripeOperation(
        "POST",
        f"{INTENTS}/*/capture",
        "payment_intents.capture",
        intents.CAPTURE,
        intents.capture,
    ),
    StripeOperation(
        "POST",
        f"{INTENTS}/*/cancel",
        "payment_intents.cancel",
        intents.CANCEL,
        intents.cancel,
    ),
    StripeOperation(
        "POST",
        "/v1/payment_methods",
        "payment_methods.create",
        payment_methods.CREATE,
        payment_methods.create,
    ),
    StripeOperation(
        "GET",
        "/v1/payment_methods/*",
        "payment_methods.retrieve",
        payment_methods.RETRIEVE,
        payment_methods.retrieve,
    ),
    StripeOperation(
        "GET",
        "/v1/charges",
        "charges.list",
        build_list_schema(payment_intent=text()),
        partial(_list_objects, "charge", "/v1/charges", "payment_intent"),
    ),
    StripeOperation(
        "GET",
        "/v1/charges/*",
        "charges.retrieve",
        listing.RETRIEVE,
        partial(_retrieve_object, "charge"),
    ),
    StripeOperation(
        "POST", refunds.URL, "refunds.create", refunds.CREATE, refunds.create
    ),
    StripeOperation("GET", refunds.URL, "refunds.list", refunds.LIST, refunds.list_),
    StripeOperation(
        "GET",
        "/v1/refunds/*",
        "refunds.retrieve",
        listing.RETRIEVE,
        partial(_retrieve_object, "refund"),
    ),
    StripeOperation(
        "POST", "/v1/refunds/*", "refunds.update", refunds.UPDATE, refunds.update
    ),
    StripeOperation(
        "GET",
        "/v1/events",
        "events.list",
        build_list_schema(type=text()),
        partial(_list_objects, "event", "/v1/events", "type"),
    ),
    StripeOperation(
        "GET",
        "/v1/events/*",
        "events.retrieve",
        listing.RETRIEVE,
        partial(_retrieve_object, "event"),
    ),
)
OPERATION_NAMES = tuple(operation.name for operation in OPERATIONS)


def find_operation(method: str, path: str) -> tuple[StripeOperation, tuple[str, ...]]:
    segments = path.split("/")
    for operation in OPERATIONS:
        if operation.method == method:
            ids = operation.match_path(segments)
            if ids is not None:
                return operation, ids
    raise StripeApiError(f"Unrecognized request URL ({method}: {path}).", status=404)

"""Which requests of Stripe's API are understood, on one page."""

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
from webapp.devtools.stripe_simulator.calls import Call
from webapp.devtools.stripe_simulator.listing import listed
from webapp.devtools.stripe_simulator.parameters import Shape, text
from webapp.devtools.stripe_simulator.problems import Answer, StripeProblem

Run = Callable[..., Answer]


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    name: str
    params: Shape
    run: Run

    def ids_in(self, segments: list[str]) -> tuple[str, ...] | None:
        """The ids that stand where the path has `*`; None when it is another path."""
        pattern = self.path.split("/")
        if len(pattern) != len(segments):
            return None
        pairs = list(zip(pattern, segments, strict=True))
        if any(want not in {"*", got} for want, got in pairs):
            return None
        return tuple(got for want, got in pairs if want == "*")


def _retrieve(kind: str, call: Call, _params: dict[str, Any], object_id: str) -> Answer:
    return Answer(200, listing.require(call, kind, object_id))


def _retrieve_intent(call: Call, _params: dict[str, Any], intent_id: str) -> Answer:
    intent = listing.require(call, "payment_intent", intent_id, param="intent")
    return Answer(200, intent)


def _list(
    kind: str, url: str, parent: str | None, call: Call, params: dict[str, Any]
) -> Answer:
    owner = params.get(parent) if parent else None
    return listing.page(call, params, kind=kind, url=url, parent=owner)


INTENTS = "/v1/payment_intents"
OPERATIONS = (
    Operation(
        "POST", INTENTS, "payment_intents.create", intents.CREATE, intents.create
    ),
    Operation(
        "GET",
        INTENTS,
        "payment_intents.list",
        listed(),
        partial(_list, "payment_intent", INTENTS, None),
    ),
    Operation(
        "GET",
        f"{INTENTS}/*",
        "payment_intents.retrieve",
        listing.RETRIEVE,
        _retrieve_intent,
    ),
    Operation(
        "POST", f"{INTENTS}/*", "payment_intents.update", intents.UPDATE, intents.update
    ),
    Operation(
        "POST",
        f"{INTENTS}/*/confirm",
        "payment_intents.confirm",
        intents.CONFIRM,
        intents.confirm,
    ),
    Operation(
        "POST",
        f"{INTENTS}/*/capture",
        "payment_intents.capture",
        intents.CAPTURE,
        intents.capture,
    ),
    Operation(
        "POST",
        f"{INTENTS}/*/cancel",
        "payment_intents.cancel",
        intents.CANCEL,
        intents.cancel,
    ),
    Operation(
        "POST",
        "/v1/payment_methods",
        "payment_methods.create",
        payment_methods.CREATE,
        payment_methods.create,
    ),
    Operation(
        "GET",
        "/v1/payment_methods/*",
        "payment_methods.retrieve",
        payment_methods.RETRIEVE,
        payment_methods.retrieve,
    ),
    Operation(
        "GET",
        "/v1/charges",
        "charges.list",
        listed(payment_intent=text()),
        partial(_list, "charge", "/v1/charges", "payment_intent"),
    ),
    Operation(
        "GET",
        "/v1/charges/*",
        "charges.retrieve",
        listing.RETRIEVE,
        partial(_retrieve, "charge"),
    ),
    Operation("POST", refunds.URL, "refunds.create", refunds.CREATE, refunds.create),
    Operation("GET", refunds.URL, "refunds.list", refunds.LIST, refunds.list_),
    Operation(
        "GET",
        "/v1/refunds/*",
        "refunds.retrieve",
        listing.RETRIEVE,
        partial(_retrieve, "refund"),
    ),
    Operation(
        "POST", "/v1/refunds/*", "refunds.update", refunds.UPDATE, refunds.update
    ),
    Operation(
        "GET",
        "/v1/events",
        "events.list",
        listed(type=text()),
        partial(_list, "event", "/v1/events", "type"),
    ),
    Operation(
        "GET",
        "/v1/events/*",
        "events.retrieve",
        listing.RETRIEVE,
        partial(_retrieve, "event"),
    ),
)


def find_operation(method: str, path: str) -> tuple[Operation, tuple[str, ...]]:
    segments = path.split("/")
    for operation in OPERATIONS:
        if operation.method == method:
            ids = operation.ids_in(segments)
            if ids is not None:
                return operation, ids
    raise StripeProblem(f"Unrecognized request URL ({method}: {path}).", status=404)

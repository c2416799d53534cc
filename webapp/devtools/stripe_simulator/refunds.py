"""Refunds: never more than what was taken and not yet given back."""

from typing import Any

from webapp.devtools.stripe_simulator import objects
from webapp.devtools.stripe_simulator.calls import Call
from webapp.devtools.stripe_simulator.listing import listed, page, require
from webapp.devtools.stripe_simulator.parameters import (
    Shape,
    choice,
    integer,
    listing,
    metadata,
    text,
)
from webapp.devtools.stripe_simulator.problems import Answer, Doc, StripeProblem

CREATE = Shape(
    {
        "amount": integer(minimum=1),
        "charge": text(),
        "expand": listing(text()),
        "metadata": metadata,
        "payment_intent": text(),
        "reason": choice("duplicate", "fraudulent", "requested_by_customer"),
    }
)
UPDATE = Shape({"expand": listing(text()), "metadata": metadata})
LIST = listed(charge=text(), payment_intent=text())
URL = "/v1/refunds"


def create(call: Call, params: dict[str, Any]) -> Answer:
    charge = _charge(call, params)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = params.get("amount", left)
    _refuse_too_much(charge, amount, left)
    refund = objects.refund(
        charge,
        amount=amount,
        reason=params.get("reason"),
        metadata=params.get("metadata", {}),
        now=call.now,
    )
    call.books.add(refund, parent=charge["id"])
    previous = {name: charge[name] for name in ("amount_refunded", "refunded")}
    charge["amount_refunded"] += amount
    charge["refunded"] = amount == left
    call.books.save(charge)
    call.emit("charge.refunded", charge, previous=previous)
    call.emit("refund.created", refund)
    return Answer(200, refund)


def list_(call: Call, params: dict[str, Any]) -> Answer:
    """All, or those of a charge or of an intent: its last charge is the one that was paid."""
    charge_id = params.get("charge")
    if "payment_intent" in params:
        intent_id = params["payment_intent"]
        intent = require(call, "payment_intent", intent_id, param="payment_intent")
        charge_id = intent["latest_charge"] or intent_id
    return page(call, params, kind="refund", url=URL, parent=charge_id)


def fail(call: Call, refund_id: str) -> Doc:
    """The bank sends the money back to the shop, as it may days later."""
    refund = require(call, "refund", refund_id)
    previous = {"status": refund["status"]}
    refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
    call.books.save(refund)
    charge = require(call, "charge", refund["charge"])
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    call.books.save(charge)
    for kind in ("charge.refund.updated", "refund.updated", "refund.failed"):
        call.emit(kind, refund, previous=previous)
    return refund


def update(call: Call, params: dict[str, Any], refund_id: str) -> Answer:
    refund = require(call, "refund", refund_id)
    previous = {"metadata": refund["metadata"]}
    notes = refund["metadata"] | params.get("metadata", {})
    refund["metadata"] = {key: value for key, value in notes.items() if value}
    call.books.save(refund)
    for kind in ("charge.refund.updated", "refund.updated"):
        call.emit(kind, refund, previous=previous)
    return Answer(200, refund)


def _charge(call: Call, params: dict[str, Any]) -> Doc:
    if ("charge" in params) == ("payment_intent" in params):
        raise StripeProblem(
            "Give either the charge or the payment_intent to refund",
            code="parameter_missing",
            param="charge",
        )
    if "charge" in params:
        return _taken(require(call, "charge", params["charge"], param="charge"))
    intent_id = params["payment_intent"]
    intent = require(call, "payment_intent", intent_id, param="payment_intent")
    if intent["latest_charge"] is None:
        raise _nothing_taken(intent_id)
    return _taken(require(call, "charge", intent["latest_charge"]))


def _taken(charge: Doc) -> Doc:
    if not charge["captured"]:
        raise _nothing_taken(charge["payment_intent"])
    return charge


def _nothing_taken(intent_id: str) -> StripeProblem:
    return StripeProblem(
        f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.",
        param="payment_intent",
    )


def _refuse_too_much(charge: Doc, amount: int, left: int) -> None:
    if left == 0:
        raise StripeProblem(
            f"Charge {charge['id']} has already been refunded.",
            code="charge_already_refunded",
            param="charge",
        )
    if amount > left:
        raise StripeProblem(
            f"Refund amount ({amount}) is greater than what is left of the charge "
            f"({left}), in {charge['currency']}'s smallest unit.",
            param="amount",
        )

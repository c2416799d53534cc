"""Refunds: never more than what was taken and not yet given back."""

from typing import Any

from webapp.devtools.stripe_simulator import objects
from webapp.devtools.stripe_simulator.context import OperationContext
from webapp.devtools.stripe_simulator.errors import Doc, StripeApiError, StripeResult
from webapp.devtools.stripe_simulator.listing import (
    build_list_schema,
    list_objects,
    require_object,
)
from webapp.devtools.stripe_simulator.parameters import (
    ParameterSchema,
    array,
    choice,
    integer,
    metadata,
    text,
)

CREATE = ParameterSchema(
    {
        "amount": integer(minimum=1),
        "charge": text(),
        "expand": array(text()),
        "metadata": metadata,
        "payment_intent": text(),
        "reason": choice("duplicate", "fraudulent", "requested_by_customer"),
    }
)
UPDATE = ParameterSchema({"expand": array(text()), "metadata": metadata})
LIST = build_list_schema(charge=text(), payment_intent=text())
URL = "/v1/refunds"


def create(call: OperationContext, params: dict[str, Any]) -> StripeResult:
    charge = _charge(call, params)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = params.get("amount", left)
    _refuse_too_much(charge, amount, left)
    refund = objects.build_refund(
        charge,
        amount=amount,
        reason=params.get("reason"),
        metadata=params.get("metadata", {}),
        now=call.now,
    )
    call.repository.insert_object(refund, parent=charge["id"])
    previous = {name: charge[name] for name in ("amount_refunded", "refunded")}
    charge["amount_refunded"] += amount
    charge["refunded"] = amount == left
    call.repository.update_object(charge)
    call.emit_event("charge.refunded", charge, previous=previous)
    call.emit_event("refund.created", refund)
    return StripeResult(200, refund)


def list_(call: OperationContext, params: dict[str, Any]) -> StripeResult:
    """All, or those of a charge or of an intent: its last charge is the one that was paid."""
    charge_id = params.get("charge")
    if "payment_intent" in params:
        intent_id = params["payment_intent"]
        intent = require_object(
            call, "payment_intent", intent_id, param="payment_intent"
        )
        charge_id = intent["latest_charge"] or intent_id
    return list_objects(call, params, kind="refund", url=URL, parent=charge_id)


def fail(call: OperationContext, refund_id: str) -> Doc:
    """The bank sends the money back to the shop, as it may days later."""
    refund = require_object(call, "refund", refund_id)
    previous = {"status": refund["status"]}
    refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
    call.repository.update_object(refund)
    charge = require_object(call, "charge", refund["charge"])
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    call.repository.update_object(charge)
    for kind in ("charge.refund.updated", "refund.updated", "refund.failed"):
        call.emit_event(kind, refund, previous=previous)
    return refund


def update(
    call: OperationContext, params: dict[str, Any], refund_id: str
) -> StripeResult:
    refund = require_object(call, "refund", refund_id)
    previous = {"metadata": refund["metadata"]}
    notes = refund["metadata"] | params.get("metadata", {})
    refund["metadata"] = {key: value for key, value in notes.items() if value}
    call.repository.update_object(refund)
    for kind in ("charge.refund.updated", "refund.updated"):
        call.emit_event(kind, refund, previous=previous)
    return StripeResult(200, refund)


def _charge(call: OperationContext, params: dict[str, Any]) -> Doc:
    if ("charge" in params) == ("payment_intent" in params):
        raise StripeApiError(
            "Give either the charge or the payment_intent to refund",
            code="parameter_missing",
            param="charge",
        )
    if "charge" in params:
        return _taken(require_object(call, "charge", params["charge"], param="charge"))
    intent_id = params["payment_intent"]
    intent = require_object(call, "payment_intent", intent_id, param="payment_intent")
    if intent["latest_charge"] is None:
        raise _nothing_taken(intent_id)
    return _taken(require_object(call, "charge", intent["latest_charge"]))


def _taken(charge: Doc) -> Doc:
    if not charge["captured"]:
        raise _nothing_taken(charge["payment_intent"])
    return charge


def _nothing_taken(intent_id: str) -> StripeApiError:
    return StripeApiError(
        f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.",
        param="payment_intent",
    )


def _refuse_too_much(charge: Doc, amount: int, left: int) -> None:
    if left == 0:
        raise StripeApiError(
            f"Charge {charge['id']} has already been refunded.",
            code="charge_already_refunded",
            param="charge",
        )
    if amount > left:
        raise StripeApiError(
            f"Refund amount ({amount}) is greater than what is left of the charge "
            f"({left}), in {charge['currency']}'s smallest unit.",
            param="amount",
        )

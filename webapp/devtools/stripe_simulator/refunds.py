"""Refunds: never more than what was captured and not yet refunded."""

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


def create(context: OperationContext, params: dict[str, Any]) -> StripeResult:
    charge = _find_charge(context, params)
    remaining = charge["amount_captured"] - charge["amount_refunded"]
    amount = params.get("amount", remaining)
    _check_refund_amount(charge, amount, remaining)
    refund = objects.build_refund(
        charge,
        amount=amount,
        reason=params.get("reason"),
        metadata=params.get("metadata", {}),
        now=context.now,
    )
    context.repository.insert_object(refund, parent=charge["id"])
    previous = {name: charge[name] for name in ("amount_refunded", "refunded")}
    charge["amount_refunded"] += amount
    charge["refunded"] = amount == remaining
    context.repository.update_object(charge)
    context.emit_event("charge.refunded", charge, previous=previous)
    context.emit_event("refund.created", refund)
    return StripeResult(200, refund)


def list_(context: OperationContext, params: dict[str, Any]) -> StripeResult:
    """List all refunds, or those of a charge or of an intent's latest charge (the paid one)."""
    charge_id = params.get("charge")
    if "payment_intent" in params:
        intent_id = params["payment_intent"]
        intent = require_object(
            context, "payment_intent", intent_id, param="payment_intent"
        )
        charge_id = intent["latest_charge"] or intent_id
    return list_objects(context, params, kind="refund", url=URL, parent=charge_id)


def fail_refund(context: OperationContext, refund_id: str) -> Doc:
    """Fail a refund: the bank returns the money to the shop, as it may days later."""
    refund = require_object(context, "refund", refund_id)
    previous = {"status": refund["status"]}
    refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
    context.repository.update_object(refund)
    charge = require_object(context, "charge", refund["charge"])
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    context.repository.update_object(charge)
    for kind in ("charge.refund.updated", "refund.updated", "refund.failed"):
        context.emit_event(kind, refund, previous=previous)
    return refund


def update(
    context: OperationContext, params: dict[str, Any], refund_id: str
) -> StripeResult:
    refund = require_object(context, "refund", refund_id)
    previous = {"metadata": refund["metadata"]}
    merged = refund["metadata"] | params.get("metadata", {})
    refund["metadata"] = {key: value for key, value in merged.items() if value}
    context.repository.update_object(refund)
    for kind in ("charge.refund.updated", "refund.updated"):
        context.emit_event(kind, refund, previous=previous)
    return StripeResult(200, refund)


def _find_charge(context: OperationContext, params: dict[str, Any]) -> Doc:
    if ("charge" in params) == ("payment_intent" in params):
        raise StripeApiError(
            "Give either the charge or the payment_intent to refund",
            code="parameter_missing",
            param="charge",
        )
    if "charge" in params:
        return _require_captured(
            require_object(context, "charge", params["charge"], param="charge")
        )
    intent_id = params["payment_intent"]
    intent = require_object(
        context, "payment_intent", intent_id, param="payment_intent"
    )
    if intent["latest_charge"] is None:
        raise _nothing_captured_error(intent_id)
    return _require_captured(require_object(context, "charge", intent["latest_charge"]))


def _require_captured(charge: Doc) -> Doc:
    if not charge["captured"]:
        raise _nothing_captured_error(charge["payment_intent"])
    return charge


def _nothing_captured_error(intent_id: str) -> StripeApiError:
    return StripeApiError(
        f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.",
        param="payment_intent",
    )


def _check_refund_amount(charge: Doc, amount: int, remaining: int) -> None:
    if remaining == 0:
        raise StripeApiError(
            f"Charge {charge['id']} has already been refunded.",
            code="charge_already_refunded",
            param="charge",
        )
    if amount > remaining:
        raise StripeApiError(
            f"Refund amount ({amount}) is greater than what is left of the charge "
            f"({remaining}), in {charge['currency']}'s smallest unit.",
            param="amount",
        )

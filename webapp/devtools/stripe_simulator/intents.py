"""PaymentIntents: the requests that change their state, and the states that allow each."""

from typing import Any

from webapp.devtools.stripe_simulator import objects, transitions
from webapp.devtools.stripe_simulator.context import OperationContext
from webapp.devtools.stripe_simulator.errors import Doc, StripeApiError, StripeResult
from webapp.devtools.stripe_simulator.listing import require_object
from webapp.devtools.stripe_simulator.parameters import (
    ParameterSchema,
    array,
    boolean,
    choice,
    email,
    integer,
    metadata,
    nested_object,
    text,
    url,
)
from webapp.devtools.stripe_simulator.payment_methods import load_card, require_method
from webapp.devtools.stripe_simulator.validation import (
    check_amount,
    check_return_url,
    parse_currency,
    reject_confirm_only_params,
    set_payment_method_types,
)

OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")

_AUTOMATIC = ParameterSchema(
    {"enabled": boolean, "allow_redirects": choice("always", "never")},
    required=("enabled",),
)
_COMMON = {
    "description": text(max_length=1000),
    "expand": array(text()),
    "metadata": metadata,
    "payment_method": text(),
    "receipt_email": email,
    "statement_descriptor_suffix": text(max_length=22),
}
_CONFIRMING = {
    "error_on_requires_action": boolean,
    "off_session": boolean,
    "return_url": url,
    "use_stripe_sdk": boolean,
}
CREATE = ParameterSchema(
    {
        **_COMMON,
        **_CONFIRMING,
        "allowed_payment_method_types": array(text()),
        "amount": integer(minimum=1),
        "automatic_payment_methods": nested_object(_AUTOMATIC),
        "capture_method": choice("automatic", "automatic_async", "manual"),
        "confirm": boolean,
        "confirmation_method": choice("automatic"),
        "currency": text(),
    },
    required=("amount", "currency"),
)
UPDATE = ParameterSchema({**_COMMON, "amount": integer(minimum=1)})
CONFIRM = ParameterSchema(
    {
        **_CONFIRMING,
        "expand": array(text()),
        "payment_method": text(),
        "receipt_email": email,
    }
)
CAPTURE = ParameterSchema(
    {
        "amount_to_capture": integer(minimum=1),
        "expand": array(text()),
        "metadata": metadata,
    }
)
CANCEL = ParameterSchema(
    {
        "cancellation_reason": choice(
            "duplicate", "fraudulent", "requested_by_customer", "abandoned"
        ),
        "expand": array(text()),
    }
)


def create(context: OperationContext, params: dict[str, Any]) -> StripeResult:
    intent = objects.build_payment_intent(
        amount=params["amount"],
        currency=parse_currency(params["currency"]),
        now=context.now,
    )
    check_amount(intent["amount"], intent["currency"])
    set_payment_method_types(intent, params)
    if not params.get("confirm"):
        reject_confirm_only_params(params)
    intent["capture_method"] = params.get("capture_method", "automatic_async")
    context.repository.insert_object(intent)
    _set_common_fields(context, intent, params)
    context.repository.update_object(intent)
    context.emit_event("payment_intent.created", intent)
    return (
        _pay_intent(context, intent, params)
        if params.get("confirm")
        else StripeResult(200, intent)
    )


def update(
    context: OperationContext, params: dict[str, Any], intent_id: str
) -> StripeResult:
    intent = _require_open(context, intent_id, "updated")
    if "amount" in params:
        check_amount(params["amount"], intent["currency"])
        intent["amount"] = params["amount"]
    _set_common_fields(context, intent, params)
    context.repository.update_object(intent)
    return StripeResult(200, intent)


def confirm(
    context: OperationContext, params: dict[str, Any], intent_id: str
) -> StripeResult:
    intent = _require_open(context, intent_id, "confirmed")
    _set_common_fields(context, intent, params)
    return _pay_intent(context, intent, params)


def capture(
    context: OperationContext, params: dict[str, Any], intent_id: str
) -> StripeResult:
    intent = require_object(context, "payment_intent", intent_id, param="intent")
    if intent["status"] != "requires_capture":
        raise _unexpected_state_error(intent, "captured", ("requires_capture",))
    amount: int = params.get("amount_to_capture") or intent["amount_capturable"]
    if amount > intent["amount_capturable"]:
        raise StripeApiError(
            "The amount to capture is greater than the amount that was authorized",
            code="amount_too_large",
            param="amount_to_capture",
        )
    intent["metadata"] = _merge_metadata(intent["metadata"], params)
    charge = require_object(context, "charge", intent["latest_charge"])
    transitions.capture_charge(context, intent, charge, amount)
    return StripeResult(200, intent)


def cancel(
    context: OperationContext, params: dict[str, Any], intent_id: str
) -> StripeResult:
    intent = require_object(context, "payment_intent", intent_id, param="intent")
    allowed = (*OPEN, "requires_capture")
    if intent["status"] not in allowed:
        raise _unexpected_state_error(intent, "canceled", allowed)
    transitions.cancel_intent(context, intent, params.get("cancellation_reason"))
    return StripeResult(200, intent)


def authenticate(context: OperationContext, intent_id: str, *, succeeds: bool) -> Doc:
    """Complete or fail 3-D Secure, as the customer does on the bank's page."""
    intent = require_object(context, "payment_intent", intent_id, param="intent")
    if intent["status"] != "requires_action":
        raise _unexpected_state_error(intent, "authenticated", ("requires_action",))
    method = require_object(context, "payment_method", intent["payment_method"])
    if succeeds:
        transitions.charge_card(context, intent, method, load_card(context, method))
    else:
        transitions.fail_authentication(context, intent, method)
    return intent


def _pay_intent(
    context: OperationContext, intent: Doc, params: dict[str, Any]
) -> StripeResult:
    if intent["payment_method"] is None:
        raise StripeApiError(
            "This PaymentIntent has no payment method to be confirmed with",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
    check_return_url(intent, params)
    method = require_object(context, "payment_method", intent["payment_method"])
    context.repository.update_hidden(
        intent["id"], {"return_url": params.get("return_url")}
    )
    return transitions.attempt_payment(
        context,
        intent,
        method,
        off_session=params.get("off_session", False),
        error_on_action=params.get("error_on_requires_action", False),
    )


def _set_common_fields(
    context: OperationContext, intent: Doc, params: dict[str, Any]
) -> None:
    """Set the fields that create, update and confirm requests have in common."""
    for name in ("description", "receipt_email", "statement_descriptor_suffix"):
        intent[name] = params.get(name, intent[name])
    intent["metadata"] = _merge_metadata(intent["metadata"], params)
    if "payment_method" in params:
        method = require_method(
            context, params["payment_method"], param="payment_method"
        )
        intent["payment_method"] = method["id"]
        intent["status"] = "requires_confirmation"


def _merge_metadata(metadata: dict[str, str], params: dict[str, Any]) -> dict[str, str]:
    merged = metadata | params.get("metadata", {})
    return {key: value for key, value in merged.items() if value}


def _require_open(context: OperationContext, intent_id: str, action: str) -> Doc:
    intent = require_object(context, "payment_intent", intent_id, param="intent")
    if intent["status"] not in OPEN:
        raise _unexpected_state_error(intent, action, OPEN)
    return intent


def _unexpected_state_error(
    intent: Doc, action: str, allowed: tuple[str, ...]
) -> StripeApiError:
    return StripeApiError(
        f"This PaymentIntent could not be {action} because it has a status of "
        f"{intent['status']}. Only one with a status of {' or '.join(allowed)} may be "
        f"{action}.",
        code="payment_intent_unexpected_state",
        payment_intent=intent,
    )

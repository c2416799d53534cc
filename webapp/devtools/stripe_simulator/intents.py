"""PaymentIntents: the requests that move them, and when each is allowed."""

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


def create(call: OperationContext, params: dict[str, Any]) -> StripeResult:
    intent = objects.build_payment_intent(
        amount=params["amount"],
        currency=parse_currency(params["currency"]),
        now=call.now,
    )
    check_amount(intent["amount"], intent["currency"])
    set_payment_method_types(intent, params)
    if not params.get("confirm"):
        reject_confirm_only_params(params)
    intent["capture_method"] = params.get("capture_method", "automatic_async")
    call.repository.insert_object(intent)
    _describe(call, intent, params)
    call.repository.update_object(intent)
    call.emit_event("payment_intent.created", intent)
    return (
        _pay(call, intent, params)
        if params.get("confirm")
        else StripeResult(200, intent)
    )


def update(
    call: OperationContext, params: dict[str, Any], intent_id: str
) -> StripeResult:
    intent = _require_open(call, intent_id, "updated")
    if "amount" in params:
        check_amount(params["amount"], intent["currency"])
        intent["amount"] = params["amount"]
    _describe(call, intent, params)
    call.repository.update_object(intent)
    return StripeResult(200, intent)


def confirm(
    call: OperationContext, params: dict[str, Any], intent_id: str
) -> StripeResult:
    intent = _require_open(call, intent_id, "confirmed")
    _describe(call, intent, params)
    return _pay(call, intent, params)


def capture(
    call: OperationContext, params: dict[str, Any], intent_id: str
) -> StripeResult:
    intent = require_object(call, "payment_intent", intent_id, param="intent")
    if intent["status"] != "requires_capture":
        raise _unexpected(intent, "captured", ("requires_capture",))
    amount: int = params.get("amount_to_capture") or intent["amount_capturable"]
    if amount > intent["amount_capturable"]:
        raise StripeApiError(
            "The amount to capture is greater than the amount that was authorised",
            code="amount_too_large",
            param="amount_to_capture",
        )
    intent["metadata"] = _merged(intent["metadata"], params)
    charge = require_object(call, "charge", intent["latest_charge"])
    transitions.capture_charge(call, intent, charge, amount)
    return StripeResult(200, intent)


def cancel(
    call: OperationContext, params: dict[str, Any], intent_id: str
) -> StripeResult:
    intent = require_object(call, "payment_intent", intent_id, param="intent")
    allowed = (*OPEN, "requires_capture")
    if intent["status"] not in allowed:
        raise _unexpected(intent, "canceled", allowed)
    transitions.cancel_intent(call, intent, params.get("cancellation_reason"))
    return StripeResult(200, intent)


def authenticate(call: OperationContext, intent_id: str, *, succeeds: bool) -> Doc:
    """The customer answers their bank on the 3-D Secure page."""
    intent = require_object(call, "payment_intent", intent_id, param="intent")
    if intent["status"] != "requires_action":
        raise _unexpected(intent, "authenticated", ("requires_action",))
    method = require_object(call, "payment_method", intent["payment_method"])
    if succeeds:
        transitions.charge_card(call, intent, method, load_card(call, method))
    else:
        transitions.fail_authentication(call, intent, method)
    return intent


def _pay(call: OperationContext, intent: Doc, params: dict[str, Any]) -> StripeResult:
    if intent["payment_method"] is None:
        raise StripeApiError(
            "This PaymentIntent has no payment method to be confirmed with",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
    check_return_url(intent, params)
    method = require_object(call, "payment_method", intent["payment_method"])
    call.repository.update_hidden(
        intent["id"], {"return_url": params.get("return_url")}
    )
    return transitions.attempt_payment(
        call,
        intent,
        method,
        off_session=params.get("off_session", False),
        error_on_action=params.get("error_on_requires_action", False),
    )


def _describe(call: OperationContext, intent: Doc, params: dict[str, Any]) -> None:
    """What may be said of an intent when it is made and later."""
    for name in ("description", "receipt_email", "statement_descriptor_suffix"):
        intent[name] = params.get(name, intent[name])
    intent["metadata"] = _merged(intent["metadata"], params)
    if "payment_method" in params:
        method = require_method(call, params["payment_method"], param="payment_method")
        intent["payment_method"] = method["id"]
        intent["status"] = "requires_confirmation"


def _merged(notes: dict[str, str], params: dict[str, Any]) -> dict[str, str]:
    merged = notes | params.get("metadata", {})
    return {key: value for key, value in merged.items() if value}


def _require_open(call: OperationContext, intent_id: str, deed: str) -> Doc:
    intent = require_object(call, "payment_intent", intent_id, param="intent")
    if intent["status"] not in OPEN:
        raise _unexpected(intent, deed, OPEN)
    return intent


def _unexpected(intent: Doc, deed: str, allowed: tuple[str, ...]) -> StripeApiError:
    return StripeApiError(
        f"This PaymentIntent could not be {deed} because it has a status of "
        f"{intent['status']}. Only one with a status of {' or '.join(allowed)} may be "
        f"{deed}.",
        code="payment_intent_unexpected_state",
        payment_intent=intent,
    )

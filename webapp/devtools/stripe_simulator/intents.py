"""PaymentIntents: the requests that move them, and when each is allowed."""

from typing import Any

from webapp.devtools.stripe_simulator import objects, settlement
from webapp.devtools.stripe_simulator.calls import Call
from webapp.devtools.stripe_simulator.listing import require
from webapp.devtools.stripe_simulator.parameters import (
    Shape,
    choice,
    email,
    flag,
    group,
    integer,
    listing,
    metadata,
    text,
    url,
)
from webapp.devtools.stripe_simulator.payment_methods import card_of, require_method
from webapp.devtools.stripe_simulator.problems import Answer, Doc, StripeProblem
from webapp.devtools.stripe_simulator.terms import (
    check_amount,
    check_return,
    choose_methods,
    refuse_without_confirm,
    require_currency,
)

OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")

_AUTOMATIC = Shape(
    {"enabled": flag, "allow_redirects": choice("always", "never")},
    required=("enabled",),
)
_COMMON = {
    "description": text(max_length=1000),
    "expand": listing(text()),
    "metadata": metadata,
    "payment_method": text(),
    "receipt_email": email,
    "statement_descriptor_suffix": text(max_length=22),
}
_CONFIRMING = {
    "error_on_requires_action": flag,
    "off_session": flag,
    "return_url": url,
    "use_stripe_sdk": flag,
}
CREATE = Shape(
    {
        **_COMMON,
        **_CONFIRMING,
        "allowed_payment_method_types": listing(text()),
        "amount": integer(minimum=1),
        "automatic_payment_methods": group(_AUTOMATIC),
        "capture_method": choice("automatic", "automatic_async", "manual"),
        "confirm": flag,
        "confirmation_method": choice("automatic"),
        "currency": text(),
    },
    required=("amount", "currency"),
)
UPDATE = Shape({**_COMMON, "amount": integer(minimum=1)})
CONFIRM = Shape(
    {
        **_CONFIRMING,
        "expand": listing(text()),
        "payment_method": text(),
        "receipt_email": email,
    }
)
CAPTURE = Shape(
    {
        "amount_to_capture": integer(minimum=1),
        "expand": listing(text()),
        "metadata": metadata,
    }
)
CANCEL = Shape(
    {
        "cancellation_reason": choice(
            "duplicate", "fraudulent", "requested_by_customer", "abandoned"
        ),
        "expand": listing(text()),
    }
)


def create(call: Call, params: dict[str, Any]) -> Answer:
    intent = objects.payment_intent(
        amount=params["amount"],
        currency=require_currency(params["currency"]),
        now=call.now,
    )
    check_amount(intent["amount"], intent["currency"])
    choose_methods(intent, params)
    if not params.get("confirm"):
        refuse_without_confirm(params)
    intent["capture_method"] = params.get("capture_method", "automatic_async")
    call.books.add(intent)
    _describe(call, intent, params)
    call.books.save(intent)
    call.emit("payment_intent.created", intent)
    return _pay(call, intent, params) if params.get("confirm") else Answer(200, intent)


def update(call: Call, params: dict[str, Any], intent_id: str) -> Answer:
    intent = _require_open(call, intent_id, "updated")
    if "amount" in params:
        check_amount(params["amount"], intent["currency"])
        intent["amount"] = params["amount"]
    _describe(call, intent, params)
    call.books.save(intent)
    return Answer(200, intent)


def confirm(call: Call, params: dict[str, Any], intent_id: str) -> Answer:
    intent = _require_open(call, intent_id, "confirmed")
    _describe(call, intent, params)
    return _pay(call, intent, params)


def capture(call: Call, params: dict[str, Any], intent_id: str) -> Answer:
    intent = require(call, "payment_intent", intent_id, param="intent")
    if intent["status"] != "requires_capture":
        raise _unexpected(intent, "captured", ("requires_capture",))
    amount: int = params.get("amount_to_capture") or intent["amount_capturable"]
    if amount > intent["amount_capturable"]:
        raise StripeProblem(
            "The amount to capture is greater than the amount that was authorised",
            code="amount_too_large",
            param="amount_to_capture",
        )
    intent["metadata"] = _merged(intent["metadata"], params)
    charge = require(call, "charge", intent["latest_charge"])
    settlement.capture(call, intent, charge, amount)
    return Answer(200, intent)


def cancel(call: Call, params: dict[str, Any], intent_id: str) -> Answer:
    intent = require(call, "payment_intent", intent_id, param="intent")
    allowed = (*OPEN, "requires_capture")
    if intent["status"] not in allowed:
        raise _unexpected(intent, "canceled", allowed)
    settlement.release(call, intent, params.get("cancellation_reason"))
    return Answer(200, intent)


def authenticate(call: Call, intent_id: str, *, succeeds: bool) -> Doc:
    """The customer answers their bank on the 3-D Secure page."""
    intent = require(call, "payment_intent", intent_id, param="intent")
    if intent["status"] != "requires_action":
        raise _unexpected(intent, "authenticated", ("requires_action",))
    method = require(call, "payment_method", intent["payment_method"])
    if succeeds:
        settlement.settle(call, intent, method, card_of(call, method))
    else:
        settlement.fail_authentication(call, intent, method)
    return intent


def _pay(call: Call, intent: Doc, params: dict[str, Any]) -> Answer:
    if intent["payment_method"] is None:
        raise StripeProblem(
            "This PaymentIntent has no payment method to be confirmed with",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
    check_return(intent, params)
    method = require(call, "payment_method", intent["payment_method"])
    call.books.hide(intent["id"], {"return_url": params.get("return_url")})
    return settlement.attempt(
        call,
        intent,
        method,
        off_session=params.get("off_session", False),
        error_on_action=params.get("error_on_requires_action", False),
    )


def _describe(call: Call, intent: Doc, params: dict[str, Any]) -> None:
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


def _require_open(call: Call, intent_id: str, deed: str) -> Doc:
    intent = require(call, "payment_intent", intent_id, param="intent")
    if intent["status"] not in OPEN:
        raise _unexpected(intent, deed, OPEN)
    return intent


def _unexpected(intent: Doc, deed: str, allowed: tuple[str, ...]) -> StripeProblem:
    return StripeProblem(
        f"This PaymentIntent could not be {deed} because it has a status of "
        f"{intent['status']}. Only one with a status of {' or '.join(allowed)} may be "
        f"{deed}.",
        code="payment_intent_unexpected_state",
        payment_intent=intent,
    )

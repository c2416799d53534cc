"""What happens to the money: an attempt on a card, and how it ends.

Each function moves an intent to its next state, saves it and emits Stripe's events in
Stripe's order: the charge first, then the intent.
"""

from webapp.devtools.stripe_simulator import objects
from webapp.devtools.stripe_simulator.cards import (
    AUTHENTICATION_REQUIRED,
    AuthenticationRequirement,
    Card,
    Decline,
)
from webapp.devtools.stripe_simulator.context import OperationContext
from webapp.devtools.stripe_simulator.errors import (
    Doc,
    StripeApiError,
    StripeResult,
    error_object,
)
from webapp.devtools.stripe_simulator.payment_methods import load_card


def attempt_payment(
    call: OperationContext,
    intent: Doc,
    method: Doc,
    *,
    off_session: bool,
    error_on_action: bool,
) -> StripeResult:
    """Try to pay with this card: paid, declined, or the customer is asked first."""
    _refuse_used(call, method)
    card = load_card(call, method)
    away_is_fine = (
        card.authentication is AuthenticationRequirement.ON_SESSION and off_session
    )
    if card.authentication is AuthenticationRequirement.NEVER or away_is_fine:
        return charge_card(call, intent, method, card)
    if off_session or error_on_action:
        return decline(call, intent, method, card, AUTHENTICATION_REQUIRED)
    return _ask_customer(call, intent, method)


def charge_card(
    call: OperationContext, intent: Doc, method: Doc, card: Card
) -> StripeResult:
    if card.decline is not None:
        return decline(call, intent, method, card, card.decline)
    charge = objects.build_charge(intent, method, card, decline=None, now=call.now)
    call.repository.insert_object(charge, parent=intent["id"])
    call.repository.update_hidden(method["id"], {"number": card.number, "used": True})
    intent |= {
        "last_payment_error": None,
        "latest_charge": charge["id"],
        "next_action": None,
        "payment_method": method["id"],
    }
    call.emit_event("charge.succeeded", charge)
    if charge["captured"]:
        intent |= {"amount_received": intent["amount"], "status": "succeeded"}
        _move(call, intent, "payment_intent.succeeded")
    else:
        intent |= {"amount_capturable": intent["amount"], "status": "requires_capture"}
        _move(call, intent, "payment_intent.amount_capturable_updated")
    return StripeResult(200, intent)


def decline(
    call: OperationContext, intent: Doc, method: Doc, card: Card, reason: Decline
) -> StripeResult:
    """A 402 that keeps what it did: the failed charge, and the intent open again."""
    charge = objects.build_charge(intent, method, card, decline=reason, now=call.now)
    call.repository.insert_object(charge, parent=intent["id"])
    error = error_object(
        reason.message, kind="card_error", code=reason.code, param=reason.param
    )
    error |= {"charge": charge["id"], "decline_code": reason.decline_code}
    if reason.advice is not None:
        error["advice_code"] = reason.advice
    intent["latest_charge"] = charge["id"]
    call.emit_event("charge.failed", charge)
    return _reopen(call, intent, method, error)


def fail_authentication(call: OperationContext, intent: Doc, method: Doc) -> None:
    """The customer did not prove who they are: nothing reached the bank."""
    error = error_object(
        "We are unable to authenticate your payment method. "
        "Please choose a different payment method and try again.",
        kind="invalid_request_error",
        code="payment_intent_authentication_failure",
    )
    _reopen(call, intent, method, error)


def cancel_intent(call: OperationContext, intent: Doc, reason: str | None) -> None:
    intent |= {
        "amount_capturable": 0,
        "canceled_at": call.now,
        "cancellation_reason": reason,
        "next_action": None,
        "status": "canceled",
    }
    _move(call, intent, "payment_intent.canceled")


def capture_charge(
    call: OperationContext, intent: Doc, charge: Doc, amount: int
) -> None:
    """Take an authorised amount, or part of it; the rest of it is let go."""
    charge |= {"amount_captured": amount, "captured": True}
    call.repository.update_object(charge)
    intent |= {"amount_capturable": 0, "amount_received": amount, "status": "succeeded"}
    call.emit_event("charge.captured", charge)
    _move(call, intent, "payment_intent.succeeded")


def _ask_customer(call: OperationContext, intent: Doc, method: Doc) -> StripeResult:
    page = f"{call.address}/3ds/{intent['id']}"
    back = call.repository.read_hidden("payment_intent", intent["id"]).get("return_url")
    if back is not None:
        action: Doc = {
            "redirect_to_url": {"return_url": back, "url": page},
            "type": "redirect_to_url",
        }
    else:
        action = {
            "type": "use_stripe_sdk",
            "use_stripe_sdk": {"stripe_js": page, "type": "three_d_secure_redirect"},
        }
    intent |= {
        "next_action": action,
        "payment_method": method["id"],
        "status": "requires_action",
    }
    _move(call, intent, "payment_intent.requires_action")
    return StripeResult(200, intent)


def _reopen(
    call: OperationContext, intent: Doc, method: Doc, error: Doc
) -> StripeResult:
    intent |= {
        "last_payment_error": error | {"payment_method": method},
        "next_action": None,
        "payment_method": None,
        "status": "requires_payment_method",
    }
    _move(call, intent, "payment_intent.payment_failed")
    whole = error | {"payment_intent": intent, "payment_method": method}
    return StripeResult(402, {"error": whole})


def _move(call: OperationContext, intent: Doc, event: str) -> None:
    call.repository.update_object(intent)
    call.emit_event(event, intent)


def _refuse_used(call: OperationContext, method: Doc) -> None:
    if call.repository.read_hidden("payment_method", method["id"])["used"]:
        raise StripeApiError(
            f"The PaymentMethod {method['id']} has paid before without belonging to a "
            "customer, and may not be used again.",
            param="payment_method",
        )

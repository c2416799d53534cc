"""State transitions of PaymentIntents: charge, decline, authentication, capture, cancellation.

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
    build_error_object,
)
from webapp.devtools.stripe_simulator.payment_methods import load_card


def attempt_payment(
    context: OperationContext,
    intent: Doc,
    method: Doc,
    *,
    off_session: bool,
    error_on_action: bool,
) -> StripeResult:
    """Charge the card, decline it, or require authentication by the customer first."""
    _reject_used(context, method)
    card = load_card(context, method)
    is_off_session_allowed = (
        card.authentication is AuthenticationRequirement.ON_SESSION and off_session
    )
    if card.authentication is AuthenticationRequirement.NEVER or is_off_session_allowed:
        return charge_card(context, intent, method, card)
    if off_session or error_on_action:
        return decline_payment(context, intent, method, card, AUTHENTICATION_REQUIRED)
    return _require_action(context, intent, method)


def charge_card(
    context: OperationContext, intent: Doc, method: Doc, card: Card
) -> StripeResult:
    if card.decline is not None:
        return decline_payment(context, intent, method, card, card.decline)
    charge = objects.build_charge(intent, method, card, decline=None, now=context.now)
    context.repository.insert_object(charge, parent=intent["id"])
    context.repository.update_hidden(
        method["id"], {"number": card.number, "used": True}
    )
    intent |= {
        "last_payment_error": None,
        "latest_charge": charge["id"],
        "next_action": None,
        "payment_method": method["id"],
    }
    context.emit_event("charge.succeeded", charge)
    if charge["captured"]:
        intent |= {"amount_received": intent["amount"], "status": "succeeded"}
        _save_and_emit(context, intent, "payment_intent.succeeded")
    else:
        intent |= {"amount_capturable": intent["amount"], "status": "requires_capture"}
        _save_and_emit(context, intent, "payment_intent.amount_capturable_updated")
    return StripeResult(200, intent)


def decline_payment(
    context: OperationContext, intent: Doc, method: Doc, card: Card, reason: Decline
) -> StripeResult:
    """Store the failed charge, reopen the intent and return the 402: nothing is rolled back."""
    charge = objects.build_charge(intent, method, card, decline=reason, now=context.now)
    context.repository.insert_object(charge, parent=intent["id"])
    error = build_error_object(
        reason.message, kind="card_error", code=reason.code, param=reason.param
    )
    error |= {"charge": charge["id"], "decline_code": reason.decline_code}
    if reason.advice is not None:
        error["advice_code"] = reason.advice
    intent["latest_charge"] = charge["id"]
    context.emit_event("charge.failed", charge)
    return _reopen_intent(context, intent, method, error)


def fail_authentication(context: OperationContext, intent: Doc, method: Doc) -> None:
    """Reopen the intent after a failed authentication; no charge was attempted."""
    error = build_error_object(
        "We are unable to authenticate your payment method. "
        "Please choose a different payment method and try again.",
        kind="invalid_request_error",
        code="payment_intent_authentication_failure",
    )
    _reopen_intent(context, intent, method, error)


def cancel_intent(context: OperationContext, intent: Doc, reason: str | None) -> None:
    intent |= {
        "amount_capturable": 0,
        "canceled_at": context.now,
        "cancellation_reason": reason,
        "next_action": None,
        "status": "canceled",
    }
    _save_and_emit(context, intent, "payment_intent.canceled")


def capture_charge(
    context: OperationContext, intent: Doc, charge: Doc, amount: int
) -> None:
    """Capture an authorized amount, or part of it; the rest is released."""
    charge |= {"amount_captured": amount, "captured": True}
    context.repository.update_object(charge)
    intent |= {"amount_capturable": 0, "amount_received": amount, "status": "succeeded"}
    context.emit_event("charge.captured", charge)
    _save_and_emit(context, intent, "payment_intent.succeeded")


def _require_action(
    context: OperationContext, intent: Doc, method: Doc
) -> StripeResult:
    challenge_url = f"{context.address}/3ds/{intent['id']}"
    return_url = context.repository.read_hidden("payment_intent", intent["id"]).get(
        "return_url"
    )
    if return_url is not None:
        action: Doc = {
            "redirect_to_url": {"return_url": return_url, "url": challenge_url},
            "type": "redirect_to_url",
        }
    else:
        action = {
            "type": "use_stripe_sdk",
            "use_stripe_sdk": {
                "stripe_js": challenge_url,
                "type": "three_d_secure_redirect",
            },
        }
    intent |= {
        "next_action": action,
        "payment_method": method["id"],
        "status": "requires_action",
    }
    _save_and_emit(context, intent, "payment_intent.requires_action")
    return StripeResult(200, intent)


def _reopen_intent(
    context: OperationContext, intent: Doc, method: Doc, error: Doc
) -> StripeResult:
    intent |= {
        "last_payment_error": error | {"payment_method": method},
        "next_action": None,
        "payment_method": None,
        "status": "requires_payment_method",
    }
    _save_and_emit(context, intent, "payment_intent.payment_failed")
    full_error = error | {"payment_intent": intent, "payment_method": method}
    return StripeResult(402, {"error": full_error})


def _save_and_emit(context: OperationContext, intent: Doc, event: str) -> None:
    context.repository.update_object(intent)
    context.emit_event(event, intent)


def _reject_used(context: OperationContext, method: Doc) -> None:
    if context.repository.read_hidden("payment_method", method["id"])["used"]:
        raise StripeApiError(
            f"The PaymentMethod {method['id']} has paid before without belonging to a "
            "customer, and may not be used again.",
            param="payment_method",
        )

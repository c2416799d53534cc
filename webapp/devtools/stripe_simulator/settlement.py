"""What happens to the money: an attempt on a card, and how it ends.

Each function moves an intent to its next state, saves it and emits Stripe's events in
Stripe's order: the charge first, then the intent.
"""

from webapp.devtools.stripe_simulator import objects
from webapp.devtools.stripe_simulator.calls import Call
from webapp.devtools.stripe_simulator.cards import (
    AUTHENTICATION_REQUIRED,
    Authentication,
    Card,
    Decline,
)
from webapp.devtools.stripe_simulator.payment_methods import card_of
from webapp.devtools.stripe_simulator.problems import (
    Answer,
    Doc,
    StripeProblem,
    error_object,
)


def attempt(
    call: Call, intent: Doc, method: Doc, *, off_session: bool, error_on_action: bool
) -> Answer:
    """Try to pay with this card: paid, declined, or the customer is asked first."""
    _refuse_used(call, method)
    card = card_of(call, method)
    away_is_fine = card.authentication is Authentication.ON_SESSION and off_session
    if card.authentication is Authentication.NEVER or away_is_fine:
        return settle(call, intent, method, card)
    if off_session or error_on_action:
        return decline(call, intent, method, card, AUTHENTICATION_REQUIRED)
    return _ask_customer(call, intent, method)


def settle(call: Call, intent: Doc, method: Doc, card: Card) -> Answer:
    if card.decline is not None:
        return decline(call, intent, method, card, card.decline)
    charge = objects.charge(intent, method, card, decline=None, now=call.now)
    call.books.add(charge, parent=intent["id"])
    call.books.hide(method["id"], {"number": card.number, "used": True})
    intent |= {
        "last_payment_error": None,
        "latest_charge": charge["id"],
        "next_action": None,
        "payment_method": method["id"],
    }
    call.emit("charge.succeeded", charge)
    if charge["captured"]:
        intent |= {"amount_received": intent["amount"], "status": "succeeded"}
        _move(call, intent, "payment_intent.succeeded")
    else:
        intent |= {"amount_capturable": intent["amount"], "status": "requires_capture"}
        _move(call, intent, "payment_intent.amount_capturable_updated")
    return Answer(200, intent)


def decline(
    call: Call, intent: Doc, method: Doc, card: Card, reason: Decline
) -> Answer:
    """A 402 that keeps what it did: the failed charge, and the intent open again."""
    charge = objects.charge(intent, method, card, decline=reason, now=call.now)
    call.books.add(charge, parent=intent["id"])
    error = error_object(
        reason.message, kind="card_error", code=reason.code, param=reason.param
    )
    error |= {"charge": charge["id"], "decline_code": reason.decline_code}
    if reason.advice is not None:
        error["advice_code"] = reason.advice
    intent["latest_charge"] = charge["id"]
    call.emit("charge.failed", charge)
    return _reopen(call, intent, method, error)


def fail_authentication(call: Call, intent: Doc, method: Doc) -> None:
    """The customer did not prove who they are: nothing reached the bank."""
    error = error_object(
        "We are unable to authenticate your payment method. "
        "Please choose a different payment method and try again.",
        kind="invalid_request_error",
        code="payment_intent_authentication_failure",
    )
    _reopen(call, intent, method, error)


def release(call: Call, intent: Doc, reason: str | None) -> None:
    intent |= {
        "amount_capturable": 0,
        "canceled_at": call.now,
        "cancellation_reason": reason,
        "next_action": None,
        "status": "canceled",
    }
    _move(call, intent, "payment_intent.canceled")


def capture(call: Call, intent: Doc, charge: Doc, amount: int) -> None:
    """Take an authorised amount, or part of it; the rest of it is let go."""
    charge |= {"amount_captured": amount, "captured": True}
    call.books.save(charge)
    intent |= {"amount_capturable": 0, "amount_received": amount, "status": "succeeded"}
    call.emit("charge.captured", charge)
    _move(call, intent, "payment_intent.succeeded")


def _ask_customer(call: Call, intent: Doc, method: Doc) -> Answer:
    page = f"{call.address}/3ds/{intent['id']}"
    back = call.books.hidden("payment_intent", intent["id"]).get("return_url")
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
    return Answer(200, intent)


def _reopen(call: Call, intent: Doc, method: Doc, error: Doc) -> Answer:
    intent |= {
        "last_payment_error": error | {"payment_method": method},
        "next_action": None,
        "payment_method": None,
        "status": "requires_payment_method",
    }
    _move(call, intent, "payment_intent.payment_failed")
    whole = error | {"payment_intent": intent, "payment_method": method}
    return Answer(402, {"error": whole})


def _move(call: Call, intent: Doc, event: str) -> None:
    call.books.save(intent)
    call.emit(event, intent)


def _refuse_used(call: Call, method: Doc) -> None:
    if call.books.hidden("payment_method", method["id"])["used"]:
        raise StripeProblem(
            f"The PaymentMethod {method['id']} has paid before without belonging to a "
            "customer, and may not be used again.",
            param="payment_method",
        )

"""Cards handed in, and Stripe's ready-made ones (`pm_card_visa`)."""

from datetime import UTC, datetime
from typing import Any

from webapp.devtools.stripe_simulator import objects
from webapp.devtools.stripe_simulator.cards import (
    CARDS,
    METHOD_PREFIX,
    Card,
    find_card_by_alias,
    passes_luhn,
)
from webapp.devtools.stripe_simulator.context import OperationContext
from webapp.devtools.stripe_simulator.errors import (
    Doc,
    StripeApiError,
    StripeResult,
    resource_missing_error,
)
from webapp.devtools.stripe_simulator.parameters import (
    ParameterSchema,
    array,
    choice,
    email,
    integer,
    metadata,
    nested_object,
    text,
)

EXPIRY_YEARS_AHEAD = 3
CVC_LENGTHS = {"amex": (3, 4)}

_CARD = ParameterSchema(
    {
        "number": text(max_length=19),
        "exp_month": integer(),
        "exp_year": integer(),
        "cvc": text(max_length=10),
        "token": text(),
    }
)
_ADDRESS = ParameterSchema(
    {name: text() for name in objects.EMPTY_BILLING_DETAILS["address"]}
)
_BILLING = ParameterSchema(
    {
        "address": nested_object(_ADDRESS),
        "email": email,
        "name": text(),
        "phone": text(),
    }
)
CREATE = ParameterSchema(
    {
        "type": choice("card"),
        "card": nested_object(_CARD),
        "billing_details": nested_object(_BILLING),
        "metadata": metadata,
        "expand": array(text()),
    },
    required=("type",),
)
RETRIEVE = ParameterSchema({"expand": array(text())})


def create(call: OperationContext, params: dict[str, Any]) -> StripeResult:
    given = params.get("card")
    if given is None:
        raise StripeApiError(
            "Missing required param: card.", code="parameter_missing", param="card"
        )
    card, expiry = _handed_in(given, now=call.now)
    method = _keep(
        call,
        card,
        expiry,
        billing=params.get("billing_details", {}),
        notes=params.get("metadata", {}),
    )
    return StripeResult(200, method)


def retrieve(
    call: OperationContext, _params: dict[str, Any], method_id: str
) -> StripeResult:
    return StripeResult(
        200, require_method(call, method_id, param="payment_method", status=404)
    )


def require_method(
    call: OperationContext, method_id: str, *, param: str, status: int = 400
) -> Doc:
    """The stored method; a ready-made name makes a fresh one every time, as at Stripe."""
    if method_id.startswith(METHOD_PREFIX):
        card = find_card_by_alias(method_id)
        if card is not None:
            return _keep(call, card, _far_from(call.now), billing={}, notes={})
    method = call.repository.find_object("payment_method", method_id)
    if method is None:
        raise resource_missing_error(
            "PaymentMethod", method_id, param=param, status=status
        )
    return method


def load_card(call: OperationContext, method: Doc) -> Card:
    return CARDS[call.repository.read_hidden("payment_method", method["id"])["number"]]


def _keep(
    call: OperationContext,
    card: Card,
    expiry: tuple[int, int],
    *,
    billing: Doc,
    notes: Doc,
) -> Doc:
    method = objects.build_payment_method(
        card, expiry=expiry, now=call.now, billing=billing, metadata=notes
    )
    call.repository.insert_object(method, hidden={"number": card.number, "used": False})
    return method


def _far_from(now: int) -> tuple[int, int]:
    today = datetime.fromtimestamp(now, UTC)
    return today.month, today.year + EXPIRY_YEARS_AHEAD


def _handed_in(given: Doc, *, now: int) -> tuple[Card, tuple[int, int]]:
    if "token" in given:
        card = find_card_by_alias(given["token"])
        if card is None or given["token"].startswith(METHOD_PREFIX):
            raise resource_missing_error(
                "token", given["token"], param="card[token]", status=400
            )
        return card, _far_from(now)
    for name in ("number", "exp_month", "exp_year"):
        if name not in given:
            full = f"card[{name}]"
            msg = f"Missing required param: {full}."
            raise StripeApiError(msg, code="parameter_missing", param=full)
    card = _numbered(given["number"])
    _check_cvc(card, given.get("cvc"))
    return card, _expiry(given["exp_month"], given["exp_year"], now=now)


def _numbered(number: str) -> Card:
    digits = number.replace(" ", "").replace("-", "")
    if not digits.isascii() or not digits.isdigit() or not passes_luhn(digits):
        raise _card_problem(
            "incorrect_number", "Your card number is incorrect.", "number"
        )
    card = CARDS.get(digits)
    if card is None:
        msg = "Your card was declined. Only test card numbers work here."
        raise StripeApiError(
            msg,
            status=402,
            kind="card_error",
            code="card_declined",
            decline_code="test_mode_live_card",
        )
    return card


def _expiry(month: int, year: int, *, now: int) -> tuple[int, int]:
    if not 1 <= month <= 12:
        raise _card_problem(
            "invalid_expiry_month",
            "Your card's expiration month is invalid.",
            "exp_month",
        )
    full_year = year + 2000 if year < 100 else year
    today = datetime.fromtimestamp(now, UTC)
    if not (today.year, today.month) <= (full_year, month) <= (today.year + 50, 12):
        raise _card_problem(
            "invalid_expiry_year", "Your card's expiration year is invalid.", "exp_year"
        )
    return month, full_year


def _check_cvc(card: Card, cvc: str | None) -> None:
    if cvc is None:
        return
    if not cvc.isdigit() or len(cvc) not in CVC_LENGTHS.get(card.brand, (3,)):
        raise _card_problem(
            "invalid_cvc", "Your card's security code is invalid.", "cvc"
        )


def _card_problem(code: str, message: str, param: str) -> StripeApiError:
    return StripeApiError(
        message, status=402, kind="card_error", code=code, param=param
    )

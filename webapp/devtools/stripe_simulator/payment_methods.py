"""PaymentMethods from card numbers and tokens, and Stripe's test methods (`pm_card_visa`)."""

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


def create(context: OperationContext, params: dict[str, Any]) -> StripeResult:
    card_params = params.get("card")
    if card_params is None:
        raise StripeApiError(
            "Missing required param: card.", code="parameter_missing", param="card"
        )
    card, expiry = _parse_card(card_params, now=context.now)
    method = _store_method(
        context,
        card,
        expiry,
        billing=params.get("billing_details", {}),
        metadata=params.get("metadata", {}),
    )
    return StripeResult(200, method)


def retrieve(
    context: OperationContext, _params: dict[str, Any], method_id: str
) -> StripeResult:
    return StripeResult(
        200, require_method(context, method_id, param="payment_method", status=404)
    )


def require_method(
    context: OperationContext, method_id: str, *, param: str, status: int = 400
) -> Doc:
    """Return the stored method; a test name creates a new method each time, as at Stripe."""
    if method_id.startswith(METHOD_PREFIX):
        card = find_card_by_alias(method_id)
        if card is not None:
            return _store_method(
                context, card, _default_expiry(context.now), billing={}, metadata={}
            )
    method = context.repository.find_object("payment_method", method_id)
    if method is None:
        raise resource_missing_error(
            "PaymentMethod", method_id, param=param, status=status
        )
    return method


def load_card(context: OperationContext, method: Doc) -> Card:
    return CARDS[
        context.repository.read_hidden("payment_method", method["id"])["number"]
    ]


def _store_method(
    context: OperationContext,
    card: Card,
    expiry: tuple[int, int],
    *,
    billing: Doc,
    metadata: Doc,
) -> Doc:
    method = objects.build_payment_method(
        card, expiry=expiry, now=context.now, billing=billing, metadata=metadata
    )
    context.repository.insert_object(
        method, hidden={"number": card.number, "used": False}
    )
    return method


def _default_expiry(now: int) -> tuple[int, int]:
    today = datetime.fromtimestamp(now, UTC)
    return today.month, today.year + EXPIRY_YEARS_AHEAD


def _parse_card(card_params: Doc, *, now: int) -> tuple[Card, tuple[int, int]]:
    if "token" in card_params:
        card = find_card_by_alias(card_params["token"])
        if card is None or card_params["token"].startswith(METHOD_PREFIX):
            raise resource_missing_error(
                "token", card_params["token"], param="card[token]", status=400
            )
        return card, _default_expiry(now)
    for name in ("number", "exp_month", "exp_year"):
        if name not in card_params:
            full_name = f"card[{name}]"
            msg = f"Missing required param: {full_name}."
            raise StripeApiError(msg, code="parameter_missing", param=full_name)
    card = _find_test_card(card_params["number"])
    _check_cvc(card, card_params.get("cvc"))
    return card, _check_expiry(
        card_params["exp_month"], card_params["exp_year"], now=now
    )


def _find_test_card(number: str) -> Card:
    digits = number.replace(" ", "").replace("-", "")
    if not digits.isascii() or not digits.isdigit() or not passes_luhn(digits):
        raise _card_error(
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


def _check_expiry(month: int, year: int, *, now: int) -> tuple[int, int]:
    if not 1 <= month <= 12:
        raise _card_error(
            "invalid_expiry_month",
            "Your card's expiration month is invalid.",
            "exp_month",
        )
    full_year = year + 2000 if year < 100 else year
    today = datetime.fromtimestamp(now, UTC)
    if not (today.year, today.month) <= (full_year, month) <= (today.year + 50, 12):
        raise _card_error(
            "invalid_expiry_year", "Your card's expiration year is invalid.", "exp_year"
        )
    return month, full_year


def _check_cvc(card: Card, cvc: str | None) -> None:
    if cvc is None:
        return
    if not cvc.isdigit() or len(cvc) not in CVC_LENGTHS.get(card.brand, (3,)):
        raise _card_error("invalid_cvc", "Your card's security code is invalid.", "cvc")


def _card_error(code: str, message: str, param: str) -> StripeApiError:
    return StripeApiError(
        message, status=402, kind="card_error", code=code, param=param
    )

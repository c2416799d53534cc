"""Validates the amount, currency and payment methods of an intent. Pure functions."""

from typing import Any

from webapp.devtools.stripe_simulator.errors import Doc, StripeApiError

CURRENCIES = (
    "usd", "eur", "gbp", "aud", "cad", "nzd", "sgd", "hkd", "chf", "dkk", "nok", "sek",
)  # fmt: skip
MIN_AMOUNTS_MINOR = {"gbp": 30, "dkk": 250, "nok": 300, "sek": 300, "hkd": 400}
MAX_AMOUNT_MINOR = 99_999_999
CONFIRM_ONLY_PARAMS = ("error_on_requires_action", "off_session", "return_url")


def parse_currency(value: str) -> str:
    currency = value.lower()
    if currency not in CURRENCIES:
        raise StripeApiError(
            f"Invalid currency: {currency}. Supported here: {', '.join(CURRENCIES)}",
            param="currency",
        )
    return currency


def check_amount(amount: int, currency: str) -> None:
    min_amount = MIN_AMOUNTS_MINOR.get(currency, 50)
    if amount < min_amount:
        raise StripeApiError(
            f"Amount must be at least {min_amount} in {currency}'s smallest unit",
            code="amount_too_small",
            param="amount",
        )
    if amount > MAX_AMOUNT_MINOR:
        raise StripeApiError(
            f"Amount must be no more than {MAX_AMOUNT_MINOR}",
            code="amount_too_large",
            param="amount",
        )


def set_payment_method_types(intent: Doc, params: dict[str, Any]) -> None:
    allowed = params.get("allowed_payment_method_types")
    automatic = params.get("automatic_payment_methods")
    if allowed is not None and automatic is not None:
        raise StripeApiError(
            "You may only give one of automatic_payment_methods and "
            "allowed_payment_method_types.",
            param="allowed_payment_method_types",
        )
    if allowed is not None:
        intent["allowed_payment_method_types"] = allowed
        intent["payment_method_types"] = [kind for kind in allowed if kind == "card"]
        if not intent["payment_method_types"]:
            raise StripeApiError(
                "None of these payment method types can be used for this payment",
                param="allowed_payment_method_types",
            )
    else:
        chosen = {"allow_redirects": "always", "enabled": True} | (automatic or {})
        intent["automatic_payment_methods"] = chosen


def check_return_url(intent: Doc, params: dict[str, Any]) -> None:
    automatic = intent["automatic_payment_methods"]
    if automatic is None or not automatic["enabled"]:
        return
    redirects = automatic["allow_redirects"] == "always"
    if redirects and "return_url" not in params:
        raise StripeApiError(
            "This PaymentIntent accepts payment methods that may send the customer to "
            "another page: give a return_url, or set "
            "automatic_payment_methods[allow_redirects] to never.",
            param="return_url",
        )
    if not redirects and "return_url" in params:
        raise StripeApiError(
            "A return_url has no use when automatic_payment_methods[allow_redirects] "
            "is never.",
            param="return_url",
        )


def reject_confirm_only_params(params: dict[str, Any]) -> None:
    premature = [name for name in CONFIRM_ONLY_PARAMS if name in params]
    if premature:
        raise StripeApiError(
            f"{premature[0]} can only be given when confirm is true.",
            param=premature[0],
        )

"""Stripe's test cards and the outcome of each.

The numbers, their `pm_card_…` and `tok_…` names and their effects are facts of Stripe's
testing documentation. Cards whose effect is out of scope here (disputes, delayed refunds,
other payment methods) are left out, so that using one is rejected and not silently paid.
"""

from dataclasses import dataclass
from enum import StrEnum

METHOD_PREFIX = "pm_card_"
TOKEN_PREFIX = "tok_"  # noqa: S105 - the public prefix of test tokens


class AuthenticationRequirement(StrEnum):
    """When the bank requires 3-D Secure authentication by the customer."""

    NEVER = "never"
    ALWAYS = "always"
    ON_SESSION = "on_session"
    """Set up for off-session use: charged without authentication when the customer is absent."""


@dataclass(frozen=True)
class Decline:
    code: str
    decline_code: str
    message: str
    param: str | None = None
    advice: str | None = "try_again_later"
    blocked: bool = False


@dataclass(frozen=True)
class Card:
    number: str
    brand: str = "visa"
    funding: str = "credit"
    country: str = "US"
    decline: Decline | None = None
    authentication: AuthenticationRequirement = AuthenticationRequirement.NEVER
    cvc_check: str = "pass"

    @property
    def last4(self) -> str:
        return self.number[-4:]


def _build_decline(
    decline_code: str, message: str = "Your card was declined."
) -> Decline:
    return Decline("card_declined", decline_code, message)


GENERIC = _build_decline("generic_decline")
INSUFFICIENT = _build_decline("insufficient_funds", "Your card has insufficient funds.")
VELOCITY = _build_decline(
    "card_velocity_exceeded",
    "Your card was declined for making repeated attempts too frequently or "
    "exceeding its amount limit.",
)
LOST = Decline(
    "card_declined", "lost_card", "Your card was declined.", advice="do_not_try_again"
)
STOLEN = Decline(
    "card_declined", "stolen_card", "Your card was declined.", advice="do_not_try_again"
)
EXPIRED = Decline(
    "expired_card", "expired_card", "Your card has expired.", param="exp_month"
)
WRONG_CVC = Decline(
    "incorrect_cvc",
    "incorrect_cvc",
    "Your card's security code is incorrect.",
    param="cvc",
)
PROCESSING = Decline(
    "processing_error",
    "processing_error",
    "An error occurred while processing your card. Try again in a little bit.",
)
BLOCKED = Decline(
    "card_declined",
    "fraudulent",
    "Your card was declined.",
    advice="do_not_try_again",
    blocked=True,
)
AUTHENTICATION_REQUIRED = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)

_ALWAYS = AuthenticationRequirement.ALWAYS

_CARDS = (
    Card("4242424242424242"),
    Card("4000056655665556", funding="debit"),
    Card("5555555555554444", "mastercard"),
    Card("2223003122003222", "mastercard"),
    Card("5200828282828210", "mastercard", "debit"),
    Card("5105105105105100", "mastercard", "prepaid"),
    Card("378282246310005", "amex"),
    Card("371449635398431", "amex"),
    Card("6011111111111117", "discover"),
    Card("3056930009020004", "diners"),
    Card("3566002020360505", "jcb", country="JP"),
    Card("4000000000000002", decline=GENERIC),
    Card("4000000000009995", decline=INSUFFICIENT),
    Card("4000000000009987", decline=LOST),
    Card("4000000000009979", decline=STOLEN),
    Card("4000000000000069", decline=EXPIRED),
    Card("4000000000000127", decline=WRONG_CVC, cvc_check="fail"),
    Card("4000000000000119", decline=PROCESSING),
    Card("4000000000006975", decline=VELOCITY),
    Card("4000000000000341", decline=GENERIC),
    Card("4100000000000019", decline=BLOCKED),
    Card("4000002500003155", country="FR", authentication=_ALWAYS),
    Card("4000002760003184", country="DE", authentication=_ALWAYS),
    Card(
        "4000003800000446",
        country="DK",
        authentication=AuthenticationRequirement.ON_SESSION,
    ),
    Card(
        "4000008260003178", country="GB", decline=INSUFFICIENT, authentication=_ALWAYS
    ),
    Card("4000000000003220", authentication=_ALWAYS),
    Card("4000000000003063", authentication=_ALWAYS),
    Card("4000008400001629", decline=GENERIC, authentication=_ALWAYS),
    Card("4000000000003055"),
)

CARDS = {card.number: card for card in _CARDS}

_NAMES = {
    "visa": "4242424242424242",
    "us": "4242424242424242",
    "visa_debit": "4000056655665556",
    "mastercard": "5555555555554444",
    "mastercard_debit": "5200828282828210",
    "mastercard_prepaid": "5105105105105100",
    "amex": "378282246310005",
    "discover": "6011111111111117",
    "diners": "3056930009020004",
    "jcb": "3566002020360505",
    "chargeDeclined": "4000000000000002",
    "visa_chargeDeclined": "4000000000000002",
    "chargeDeclinedInsufficientFunds": "4000000000009995",
    "visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "chargeDeclinedLostCard": "4000000000009987",
    "visa_chargeDeclinedLostCard": "4000000000009987",
    "chargeDeclinedStolenCard": "4000000000009979",
    "visa_chargeDeclinedStolenCard": "4000000000009979",
    "chargeDeclinedExpiredCard": "4000000000000069",
    "chargeDeclinedIncorrectCvc": "4000000000000127",
    "chargeDeclinedProcessingError": "4000000000000119",
    "chargeDeclinedVelocityLimitExceeded": "4000000000006975",
    "visa_chargeDeclinedVelocityLimitExceeded": "4000000000006975",
    "chargeDeclinedFraudulent": "4100000000000019",
    "chargeCustomerFail": "4000000000000341",
    "radarBlock": "4100000000000019",
    "authenticationRequiredOnSetup": "4000002500003155",
    "authenticationRequired": "4000002760003184",
    "authenticationRequiredSetupForOffSession": "4000003800000446",
    "authenticationRequiredChargeDeclinedInsufficientFunds": "4000008260003178",
    "threeDSecure2Required": "4000000000003220",
    "threeDSecureRequired": "4000000000003063",
    "threeDSecureRequiredChargeDeclined": "4000008400001629",
    "threeDSecureOptional": "4000000000003055",
}


def find_card_by_alias(alias: str) -> Card | None:
    """Look up the card of a name such as `pm_card_visa` or `tok_chargeDeclined`."""
    name = alias.removeprefix(METHOD_PREFIX).removeprefix(TOKEN_PREFIX)
    number = _NAMES.get(name)
    return CARDS[number] if number is not None and name != alias else None


def passes_luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0

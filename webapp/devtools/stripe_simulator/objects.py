"""Builders of new Stripe objects, with every field of Stripe's own."""

import hashlib

from webapp.devtools.stripe_simulator.cards import Card, Decline
from webapp.devtools.stripe_simulator.errors import Doc
from webapp.devtools.stripe_simulator.identifiers import new_id

API_VERSION = "2026-10-28.endive"

EMPTY_BILLING_DETAILS: Doc = {
    "address": {
        "city": None,
        "country": None,
        "line1": None,
        "line2": None,
        "postal_code": None,
        "state": None,
    },
    "email": None,
    "name": None,
    "phone": None,
    "tax_id": None,
}


def build_payment_method(
    card: Card, *, expiry: tuple[int, int], now: int, billing: Doc, metadata: Doc
) -> Doc:
    return {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": EMPTY_BILLING_DETAILS
        | billing
        | {"address": EMPTY_BILLING_DETAILS["address"] | billing.get("address", {})},
        "card": _build_card(card, expiry),
        "created": now,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": metadata,
        "radar_options": {},
        "type": "card",
    }


def _build_card(card: Card, expiry: tuple[int, int]) -> Doc:
    month, year = expiry
    return {
        "brand": card.brand,
        "checks": _build_checks(card),
        "country": card.country,
        "display_brand": card.brand,
        "exp_month": month,
        "exp_year": year,
        "fingerprint": _hash_number(card),
        "funding": card.funding,
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": card.brand != "amex"},
        "wallet": None,
    }


def _build_checks(card: Card) -> Doc:
    return {
        "address_line1_check": None,
        "address_postal_code_check": None,
        "cvc_check": card.cvc_check,
    }


def _hash_number(card: Card) -> str:
    """Hash a card number: equal for equal numbers, and not reversible by its readers."""
    return hashlib.sha256(card.number.encode()).hexdigest()[:16]


def build_payment_intent(*, amount: int, currency: str, now: int) -> Doc:
    intent_id = new_id("pi")
    return {
        "id": intent_id,
        "object": "payment_intent",
        "allowed_payment_method_types": None,
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{intent_id}_{new_id('secret')}",
        "confirmation_method": "automatic",
        "created": now,
        "currency": currency,
        "customer": None,
        "customer_account": None,
        "description": None,
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "managed_payments": None,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {
            "card": {
                "installments": None,
                "mandate_options": None,
                "network": None,
                "request_three_d_secure": "automatic",
            }
        },
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }


def build_charge(
    intent: Doc, method: Doc, card: Card, *, decline: Decline | None, now: int
) -> Doc:
    """Build the charge of one attempt; a declined attempt is a failed, unpaid charge."""
    captured = decline is None and intent["capture_method"] != "manual"
    return {
        "id": new_id("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if captured else 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "E-COM67",
        "captured": captured,
        "created": now,
        "currency": intent["currency"],
        "customer": None,
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": decline.code if decline else None,
        "failure_message": decline.message if decline else None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "on_behalf_of": None,
        "outcome": _build_outcome(decline),
        "paid": decline is None,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": _build_details(intent, method, card, decline),
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "failed" if decline else "succeeded",
        "transfer_data": None,
        "transfer_group": None,
    }


def _build_outcome(decline: Decline | None) -> Doc:
    if decline is None:
        return _build_verdict("authorized", "approved_by_network", "Payment complete.")
    if decline.blocked:
        verdict = _build_verdict(
            "blocked", "not_sent_to_network", "Payment blocked as too risky."
        )
        return verdict | {"reason": "highest_risk_level", "risk_level": "highest"}
    verdict = _build_verdict(
        "issuer_declined", "declined_by_network", "The bank declined the payment."
    )
    return verdict | {"reason": decline.decline_code, "advice_code": decline.advice}


def _build_verdict(kind: str, network: str, message: str) -> Doc:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": network,
        "reason": None,
        "risk_level": "normal",
        "risk_score": 20,
        "seller_message": message,
        "type": kind,
    }


def _build_details(
    intent: Doc, method: Doc, card: Card, decline: Decline | None
) -> Doc:
    shown = method["card"]
    return {
        "type": "card",
        "card": {
            "amount_authorized": None if decline else intent["amount"],
            "authorization_code": None if decline else "123456",
            "brand": shown["brand"],
            "checks": _build_checks(card),
            "country": shown["country"],
            "exp_month": shown["exp_month"],
            "exp_year": shown["exp_year"],
            "extended_authorization": {"status": "disabled"},
            "fingerprint": shown["fingerprint"],
            "funding": shown["funding"],
            "incremental_authorization": {"status": "unavailable"},
            "installments": None,
            "last4": shown["last4"],
            "mandate": None,
            "multicapture": {"status": "unavailable"},
            "network": shown["brand"],
            "network_token": {"used": False},
            "network_transaction_id": None,
            "overcapture": {
                "maximum_amount_capturable": intent["amount"],
                "status": "unavailable",
            },
            "regulated_status": shown["regulated_status"],
            "three_d_secure": None,
            "transaction_link_id": None,
            "wallet": None,
        },
    }


def build_refund(
    charge: Doc, *, amount: int, reason: str | None, metadata: Doc, now: int
) -> Doc:
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "customer": None,
        "customer_account": None,
        "destination_details": {
            "card": {
                "reference_status": "pending",
                "reference_type": "acquirer_reference_number",
                "type": "refund",
            },
            "type": "card",
        },
        "metadata": metadata,
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }

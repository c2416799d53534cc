"""Builds the payment gateway from `STRIPE_API_KEY` and `STRIPE_API_BASE`."""

import logging

import stripe

from webapp.adapters.payments.port import PaymentGateway
from webapp.adapters.payments.stripe import StripeGateway
from webapp.config import NOT_RUNNING, Settings, WrongSetting


def build_payment_gateway(settings: Settings) -> PaymentGateway:
    if settings.stripe_api_key is None:
        raise WrongSetting(NOT_RUNNING.format("STRIPE_API_KEY"))
    # At DEBUG the SDK logs whole responses: client secrets and customers' addresses.
    logging.getLogger("stripe").setLevel(logging.WARNING)
    stripe.enable_telemetry = False  # it stores an identity below HOME
    secret = settings.stripe_webhook_secret
    return StripeGateway(
        api_key=settings.stripe_api_key.get_secret_value(),
        webhook_secret=secret.get_secret_value() if secret else None,
        api_base=settings.stripe_api_base,
        site=settings.site,
    )

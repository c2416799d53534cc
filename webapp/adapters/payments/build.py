"""Builds the payment gateway from `STRIPE_API_KEY` and `STRIPE_API_BASE`.

Another address than Stripe's own is that of the simulator.
"""

import logging

import stripe

from webapp.adapters.payments.port import PaymentGateway
from webapp.adapters.payments.stripe import StripeGateway
from webapp.adapters.payments.stripe_simulator import SimulatedStripeGateway
from webapp.config import NOT_RUNNING, Settings, WrongSetting


def build_payment_gateway(settings: Settings) -> PaymentGateway:
    if settings.stripe_api_key is None:
        raise WrongSetting(NOT_RUNNING.format("STRIPE_API_KEY"))
    # At DEBUG the SDK logs whole responses: client secrets and customers' addresses.
    logging.getLogger("stripe").setLevel(logging.WARNING)
    stripe.enable_telemetry = False  # it stores an identity below HOME
    api_key = settings.stripe_api_key.get_secret_value()
    secret = settings.stripe_webhook_secret
    webhook_secret = secret.get_secret_value() if secret else None
    if settings.stripe_api_base is None:
        return StripeGateway(
            api_key=api_key, webhook_secret=webhook_secret, site=settings.site
        )
    return SimulatedStripeGateway(
        api_key=api_key,
        webhook_secret=webhook_secret,
        site=settings.site,
        api_base=settings.stripe_api_base,
    )

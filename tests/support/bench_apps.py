"""The applications that gunicorn serves for `tests.bench.api`: the shop, and bare Flask as a
baseline.

Both read their settings from the environment. The only fake of the shop is the payment
gateway: a charge succeeds at once, inside the process.
"""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask, Response

from webapp.adapters.payments.port import PaymentIntent, PaymentIntentStatus
from webapp.adapters.payments.stripe import StripeGateway
from webapp.app import create_app
from webapp.bootstrap import build_runtime
from webapp.config import Settings
from webapp.kit.memory import freeze_gc

RESPONSES_FOLDER_ENV = "BENCH_RESPONSES"
"""A folder with the bytes of the shop's responses, one file for each operation."""


class InstantStripeGateway(StripeGateway):
    """A fake gateway: every charge succeeds, without a request to Stripe."""

    def charge(
        self,
        *,
        order_id: str,
        amount_minor: int,
        currency: str,
        payment_method_id: str,  # noqa: ARG002
        idempotency_key: str,  # noqa: ARG002
        customer_email: str | None = None,  # noqa: ARG002
    ) -> PaymentIntent:
        return PaymentIntent(
            id=f"pi_{order_id}",
            status=PaymentIntentStatus.SUCCEEDED,
            amount_minor=amount_minor,
            received_minor=amount_minor,
            currency=currency,
            client_secret=None,
            decline_code=None,
            decline_message=None,
            charge_id=f"ch_{order_id}",
            order_id=order_id,
            action_url=None,
        )


def create_shop_app() -> Flask:
    settings = Settings.load(read_platform_env=False)
    stripe = InstantStripeGateway(api_key="sk_test_bench", webhook_secret=None, site="")
    app = create_app(replace(build_runtime(settings), payments=stripe))
    freeze_gc()
    return app


def create_bare_app() -> Flask:
    """Flask and nothing else: it responds with the stored bytes of the shop's responses."""
    app = Flask(__name__)
    folder = Path(os.environ[RESPONSES_FOLDER_ENV])
    responses = {file.name: file.read_bytes() for file in folder.iterdir()}

    def respond(name: str, **_path: Any) -> Response:
        return Response(responses[name], mimetype="application/json")

    for rule, method, name in (
        ("/api/v1/products", "GET", "list"),
        ("/api/v1/products/<uuid:product_id>", "GET", "detail"),
        ("/api/v1/search", "GET", "search"),
        ("/api/v1/cart", "GET", "cart"),
        ("/api/v1/cart", "POST", "cart"),
        ("/api/v1/orders", "POST", "order"),
    ):
        app.add_url_rule(
            rule, f"{method} {rule}", respond, methods=[method], defaults={"name": name}
        )
    return app

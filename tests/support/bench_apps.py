"""What gunicorn serves for `tests.bench.api`: the shop, and bare Flask to hold it against.

Both are made from the settings in the environment. The shop's only stand-in is the card
network: a charge succeeds at once, inside the process.
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

RESPONSES_FOLDER_ENV = "BENCH_ANSWERS"
"""A folder with the bytes that the shop answered, one file an operation."""


class InstantStripeGateway(StripeGateway):
    """Every charge is paid, without a request."""

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
    """Flask and nothing else: the same bytes, already written."""
    app = Flask(__name__)
    folder = Path(os.environ[RESPONSES_FOLDER_ENV])
    answers = {file.name: file.read_bytes() for file in folder.iterdir()}

    def said(name: str, **_path: Any) -> Response:
        return Response(answers[name], mimetype="application/json")

    for rule, method, name in (
        ("/api/v1/products", "GET", "list"),
        ("/api/v1/products/<uuid:product_id>", "GET", "detail"),
        ("/api/v1/search", "GET", "search"),
        ("/api/v1/cart", "GET", "cart"),
        ("/api/v1/cart", "POST", "cart"),
        ("/api/v1/orders", "POST", "order"),
    ):
        app.add_url_rule(
            rule, f"{method} {rule}", said, methods=[method], defaults={"name": name}
        )
    return app

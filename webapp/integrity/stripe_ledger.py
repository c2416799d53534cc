"""Stripe's payments by order, read from the simulator, the only place with all of them."""

from typing import Any

import httpx

from webapp.config import Settings
from webapp.kit.errors import Unavailable

StripeLedger = list[dict[str, Any]]
"""One entry an order: `order_id`, `charges`, `captured_minor`, `refunded_minor`."""
TIMEOUT_S = 30


class StripeLedgerUnavailable(Unavailable):
    code = "STRIPE_BOOKS_UNAVAILABLE"


def read_stripe_ledger(settings: Settings) -> StripeLedger | None:
    """Read the ledger; `None` where payments go to Stripe itself.

    Raises `StripeLedgerUnavailable`.
    """
    if settings.stripe_api_base is None:
        return None
    try:
        response = httpx.get(
            f"{settings.stripe_api_base}/_simulator/state", timeout=TIMEOUT_S
        )
        response.raise_for_status()
    except httpx.HTTPError as error:
        raise StripeLedgerUnavailable("The Stripe simulator does not answer") from error
    ledger: StripeLedger = response.json()["orders"]
    return ledger

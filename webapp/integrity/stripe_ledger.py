"""Stripe's side of the money, where it can be read whole: from the simulator."""

from typing import Any

import httpx

from webapp.config import Settings
from webapp.kit.errors import Unavailable

StripeLedger = list[dict[str, Any]]
"""By order: `order_id`, `charges`, `captured_minor`, `refunded_minor`."""
TIMEOUT_SECONDS = 30


class StripeLedgerUnavailable(Unavailable):
    code = "STRIPE_BOOKS_UNAVAILABLE"


def read_stripe_ledger(settings: Settings) -> StripeLedger | None:
    """`None` where payments go to Stripe itself. Raises `StripeBooksAway`."""
    if settings.stripe_api_base is None:
        return None
    try:
        answer = httpx.get(
            f"{settings.stripe_api_base}/_simulator/state", timeout=TIMEOUT_SECONDS
        )
        answer.raise_for_status()
    except httpx.HTTPError as problem:
        raise StripeLedgerUnavailable(
            "The Stripe simulator does not answer"
        ) from problem
    books: StripeLedger = answer.json()["orders"]
    return books

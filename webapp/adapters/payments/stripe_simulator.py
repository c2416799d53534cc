"""The payment gateway over the Stripe simulator, which can list all payments by order."""

from collections.abc import Mapping
from typing import Any

import httpx

from webapp.adapters.payments.port import LedgerEntry, LedgerUnavailable
from webapp.adapters.payments.stripe import StripeGateway

LEDGER_TIMEOUT_S = 30


class SimulatedStripeGateway(StripeGateway):
    """Calls the simulator as it would call Stripe. Implements `LedgerSource` as well."""

    def __init__(
        self, *, api_key: str, webhook_secret: str | None, site: str, api_base: str
    ) -> None:
        super().__init__(
            api_key=api_key,
            webhook_secret=webhook_secret,
            site=site,
            api_base=api_base,
        )
        self._state_url = f"{api_base}/_simulator/state"
        self._headers = {"Authorization": f"Bearer {api_key}"}

    def read_ledger(self) -> list[LedgerEntry]:
        try:
            response = httpx.get(
                self._state_url, headers=self._headers, timeout=LEDGER_TIMEOUT_S
            )
            response.raise_for_status()
        except httpx.HTTPError as error:
            raise LedgerUnavailable("The Stripe simulator does not answer") from error
        return parse_ledger(response.json())


def parse_ledger(state: Mapping[str, Any]) -> list[LedgerEntry]:
    """Parse the simulator's state, as `GET /_simulator/state` returns it."""
    return [LedgerEntry.from_row(row) for row in state["orders"]]

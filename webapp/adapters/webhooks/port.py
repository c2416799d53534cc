"""Outgoing webhooks: one POST to an address that an integrator has chosen."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class DeliveryResult:
    """Result of an attempt; `status` is `None` when there was no HTTP response."""

    status: int | None
    response: str

    @property
    def accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class WebhookClient(Protocol):
    def post(self, url: str, body: bytes, headers: dict[str, str]) -> DeliveryResult:
        """Never raises because of the receiver: failures and redirects are results."""
        ...

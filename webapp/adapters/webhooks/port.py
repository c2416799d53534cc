"""Outgoing webhooks: one POST to an address that an integrator has chosen."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class DeliveryResult:
    """What became of a message; `status` is empty when nothing answered."""

    status: int | None
    response: str

    @property
    def accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class WebhookClient(Protocol):
    def post(self, url: str, body: bytes, headers: dict[str, str]) -> DeliveryResult:
        """Never raises for what the receiver does or where it is; redirects are answers."""
        ...

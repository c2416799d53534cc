"""Thresholds from which a sale alerts the shop's staff."""

from dataclasses import dataclass

from webapp.config import Settings
from webapp.kit.money import to_minor


@dataclass(frozen=True)
class AlertThresholds:
    low_stock: int
    """Units left of a variant: the sale that reaches it alerts, no later one."""
    high_value_minor: int
    """Total of an order in the book currency, whatever currency it is paid in."""

    @classmethod
    def from_settings(cls, settings: Settings) -> "AlertThresholds":
        return cls(
            settings.low_stock_threshold, to_minor(settings.high_value_threshold)
        )

"""From when on a sale is worth telling the shop's own people."""

from dataclasses import dataclass

from webapp.config import Settings
from webapp.kit.money import to_minor


@dataclass(frozen=True)
class AlertThresholds:
    low_stock: int
    """Units left of a variant."""
    high_value_minor: int
    """Total of an order in the currency of the books, whatever it is paid in."""

    @classmethod
    def from_settings(cls, settings: Settings) -> "AlertThresholds":
        return cls(
            settings.low_stock_threshold, to_minor(settings.high_value_threshold)
        )

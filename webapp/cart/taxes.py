"""The percent of tax for where goods go: the same for a cart as for its order. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from webapp.config import Settings


@dataclass(frozen=True)
class TaxTable:
    """Percent by country, or by country and state: `{"US-CA": 7.25, "DE": 19}`."""

    default: Decimal
    rates: Mapping[str, Decimal]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(settings.tax_percent, settings.tax_table)

    def percent(self, *, country: str | None, state: str = "") -> Decimal:
        """The most exact entry there is; names are compared without regard to case."""
        if country is None:
            return self.default
        place = country.strip().upper()
        for name in (f"{place}-{state.strip().upper()}", place):
            if name in self.rates:
                return self.rates[name]
        return self.default

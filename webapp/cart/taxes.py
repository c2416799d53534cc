"""Tax percent by destination: the same for a cart as for its order. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from webapp.config import AgentSettings
from webapp.kit.address_formats import parse_state
from webapp.kit.countries import parse_country


@dataclass(frozen=True)
class TaxTable:
    """Percent by the code of a country, or of it and a state: `{"US-CA": 7.25, "DE": 19}`."""

    default: Decimal
    rates: Mapping[str, Decimal]

    @classmethod
    def from_settings(cls, settings: AgentSettings) -> Self:
        return cls(settings.tax_percent, settings.tax_table)

    def find_percent(self, *, country: str | None, state: str = "") -> Decimal:
        """Find the most specific entry, however the address spells the country and state.

        Raises `ValueError` for the name of no country, or of no state of it.
        """
        if country is None:
            return self.default
        code = parse_country(country)
        country_percent = self.rates.get(code, self.default)
        return self.rates.get(
            f"{code}-{parse_state(state, country=code)}", country_percent
        )

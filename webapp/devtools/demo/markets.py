"""The countries of the demo shop: their demand, currencies, taxes and addresses. Pure."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from math import sin, tau
from pathlib import Path
from random import Random
from typing import Any

from webapp.cart.taxes import TaxTable
from webapp.checkout.policy import RATE_DIGITS
from webapp.config import Settings

FILE = Path(__file__).parent / "markets.toml"
MAX_HOUSE_NUMBER = 240
# How far the rates of the past were from today's, and over how many days they came back.
RATE_SWING = 0.04
RATE_CYCLE_DAYS = {"EUR": 410, "GBP": 290}
DEFAULT_RATE_CYCLE_DAYS = 350


@dataclass(frozen=True)
class City:
    name: str
    state: str
    postal_code: str
    """Each `#` stands for a digit."""


@dataclass(frozen=True, eq=False)
class Market:
    """Compared and hashed by identity: there is one object per country."""

    country: str
    share: int
    currency: str
    """What its customers pay in, where the shop takes it."""
    tax_percent: Decimal | None
    """`None`: as in the shop's settings."""
    street: str
    streets: Sequence[str]
    cities: Sequence[City]

    def generate_address(self, random: Random) -> dict[str, str]:
        """An address in the format that the checkout stores."""
        city = random.choice(self.cities)
        number = random.randint(1, MAX_HOUSE_NUMBER)
        name = random.choice(self.streets)
        code = "".join(
            str(random.randrange(1, 10)) if character == "#" else character
            for character in city.postal_code
        )
        return {
            "street": self.street.format(number=number, name=name),
            "city": city.name,
            "state": city.state,
            "zipCode": code,
            "country": self.country,
        }


@cache
def load_markets() -> tuple[Market, ...]:
    """The largest share of the demand first."""
    return tuple(
        Market(
            country=entry["country"],
            share=entry["share"],
            currency=entry["currency"],
            tax_percent=Decimal(entry["tax"]) if "tax" in entry else None,
            street=entry["street"],
            streets=entry["streets"],
            cities=[City(*city) for city in entry["cities"]],
        )
        for entry in _load_file()["markets"]
    )


@cache
def load_names() -> Mapping[str, Sequence[str]]:
    """Given names, and the halves of family names."""
    names: Mapping[str, Sequence[str]] = _load_file()["names"]
    return names


@cache
def _load_file() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text())


@dataclass(frozen=True)
class Trading:
    """Currencies and taxes of past orders, by the shop's settings."""

    currency: str
    """Of the prices, and of the books."""
    rates: Mapping[str, Decimal]
    """Of today: units of each currency for one of the shop's."""
    taxes: TaxTable

    @classmethod
    def from_settings(cls, settings: Settings) -> "Trading":
        usual = {
            market.country: market.tax_percent
            for market in load_markets()
            if market.tax_percent is not None
        }
        return cls(
            settings.currency,
            settings.exchange_rates,
            TaxTable(settings.tax_percent, usual | settings.tax_table),
        )

    def choose_currency(self, market: Market) -> str:
        """The shop's own where it does not take that of the market."""
        return market.currency if market.currency in self.rates else self.currency

    def compute_rate(self, currency: str, day: date, *, today: date) -> Decimal:
        """Units of the currency for one of the shop's on a day: rates move around today's."""
        if currency == self.currency:
            return Decimal(1)
        cycle = RATE_CYCLE_DAYS.get(currency, DEFAULT_RATE_CYCLE_DAYS)
        swing = RATE_SWING * sin(tau * (today - day).days / cycle)
        return (self.rates[currency] * Decimal(1 + swing)).quantize(RATE_DIGITS)

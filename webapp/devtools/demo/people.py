"""Customers and guests of the demo shop: invented names at addresses in real cities. Pure."""

from dataclasses import dataclass
from functools import cached_property
from json import dumps
from random import Random

from webapp.devtools.demo.markets import Market, load_names


@dataclass(frozen=True)
class DemoBuyer:
    reference: str | None
    """Identifies a customer with an account; `None` for a guest."""
    address: dict[str, str]

    @property
    def name(self) -> str:
        return self.address["name"]

    @cached_property
    def address_json(self) -> str:
        """The address as a column has it."""
        return dumps(self.address, ensure_ascii=False)

    @property
    def email(self) -> str | None:
        """In a domain that is reserved for examples (RFC 2606); `None` for a guest."""
        if self.reference is None:
            return None
        local = self.name.lower().replace(" ", ".")
        return f"{local}.{self.reference.removeprefix('demo:')}@example.com"


def generate_customer(number: int, market: Market, random: Random) -> DemoBuyer:
    return DemoBuyer(f"demo:{number}", _generate_address(market, random))


def generate_guest(market: Market, random: Random) -> DemoBuyer:
    return DemoBuyer(None, _generate_address(market, random))


def _generate_address(market: Market, random: Random) -> dict[str, str]:
    names = load_names()
    family = random.choice(names["first_halves"]) + random.choice(
        names["second_halves"]
    )
    name = f"{random.choice(names['given'])} {family}"
    return {"name": name, **market.generate_address(random)}

"""Customers of the demo shop: invented names at addresses in real cities. Pure."""

from dataclasses import dataclass
from random import Random

NAMES = (
    "Amara Osei", "Ben Whitlock", "Carla Mendes", "Daniel Roth", "Elena Petrova",
    "Farid Haddad", "Grace Kim", "Hugo Lefevre", "Imani Clarke", "Jonas Lind",
    "Keiko Tanabe", "Liam Gallagher-Ross", "Mara Stein", "Noah Abebe", "Olivia Hart",
    "Pavel Novak", "Quinn Barlow", "Rosa Delgado", "Sam Okonkwo", "Tessa Vermeer",
    "Umar Siddiqui", "Vera Lindholm", "Will Tanner", "Ximena Flores", "Yara Nassar",
    "Zoe Castellan", "Adrian Moss", "Bianca Russo", "Caleb Stone", "Dina Farouk",
    "Emil Hansen", "Fiona Byrne", "George Mbeki", "Hana Sato", "Ivan Kolar",
    "June Prescott", "Karim Bensaid", "Lucy Marlow", "Mateo Vargas", "Nina Albrecht",
    "Omar Diallo", "Priya Raman", "Ruth Ellison", "Stefan Ionescu", "Tara Quill",
    "Ugo Bianchi", "Violet Park", "Wanda Kowalski", "Yusuf Kaya", "Zara Holloway",
    "Anton Berg", "Celia Navarro", "Derek Shaw", "Freya Nilsen", "Hector Ruiz",
    "Mina Chowdhury",
)  # fmt: skip
STREETS = (
    "Alder Street", "Birch Lane", "Canal Road", "Division Street", "Elm Avenue",
    "Ferry Road", "Garden Court", "Harbor View", "Juniper Way", "Maple Street",
    "Orchard Road", "Pine Street", "Quarry Lane", "River Road", "Station Street",
)  # fmt: skip
CITIES = (
    ("Portland", "OR", "97205"), ("Austin", "TX", "78704"), ("Madison", "WI", "53703"),
    ("Asheville", "NC", "28801"), ("Boulder", "CO", "80302"), ("Burlington", "VT", "05401"),
    ("Savannah", "GA", "31401"), ("Santa Fe", "NM", "87501"), ("Duluth", "MN", "55802"),
    ("Ithaca", "NY", "14850"), ("Spokane", "WA", "99201"), ("Tucson", "AZ", "85701"),
)  # fmt: skip


@dataclass(frozen=True)
class DemoBuyer:
    reference: str | None
    """Identifies a returning customer; `None` for a guest."""
    address: dict[str, str]


def generate_address(random: Random) -> dict[str, str]:
    """An address in the format that the checkout stores."""
    city, state, zip_code = random.choice(CITIES)
    return {
        "street": f"{random.randint(2, 980)} {random.choice(STREETS)}",
        "city": city,
        "state": state,
        "zipCode": zip_code,
        "country": "US",
    }


def generate_returning_customers(random: Random) -> tuple[DemoBuyer, ...]:
    """Returning customers; the first ones have been customers for longer and buy more."""
    return tuple(
        DemoBuyer(f"demo:{number}", {"name": name, **generate_address(random)})
        for number, name in enumerate(NAMES, start=1)
    )


def generate_guest(random: Random) -> DemoBuyer:
    return DemoBuyer(None, {"name": random.choice(NAMES), **generate_address(random)})

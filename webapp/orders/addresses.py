"""Read stored addresses, of any age: of orders, of imports, and of deleted accounts. Pure."""

import re
from collections.abc import Mapping

from webapp.kit.address_formats import load_address_format
from webapp.kit.countries import country_name, find_country

UNKNOWN_LAYOUT = "%N%n%O%n%A%n%C, %S %Z"
FIELDS = {"N": "name", "O": "company", "C": "city", "S": "state", "Z": "zipCode"}
SEPARATORS = " ,-"


def normalize_country(address: Mapping[str, str]) -> dict[str, str]:
    """Replace the country by its code, so that Germany and Deutschland are one; an import may
    have a text that is none, such as "Unspecified"."""
    country = address.get("country")
    if country is None:
        return dict(address)
    return {**address, "country": find_country(country) or country}


def format_address(address: Mapping[str, str]) -> list[str]:
    """The lines of an address as its country writes them, in Latin script, with the phone."""
    address = normalize_country(address)
    country = address.get("country", "")
    layout = UNKNOWN_LAYOUT
    if find_country(country):
        layout = load_address_format(country).layout
    street = [address.get("street", ""), address.get("street2", "")]
    # People write more than the layout of some countries has: a city in Dubai.
    street += [
        address.get(name, "")
        for letter, name in FIELDS.items()
        if f"%{letter}" not in layout
    ]
    lines = [
        _fill_line(line, address, street)
        for line in layout.replace("%A", "%n%A%n").split("%n")
    ]
    phone = address.get("phone")
    return [
        *filter(None, "\n".join(lines).split("\n")),
        *filter(None, (country_name(country), phone and f"Phone {phone}")),
    ]


def _fill_line(line: str, address: Mapping[str, str], street: list[str]) -> str:
    def fill(match: re.Match[str]) -> str:
        letter = match[1]
        if letter == "A":
            return "\n".join(street)
        return address.get(FIELDS.get(letter, ""), "")

    filled = re.sub(r"%(.)", fill, line).strip(SEPARATORS)
    return re.sub(" {2,}", " ", filled)

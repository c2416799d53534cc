"""Checks of the fields of an address by the format of its country. Pure."""

from collections.abc import Mapping
from typing import Any

from webapp.kit.address_formats import AddressFormat, parse_postal_code, parse_state
from webapp.kit.countries import country_name


def check_city(city: str, address_format: AddressFormat, _: Mapping[str, Any]) -> str:
    """Raises `ValueError` where an address cannot be without one."""
    if address_format.needs_city and not city:
        raise ValueError(_describe_missing("a city", address_format))
    return city


def check_state(
    state: str, address_format: AddressFormat, other: Mapping[str, Any]
) -> str:
    """Raises `ValueError` for an unknown state, and where an address cannot be without one.

    Where no city is needed, as in Hong Kong and Dubai, people write it and leave out the state.
    """
    has_city = bool(other.get("city")) and not address_format.needs_city
    if address_format.needs_state and not state and not has_city:
        msg = _describe_missing("a state or province", address_format)
        example = next(iter(address_format.states.values()), None)
        raise ValueError(msg if example is None else f"{msg}, such as {example}")
    parse_state(state, country=address_format.country)
    return state


def check_postal_code(
    code: str, address_format: AddressFormat, _: Mapping[str, Any]
) -> str:
    """Write a postal code in the form of its country.

    Raises `ValueError` for one of another form, and where an address cannot be without one.
    """
    if address_format.needs_postal_code and not code:
        example = address_format.postal_code_examples[0]
        msg = _describe_missing("a postal code", address_format)
        raise ValueError(f"{msg}, such as {example}")
    return parse_postal_code(code, country=address_format.country)


def _describe_missing(needed: str, address_format: AddressFormat) -> str:
    return f"an address in {country_name(address_format.country)} needs {needed}"


ADDRESS_CHECKS = {
    "city": check_city,
    "state": check_state,
    "zip_code": check_postal_code,
}

"""Countries, and the states that tax by themselves, by their ISO 3166 codes however people
write them. Pure."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from unicodedata import combining, normalize

from webapp.kit.iso3166 import COUNTRIES, STATES

# "The Bahamas", "Trinidad & Tobago", "Saint Lucia" and "St. Lucia".
LEFT_OUT = {"the", "and"}
SAME = {"saint": "st"}


def country_code(written: str) -> str:
    """`"Singapore"`, `"sgp"`, `"SG"` → `"SG"`; what is no country, in capitals."""
    return _countries().get(_letters(written), written.strip().upper())


def state_code(written: str, *, country: str) -> str:
    """`"California"`, `"US-CA"` → `"CA"` for the country `US`; others, in capitals."""
    states = _states().get(country, {})
    return states.get(_letters(written), written.strip().upper())


def region_code(written: str) -> str:
    """`"Germany"` → `"DE"`, `"USA-New York"` → `"US-NY"`.

    Raises `ValueError` for what begins with no country.
    """
    name, _, state = written.partition("-")
    # Guinea-Bissau is one name; AR-M is Mendoza in Argentina, not ARM.
    if len(name) > 3 and _letters(written) in _countries():
        return country_code(written)
    country = country_code(name)
    if country not in _countries().values():
        msg = f"{written} is no country, nor a state of one; write DE or US-CA"
        raise ValueError(msg)
    return f"{country}-{state_code(state, country=country)}" if state else country


def _letters(written: str) -> str:
    """What is left of a name without case, accents, spaces and dots."""
    plain = "".join(c for c in normalize("NFKD", written) if not combining(c))
    words = re.findall(r"[^\W_]+", plain.casefold())
    # AND alone is Andorra.
    telling = [word for word in words if word not in LEFT_OUT] or words
    return "".join(SAME.get(word, word) for word in telling)


@cache
def _countries() -> dict[str, str]:
    """Code by every way to write it."""
    codes: dict[str, str] = {}
    for line in COUNTRIES.strip().splitlines():
        code, three, names = line.split(" ", 2)
        codes |= {_letters(name): code for name in (code, three, *names.split("|"))}
    return codes


@cache
def _states() -> dict[str, dict[str, str]]:
    return {
        country: dict(_ways_to_write(country, states.split(", ")))
        for country, states in STATES.items()
    }


def _ways_to_write(country: str, states: Iterable[str]) -> Iterator[tuple[str, str]]:
    for state in states:
        code, names = state.split(" ", 1)
        for name in (code, country + code, *names.split("|")):
            yield _letters(name), code

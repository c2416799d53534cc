"""Parse the names of countries, and of states with taxes of their own, to ISO 3166 codes."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from unicodedata import combining, normalize

from webapp.kit.iso3166 import COUNTRIES, STATES

# "The Bahamas", "Trinidad & Tobago", "Saint Lucia" and "St. Lucia".
IGNORED_WORDS = {"the", "and"}
SYNONYMS = {"saint": "st"}


def country_code(written: str) -> str:
    """`"Singapore"`, `"sgp"`, `"SG"` → `"SG"`; any other text in upper case."""
    return _index_countries().get(_normalize_name(written), written.strip().upper())


def state_code(written: str, *, country: str) -> str:
    """`"California"`, `"US-CA"` → `"CA"` for the country `US`; any other text in upper
    case."""
    states = _index_states().get(country, {})
    return states.get(_normalize_name(written), written.strip().upper())


def region_code(written: str) -> str:
    """`"Germany"` → `"DE"`, `"USA-New York"` → `"US-NY"`.

    Raises `ValueError` for a text that does not begin with a country.
    """
    name, _, state = written.partition("-")
    # Guinea-Bissau is one name; AR-M is Mendoza in Argentina, not ARM.
    if len(name) > 3 and _normalize_name(written) in _index_countries():
        return country_code(written)
    country = country_code(name)
    if country not in _index_countries().values():
        msg = f"{written} is no country, nor a state of one; write DE or US-CA"
        raise ValueError(msg)
    return f"{country}-{state_code(state, country=country)}" if state else country


def _normalize_name(written: str) -> str:
    """Normalize a name: no case, accents, spaces or punctuation."""
    plain = "".join(c for c in normalize("NFKD", written) if not combining(c))
    words = re.findall(r"[^\W_]+", plain.casefold())
    # AND alone is the code of Andorra.
    significant = [word for word in words if word not in IGNORED_WORDS] or words
    return "".join(SYNONYMS.get(word, word) for word in significant)


@cache
def _index_countries() -> dict[str, str]:
    """Return the code by every spelling of a country."""
    codes: dict[str, str] = {}
    for line in COUNTRIES.strip().splitlines():
        code, three, names = line.split(" ", 2)
        codes |= {
            _normalize_name(name): code for name in (code, three, *names.split("|"))
        }
    return codes


@cache
def _index_states() -> dict[str, dict[str, str]]:
    return {
        country: dict(_iter_spellings(country, states.split(", ")))
        for country, states in STATES.items()
    }


def _iter_spellings(country: str, states: Iterable[str]) -> Iterator[tuple[str, str]]:
    for state in states:
        code, names = state.split(" ", 1)
        for name in (code, country + code, *names.split("|")):
            yield _normalize_name(name), code

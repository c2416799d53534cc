"""How every engine reads names, codes and words. Pure."""

from webapp.adapters.search.port import ProductDocument

_COMMON = """a an and are as at be but by for if in into is it no not of on or such that
the their then there these they this to was will with"""

STOP_WORDS = tuple(_COMMON.split())
"""Too common to tell products apart: neither indexed nor looked for."""


def label_key(label: str) -> str:
    """Categories and brands are compared without regard to case and outer spaces."""
    return label.strip().casefold()


def code_key(code: str) -> str:
    """`DV7-1211EA`, `dv7 1211ea` and `dv71211ea` are one code."""
    return "".join(letter for letter in code.casefold() if letter.isalnum())


def looks_like_code(key: str) -> bool:
    return len(key) >= 4 and has_digit(key)


def looks_like_model(word: str) -> bool:
    """`tn2110`, `ps4`, `2110`; not `4` or `15`, which may count anything."""
    return len(word) >= (4 if word.isdigit() else 3) and has_digit(word)


def is_distinctive(word: str) -> bool:
    """Whether one would look at a product for this word alone: not for `c` or `4`."""
    return len(word) > 1 and not word.isdigit()


def has_digit(word: str) -> bool:
    return any(letter.isdigit() for letter in word)


def min_should_match(words: int) -> int:
    """All of two; one may be missing of up to seven; then a quarter of them."""
    return words if words <= 2 else words - max(1, words // 4)


def build_full_text(entry: ProductDocument) -> str:
    """All that describes a product. One field of it ranks better than the sum of many:
    BM25 then weighs a word by the whole text (`tests/bench/search.py`)."""
    labels = " ".join((entry.brand or "", entry.category, *entry.tags))
    return f"{entry.name}\n{labels}\n{entry.description}"

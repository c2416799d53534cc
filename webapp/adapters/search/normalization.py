"""Normalization of labels, codes and words, shared by all engines. Pure."""

from webapp.adapters.search.port import ProductDocument

_COMMON = """a an and are as at be but by for if in into is it no not of on or such that
the their then there these they this to was will with"""

STOP_WORDS = tuple(_COMMON.split())
"""Too common to distinguish products: neither indexed nor searched."""


def label_key(label: str) -> str:
    """Normalize a category or brand: case and outer spaces do not matter."""
    return label.strip().casefold()


def code_key(code: str) -> str:
    """Normalize a code: `DV7-1211EA`, `dv7 1211ea` and `dv71211ea` are the same."""
    return "".join(letter for letter in code.casefold() if letter.isalnum())


def looks_like_code(key: str) -> bool:
    return len(key) >= 4 and has_digit(key)


def looks_like_model(word: str) -> bool:
    """Whether the word may be a model: `tn2110`, `ps4`, `2110`; not `4`, a mere count."""
    return len(word) >= (4 if word.isdigit() else 3) and has_digit(word)


def is_distinctive(word: str) -> bool:
    """Whether the word alone is a reason to show a product: not `c` or `4`."""
    return len(word) > 1 and not word.isdigit()


def has_digit(word: str) -> bool:
    return any(letter.isdigit() for letter in word)


def min_should_match(words: int) -> int:
    """Words that a product must have: all of up to two; of up to seven, one may be missing;
    of more, a quarter."""
    return words if words <= 2 else words - max(1, words // 4)


def build_full_text(product: ProductDocument) -> str:
    """Join all texts that describe a product. One field ranks better than the sum of many:
    BM25 then weighs a word by the whole text (`tests/eval/search.py`)."""
    labels = " ".join((product.brand or "", product.category, *product.tags))
    return f"{product.name}\n{labels}\n{product.description}"

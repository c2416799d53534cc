"""Rules for labels, words and texts that all engines share. Pure."""

from webapp.adapters.search.codes import has_digit
from webapp.adapters.search.port import ProductDocument


def looks_like_model(word: str) -> bool:
    """Whether the word may be a model: `tn2110`, `ps4`, `2110`; not `4`, a mere count."""
    return len(word) >= (4 if word.isdigit() else 3) and has_digit(word)


def is_distinctive(word: str) -> bool:
    """Whether the word alone is a reason to show a product: not `c` or `4`."""
    return len(word) > 1 and not word.isdigit()


def min_should_match(words: int) -> int:
    """Words that a product must have: all of up to two; of up to seven, one may be missing;
    of more, a quarter."""
    return words if words <= 2 else words - max(1, words // 4)


def build_full_text(product: ProductDocument) -> str:
    """Join all texts that describe a product. One field ranks better than the sum of many:
    BM25 then weighs a word by the whole text (`tests/eval/search.py`)."""
    labels = " ".join((product.brand or "", product.category, *product.tags))
    return f"{product.name}\n{labels}\n{product.description}"

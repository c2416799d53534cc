"""Rules for words, texts and ranking that all engines share. Pure.

The figures behind the weights are printed by `tests/eval/search`.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from webapp.adapters.search.analysis import QueryWord, index_text
from webapp.adapters.search.codes import has_digit
from webapp.adapters.search.negations import drop_negated
from webapp.adapters.search.port import NearProducts, ProductDocument

MAX_WORDS = 24
"""More than a customer types; each word costs five lookups in the index."""
MIN_STRICT_MATCHES = 10
"""With this many matches of every word, no product that lacks a word is added."""
SEARCHED_FIELDS = ("text", "attributes", "compounds")
"""Together they contain every word of a product: its name is part of `text`."""
WEIGHTS = {"text": 1.0, "name": 0.5, "attributes": 0.2}
SAME_WEIGHT = 0.9
"""Of a word that means the same as the one that was typed, as a part of the weight of that."""
ALL_WORDS_BONUS = 20.0
KIND_BONUSES = {"kinds": 11.0, "category_kinds": 3.0}
"""Of a product that is the thing asked for by its name, such as a camera and not the battery of
one, and by its category."""
SAME_KIND_SHARE = 0.7
"""Of these for what only means the same as the thing that was typed: a laptop for `notebook`."""
NEAR_SHARE = 1.5
"""Of a product that is what the text means, in terms of how rare the words of the text are; less,
as it is less near. A word in a name and a text scores two to three times its rarity."""
NEAR_BONUS = 60.0
"""The same where no product has every word. What has a word by chance, with a score of some 20,
comes behind."""
MIN_JOINING = 0.5
"""Where products have every word, one that lacks some joins them if it is as near as that."""
PIN_BONUS = 1_000.0
"""Of the last product that is pinned to a text: more than all else together. The one before has
twice as much."""
IN_STOCK_BONUS = 1.0
POPULARITY_LEVELS = (1, 10, 100, 1000)
"""Units sold."""
POPULARITY_BONUS = 0.2
"""For each level that a product has reached: all together less than being in stock."""


@dataclass(frozen=True)
class NearGroup:
    """Products that are equally near in meaning to a text."""

    ids: list[str]
    score: float
    is_joining: bool
    """Whether they match without the words of the text."""


def group_near(
    near: NearProducts, *, has_exact: bool, rarities: Iterable[float]
) -> list[NearGroup]:
    """`rarities` are those of the words of the text, `has_exact` says whether some product has
    every one."""
    full = NEAR_SHARE * sum(rarities) if has_exact else NEAR_BONUS
    by_nearness: dict[float, list[str]] = defaultdict(list)
    for product_id, nearness in near:
        by_nearness[nearness].append(str(product_id))
    return [
        NearGroup(ids, nearness * full, not has_exact or nearness >= MIN_JOINING)
        for nearness, ids in by_nearness.items()
    ]


def list_pins(pinned: Sequence[UUID]) -> list[tuple[str, float]]:
    """The score of each."""
    return [
        (str(product_id), PIN_BONUS * number)
        for number, product_id in enumerate(reversed(pinned), 1)
    ]


def compute_rarity(products_with_word: int, products: int) -> float:
    """The inverse document frequency that BM25 weighs a word by; 0 for one that none has."""
    if not products_with_word:
        return 0.0
    lacking = max(0, products - products_with_word)
    return math.log(1 + (lacking + 0.5) / (products_with_word + 0.5))


def iter_weighted_parts(word: QueryWord) -> Iterator[tuple[str, float]]:
    """The words by which products are ranked, with their weights."""
    yield from ((part, 1.0) for part in word.parts)
    yield from ((part, SAME_WEIGHT) for part in word.same_parts)


@dataclass(frozen=True)
class Relaxation:
    """A condition looser than every word: all of some words, and a number of others."""

    required: Sequence[QueryWord]
    optional: Sequence[QueryWord]
    min_optional: int


def iter_relaxations(
    words: Sequence[QueryWord], *, is_indexed: Callable[[QueryWord], bool]
) -> Iterator[Relaxation]:
    """The query without a word or two, then with any word. Model numbers such as `2110` that some
    product has are never dropped, and `a` or `4` alone matches nothing."""
    models = [
        word for word in words if looks_like_model(word.text) and is_indexed(word)
    ]
    rest = [word for word in words if word not in models]
    optional = [word for word in rest if is_distinctive(word.text)] or rest
    for min_words in (min_should_match(len(words)), 1):
        min_optional = max(min_words - len(models), 0 if models else 1)
        yield Relaxation(models, optional, min(min_optional, len(optional)))


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
    BM25 then weighs a word by the whole text (`tests/eval/search`)."""
    labels = " ".join((product.brand or "", product.category, *product.tags))
    return f"{product.name}\n{labels}\n{product.description}"


def build_stated_text(product: ProductDocument) -> str:
    """The words of what the product says that it has; those of "no microphone" are not among
    them."""
    return index_text(drop_negated(f"{build_full_text(product)}\n{product.attributes}"))

"""What kind of thing a product is and a search asks for, read from names and categories. Pure.

`Keyed Laptop Lock` is a lock, and `Laptop 14, 16 GB` or `Laptop with bag` a laptop: the last word
of a phrase names the thing, those before it say which one. No kind of product is known here:
which words name things is counted in the names of the catalog.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter

from webapp.adapters.search.analysis import (
    QueryWord,
    fold_text,
    index_text,
    split_query,
)
from webapp.adapters.search.normalization import (
    KIND_BONUSES,
    MAX_WORDS,
    SAME_KIND_SHARE,
)
from webapp.adapters.search.same_words import Synonyms
from webapp.adapters.search.stop_words import STOP_WORDS

MIN_KIND_SHARE = 0.05
"""A word names a thing if it does so in as many of the names that have it: `black` does not."""

OWN_KIND_SHARE = 0.5
"""A word is what the catalog itself calls the thing if it names it in as many of these names."""

_ASIDE = re.compile(r"[([][^)\]]*[)\]]?")
_CLAUSE_END = re.compile(r"[,;:|\u2013\u2014]|\s-\s|-(?=\s)")
_PURPOSE = re.compile(
    r"(?:^|\s)(?:for|with|without|from|by|für|fur|mit|ohne|pour|avec|sans|para|con|sin"
    r"|voor|met|w)(?:\s|/)",
    re.IGNORECASE,
)
"""What follows says what the thing is for or comes with, not what it is."""
_UNIT = r"(?<!\S)\d+(?:[.,]\d+)*\s+[^\W\d_]{1,3}(?=\s+\S*\d|\s*$)"
_PHRASE_END = re.compile(rf"{_UNIT}|\S*\d\S*|[\"\u201d*]|\bof\b", re.IGNORECASE)
"""Numbers with their units, codes, and quotation marks."""
_WORD = re.compile(r"&|[^\W\d_](?:[^\s\d,;:!?\"\u201c\u201d()\[\]*|/]|/(?=[^\W\d_]))*")
_CONJUNCTIONS = frozenset(("&", "and", "und", "et"))
_JOINTS = STOP_WORDS | _CONJUNCTIONS | {"de", "von", "van"}
"""They name nothing."""
_CATEGORY_LEVEL = re.compile(r"[>|\u00bb]|\s/\s")
_CATEGORY_PART = re.compile(r"[,;/&+]|\b(?:and|und|et)\b", re.IGNORECASE)

MAX_PHRASES = 4
"""Of a search: the thing is among the first."""
COUNTED_FIELDS = ("kinds", "category_kinds", "name")

Phrase = list[str]
KindForm = tuple[tuple[str, ...], str]
"""Words that a product has to have, and the one that names the thing."""
CountProducts = Callable[[str, str], int]
"""Counts the products that have a word in a field, of `COUNTED_FIELDS`."""


def index_name_kinds(
    name: str, brand: str | None = None, qualities: Collection[str] = ()
) -> str:
    """Build the words that name the thing in a name: the last of each phrase that is none of the
    product's qualities, such as its color; of `Keyboard and mouse` both."""
    heads: list[str] = []
    folded = {fold_text(quality) for quality in qualities}
    for phrase in list_phrases(_cut_brand(name, brand)):
        heads += _iter_heads(phrase, folded)
    named = [part for head in heads for part in head.split("/") if len(part) > 1]
    return " ".join(map(index_text, dict.fromkeys(named)))


def index_category_kinds(category: str) -> str:
    """Build the last words of the things in a category: `Keyboards & mice` are two."""
    leaf = _CATEGORY_LEVEL.split(category)[-1]
    parts = [part.split() for part in _CATEGORY_PART.split(leaf)]
    return " ".join(index_text(part[-1]) for part in parts if part)


def list_phrases(name: str) -> list[Phrase]:
    """Split what names the thing into phrases, at numbers and codes: the first clause of more than
    a word, which may be a mere name, and those before it, without what they are for."""
    found: list[Phrase] = []
    for clause in _CLAUSE_END.split(_ASIDE.sub(" 0 ", name)):
        purpose = _PURPOSE.search(clause)
        named = clause[: purpose.start()] if purpose else clause
        phrases = [_WORD.findall(part) for part in _PHRASE_END.split(named)]
        found += filter(None, phrases)
        if any(len(phrase) > 1 for phrase in found):
            break
    return found


def split_phrases(text: str, synonyms: Synonyms | None = None) -> list[list[QueryWord]]:
    """Split what a search asks for into phrases of words."""
    phrases = list_phrases(text)[:MAX_PHRASES]
    return [split_query(" ".join(phrase), synonyms)[:MAX_WORDS] for phrase in phrases]


@dataclass(frozen=True)
class AskedKind:
    """The word of a search that names the thing."""

    word: QueryWord
    is_own: bool = False
    """Whether most names that have the word, as it was typed, mean the thing by it: not `laptop`
    where laptops are called notebooks, and only accessories say what they are for."""


def choose_kind(
    phrases: Iterable[Sequence[QueryWord]], *, count_products: CountProducts
) -> AskedKind | None:
    """The last word that names the thing in enough names, or the one that does so most often, of
    the first phrase with any."""
    word = _choose_word(phrases, count_products)
    if word is None:
        return None
    own = _compute_name_share([form[-1] for form in word.forms], count_products)
    return AskedKind(word, is_own=own >= OWN_KIND_SHARE)


def _choose_word(
    phrases: Iterable[Sequence[QueryWord]], count_products: CountProducts
) -> QueryWord | None:
    for phrase in phrases:
        shares = [
            (_compute_share(word, count_products), word) for word in reversed(phrase)
        ]
        naming = [word for share, word in shares if share >= MIN_KIND_SHARE]
        if naming:
            return naming[0]
        share, word = max(shares, key=itemgetter(0), default=(0.0, None))
        if share:
            return word
    return None


def list_kind_parts(word: QueryWord) -> list[str]:
    """List what of a word may name the thing: of `coffee machine`, which some product has as one
    word, that word and `machine`; and single words that mean the same."""
    same = [form[0] for form in word.same if len(form) == 1]
    return list(dict.fromkeys([*(form[-1] for form in word.forms), *same]))


def list_kind_scores(
    kind: AskedKind,
) -> Iterator[tuple[str, Sequence[KindForm], float]]:
    """The scores of a product that is what is asked for: by which field, and by which forms there.
    They add up for what was typed."""
    for field, score in KIND_BONUSES.items():
        share = SAME_KIND_SHARE if kind.is_own and kind.word.same else 1.0
        yield field, _list_forms(kind.word), score * share
        if share < 1:
            yield field, _list_own_forms(kind.word), score * (1 - share)


def _list_own_forms(word: QueryWord) -> list[KindForm]:
    return [((), part) for part in dict.fromkeys(form[-1] for form in word.forms)]


def _list_forms(word: QueryWord) -> list[KindForm]:
    """Of what means the same, such as `flash drive`, a product has to have both words."""
    own = [((), part) for part in list_kind_parts(word)]
    return [*own, *((form[:-1], form[-1]) for form in word.same if len(form) > 1)]


def _compute_share(word: QueryWord, count_products: CountProducts) -> float:
    """Of the names with a word, the part of those in which it names the thing; all, if it does so
    in a category."""
    parts = list_kind_parts(word)
    if any(count_products("category_kinds", part) for part in parts):
        return 1.0
    return _compute_name_share(parts, count_products)


def _compute_name_share(parts: Iterable[str], count_products: CountProducts) -> float:
    return max(
        count_products("kinds", part) / max(1, count_products("name", part))
        for part in parts
    )


def _cut_brand(name: str, brand: str | None) -> str:
    if not brand:
        return name
    return re.sub(rf"\A\s*{re.escape(brand)}(?!\w)", "", name, flags=re.IGNORECASE)


def _iter_heads(phrase: Phrase, qualities: set[str]) -> Iterator[str]:
    words = list(phrase)
    while words and fold_text(words[-1]) in qualities | _JOINTS:
        words.pop()
    for before, word in pairwise(words):
        if _is_end(before, word):
            yield before
    yield from words[-1:]
    if len(words) > 2 and words[-2].lower() in _CONJUNCTIONS:
        yield words[-3]


def _is_end(word: str, following: str) -> bool:
    """Whether a capital letter begins what is said about the thing, as in `notebook case Nylon`."""
    return word.islower() and following[0].isupper() and word not in _JOINTS

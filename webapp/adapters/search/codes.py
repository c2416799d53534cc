"""Codes of products, such as SKUs and EANs: the keys under which they are found. Pure."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Self

from webapp.adapters.search.analysis import QueryWord, fold_text, split_query
from webapp.adapters.search.same_words import Synonyms

_PART = re.compile(r"[^\W_]+")
MAX_PARTS = 8
"""Of a code; more than that is a text."""
MIN_KEY_LENGTH = 3
MIN_PART_LENGTH = 4
"""Of a part that counts beside other words: shorter numbers are sizes and counts."""
MAX_TYPED_PARTS = 4
"""A code may be typed as several words: `NOR 0707 60`."""
LITERAL_SCORE, CODE_SCORE, PART_SCORE = 150.0, 100.0, 50.0
"""Of a code as it is written, with other separators, and of a part of one: above any words."""
MAX_PART_PRODUCTS = 20
"""A part that more products have, such as that of a series, is no code."""


@dataclass(frozen=True)
class TypedCode:
    """A part of a search text that may be a code."""

    words: tuple[str, ...]
    """As typed."""
    key: str
    is_whole_query: bool

    @property
    def literal(self) -> str:
        return literal_key(" ".join(self.words))

    @property
    def is_exclusive(self) -> bool:
        """Whether only the products of such a code are meant, and no others with its words."""
        return len(self.key) >= MIN_PART_LENGTH and has_digit(self.key)

    @property
    def may_be_prefix(self) -> bool:
        return self.is_whole_query and self.is_exclusive

    @property
    def may_be_part(self) -> bool:
        if not has_digit(self.key):
            return False
        return self.is_whole_query or len(self.key) > MIN_PART_LENGTH


@dataclass(frozen=True)
class FoundCodes:
    """What in a search text is a code of a product, such as `006R90321`, a part of the codes of
    few, or, with nothing else, the beginning of theirs."""

    codes: Sequence[TypedCode] = ()
    parts: Sequence[TypedCode] = ()
    prefixes: Sequence[TypedCode] = ()

    @classmethod
    def from_typed(
        cls,
        typed: Sequence[TypedCode],
        *,
        count_products: Callable[[str, str], int],
        count_prefixed: Callable[[str], int],
    ) -> Self:
        """`count_products` counts those that have a key in the field `codes` or `code_parts`,
        `count_prefixed` those with a code that begins with a key."""
        return cls(
            [code for code in typed if count_products("codes", code.key)],
            [
                code
                for code in typed
                if code.may_be_part
                and 0 < count_products("code_parts", code.key) <= MAX_PART_PRODUCTS
            ],
            [
                code
                for code in typed
                if code.may_be_prefix
                and 0 < count_prefixed(code.key) <= MAX_PART_PRODUCTS
            ],
        )

    def __bool__(self) -> bool:
        return bool(self.codes or self.parts or self.prefixes)

    @property
    def exclusive(self) -> list[TypedCode]:
        return [code for code in self.codes if code.is_exclusive]

    @property
    def shown(self) -> Self:
        """Without what is not meant beside an exclusive code: of other codes those that contain
        it."""
        keys = {code.key for code in self.exclusive}
        if not keys:
            return self
        return replace(
            self,
            codes=self.exclusive,
            parts=[code for code in self.parts if code.key in keys],
            prefixes=[code for code in self.prefixes if code.key in keys],
        )

    @property
    def typed_words(self) -> set[str]:
        """Words of the text that are no ordinary ones."""
        found = (*self.codes, *self.parts, *self.prefixes)
        return {word for code in found for word in code.words}

    def mean_all(self, text: str) -> bool:
        """Whether the text is nothing but codes, or one of them excludes what else is typed."""
        return bool(self.exclusive) or (
            bool(self) and self.typed_words.issuperset(text.split())
        )

    def split_other_words(
        self, text: str, synonyms: Synonyms | None = None
    ) -> list[QueryWord]:
        """Split the text into its words beside exclusive codes."""
        coded = {word for code in self.exclusive for word in code.words}
        others = " ".join(word for word in text.split() if word not in coded)
        return split_query(others, synonyms)

    def list_scores(self) -> list[tuple[str, str, float]]:
        """List field, key and score of each."""
        return [
            *(("codes", code.literal, LITERAL_SCORE) for code in self.codes),
            *(("codes", code.key, CODE_SCORE) for code in self.codes),
            *(("code_parts", code.key, PART_SCORE) for code in self.parts),
        ]


NO_CODES = FoundCodes()


def code_key(code: str) -> str:
    """Normalize a code: `DV7-1211EA`, `dv7 1211ea` and `dv71211ea` are the same, and so are
    `0004217` and `4217`, or the forms of an EAN with and without leading zeros."""
    key = "".join(letter for letter in fold_text(code) if letter.isalnum())
    return key.lstrip("0") or key


def literal_key(code: str) -> str:
    """The code as it is written, by which it comes before one that only has the same key."""
    return f"={fold_text(code).strip()}"


def has_digit(word: str) -> bool:
    return any(letter.isdigit() for letter in word)


def build_code_prefix(text: str) -> str | None:
    """The key of a code that is being typed; `None` for a mere word."""
    key = code_key(text)
    is_code = has_digit(key) or len(_PART.findall(text)) > len(text.split())
    return key if is_code and len(key) >= MIN_KEY_LENGTH else None


def list_code_keys(codes: tuple[str, ...]) -> list[str]:
    keys = [key for code in codes for key in (code_key(code), literal_key(code))]
    return list(dict.fromkeys(filter(None, keys)))


def list_part_keys(codes: tuple[str, ...]) -> list[str]:
    """List the keys of what is also typed for a code: some of its parts in a row, and a number
    without its leading zeros."""
    return list(dict.fromkeys(key for code in codes for key in _iter_part_keys(code)))


def _iter_part_keys(code: str) -> Iterator[str]:
    parts = _PART.findall(fold_text(code))[:MAX_PARTS]
    for start, end in combinations(range(len(parts) + 1), 2):
        key = "".join(parts[start:end])
        for form in (key, key.lstrip("0")):
            if len(form) >= MIN_KEY_LENGTH and has_digit(form):
                yield form


def list_typed_codes(text: str) -> list[TypedCode]:
    """List what may be a code in a search text: a word, or some in a row, that has a digit. A
    word of letters is one if it is written like one (`APRON-S`) or nothing else is typed."""
    words = text.split()
    found: dict[str, TypedCode] = {}
    for length in range(min(MAX_TYPED_PARTS, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            typed = tuple(words[start : start + length])
            key = code_key("".join(typed))
            is_written_so = len(_PART.findall(typed[0])) > 1 and length == 1
            is_whole = length == len(words)
            is_long = len(key) >= MIN_KEY_LENGTH
            if key and (is_whole or (is_long and (has_digit(key) or is_written_so))):
                found.setdefault(key, TypedCode(typed, key, is_whole))
    return list(found.values())

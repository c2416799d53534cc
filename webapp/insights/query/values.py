"""Values of dimensions that a text names: what a filter can be made of. Pure data."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Self

from webapp.kit.json import OmittedIfNone, ResponseBody


class MatchKind(StrEnum):
    WHOLE = "whole"
    """The words are the name of a value, whatever their case and number."""
    PART = "part"
    """The words are in names of products: for a filter by `contains`."""
    SIMILAR = "similar"
    """The words are spelled almost like it."""


class ValueMatch(ResponseBody):
    example_values = {
        "dimension": "category",
        "value": "Kitchen",
        "start": 18,
        "end": 25,
        "kind": MatchKind.WHOLE,
    }

    dimension: str
    value: str
    """As a filter takes it, and as results show it; of a part, the words to look for."""
    start: int
    """Offset of its first character in the text."""
    end: int
    """Offset behind its last character."""
    kind: MatchKind
    names: OmittedIfNone[list[str]] = None
    """Of a part, the products that have it, if they are few; of what is similar, how it is
    spelled."""


class ValueMatches(ResponseBody):
    matches: list[ValueMatch]
    """By their place in the text. Words that are values of several dimensions are there for each
    of them."""

    def add(self, others: Iterable[ValueMatch]) -> Self:
        matches = sorted([*self.matches, *others], key=lambda each: each.start)
        return self.model_copy(update={"matches": matches})

"""Rules over tokens: written patterns, each with a function that builds what it means.

A pattern is a row of elements. `the` stands for that word, `of|in` for one of several,
`(last|past)` captures which one it was, `MONTH` captures the value of a category, and a `?` at the
end makes an element optional; a capture that is missing is None. Patterns have a fixed length and
categories are remembered by place, so that the time to read a text grows with its length only.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from agents.local.language.calendar_days import ImpossibleTime
from agents.local.language.today import Today
from agents.local.language.tokens import Token
from webapp.kit.weeks import WeekStart

Category = Callable[["TokenReader", int], tuple[Any, int] | None]
"""Reads a value at a place; returns it with the place behind it, or None."""
Build = Callable[["Captures"], Any]
"""Builds the value of a pattern; None where the pattern does not hold after all."""

ANY_DAY = Today(date(2000, 1, 1), WeekStart.MONDAY)
"""For rules that mean the same on each day."""


@dataclass
class TokenReader:
    """The tokens of a text, with what was read at each place already."""

    tokens: Sequence[Token]
    today: Today
    categories: Mapping[str, Category]
    memory: dict[tuple[str, int], tuple[Any, int] | None] = field(default_factory=dict)

    def read_category(self, name: str, at: int) -> tuple[Any, int] | None:
        key = name, at
        if key not in self.memory:
            self.memory[key] = self.categories[name](self, at)
        return self.memory[key]

    def get_word(self, at: int) -> str:
        """The word at a place; none before the first and after the last token."""
        return self.tokens[at].word if 0 <= at < len(self.tokens) else ""

    def is_glued(self, at: int) -> bool:
        return 0 < at < len(self.tokens) and self.tokens[at].is_glued

    def is_lower(self, at: int) -> bool:
        return self.tokens[at].is_lower


@dataclass(frozen=True)
class Captures:
    """What a pattern captured, in the order of its elements."""

    values: tuple[Any, ...]
    reader: TokenReader
    start: int
    end: int

    @property
    def today(self) -> Today:
        return self.reader.today

    def __getitem__(self, index: int) -> Any:
        return self.values[index]


@dataclass(frozen=True)
class Element:
    words: frozenset[str]
    category: str
    is_optional: bool
    is_captured: bool

    @classmethod
    def from_text(cls, text: str) -> "Element":
        bare = text.removesuffix("?")
        is_optional = bare != text
        if bare.isupper():
            return cls(frozenset(), bare, is_optional, is_captured=True)
        is_captured = bare.startswith("(")
        words = frozenset(bare.strip("()").split("|"))
        return cls(words, "", is_optional, is_captured)

    def read_value(self, reader: TokenReader, at: int) -> tuple[Any, int] | None:
        if self.category:
            return reader.read_category(self.category, at)
        word = reader.get_word(at)
        return (word, at + 1) if word in self.words else None


@dataclass(frozen=True)
class Rule:
    elements: tuple[Element, ...]
    build: Build

    def read_values(
        self, reader: TokenReader, at: int, index: int = 0
    ) -> tuple[tuple[Any, ...], int] | None:
        """The captures from an element on; an optional one is taken if the rest allows it."""
        if index == len(self.elements):
            return (), at
        element = self.elements[index]
        found = element.read_value(reader, at)
        rest = found and self.read_values(reader, found[1], index + 1)
        if found and rest:
            captured = (found[0],) if element.is_captured else ()
            return captured + rest[0], rest[1]
        skipped = element.is_optional and self.read_values(reader, at, index + 1)
        if not skipped:
            return None
        return ((None,) if element.is_captured else ()) + skipped[0], skipped[1]


def _build_value(rule: Rule, captures: Captures) -> Any:
    """None as well for what is beyond the calendar, when today is at its very end."""
    try:
        return rule.build(captures)
    except ImpossibleTime:
        return None


class Rules:
    """Rules for one kind of thing, of which the longest match wins, the earlier of two equal.

    They are found by what they can begin with: a word, or a category that can be read there.
    """

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._by_word: dict[str, list[int]] = {}
        self._by_category: dict[str, list[int]] = {}

    def add(self, *patterns: str) -> Callable[[Build], Build]:
        def add_patterns(build: Build) -> Build:
            for pattern in patterns:
                elements = tuple(map(Element.from_text, pattern.split()))
                self._index_beginning(elements)
                self._rules.append(Rule(elements, build))
            return build

        return add_patterns

    def _index_beginning(self, elements: Sequence[Element]) -> None:
        for element in elements:
            if element.category:
                self._by_category.setdefault(element.category, []).append(
                    len(self._rules)
                )
            for word in element.words:
                self._by_word.setdefault(word, []).append(len(self._rules))
            if not element.is_optional:
                return

    @property
    def first_words(self) -> frozenset[str]:
        """Those that are written in the patterns; a category may begin with others."""
        return frozenset(self._by_word)

    def read_longest(self, reader: TokenReader, at: int) -> tuple[Any, int] | None:
        """Is itself a category."""
        longest: tuple[Any, int] | None = None
        for rule in self._find_rules(reader, at):
            found = rule.read_values(reader, at)
            if found is None or (longest and found[1] <= longest[1]):
                continue
            value = _build_value(rule, Captures(found[0], reader, at, found[1]))
            if value is not None:
                longest = value, found[1]
        return longest

    def _find_rules(self, reader: TokenReader, at: int) -> list[Rule]:
        word = reader.get_word(at)
        if not word:
            return []
        indices = set(self._by_word.get(word, ()))
        for category, rules in self._by_category.items():
            if reader.read_category(category, at) is not None:
                indices.update(rules)
        return [self._rules[index] for index in sorted(indices)]


def build_words(words: Collection[str]) -> Category:
    """The category of any one of some words."""

    def read_word(reader: TokenReader, at: int) -> tuple[str, int] | None:
        word = reader.get_word(at)
        return (word, at + 1) if word in words else None

    return read_word

"""Finds the phrases that ask for an analysis by the patterns of `data/analyses.toml`. Pure.

Each pattern is a rule of the grammar of times (`language.grammar`) over classes of phrases.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial

from agents.local.insights.words.lexicon import read_analyses, read_data, split_phrase
from agents.local.language.grammar import (
    ANY_DAY,
    Captures,
    Category,
    Rules,
    TokenReader,
)
from agents.local.language.tokens import Token

IsFree = Callable[[int, int], bool]


class PhraseReader(TokenReader):
    """`is_free` says of the places of a first and behind a last token whether the words between cut
    no time and no name."""

    def __init__(
        self,
        tokens: Sequence[Token],
        categories: Mapping[str, Category],
        is_free: IsFree,
    ) -> None:
        super().__init__(tokens, ANY_DAY, categories)
        self.is_free = is_free


def find_analysis_phrases(
    tokens: Sequence[Token], *, is_free: IsFree
) -> dict[int, tuple[str, int]]:
    """By the place of a first token, the analysis that the longest phrase from there asks for, and
    the place behind its last token. `is_free` as of `PhraseReader`."""
    rules, categories = _load_rules()
    reader = PhraseReader(tokens, categories, is_free)
    found = ((at, rules.read_longest(reader, at)) for at in range(len(tokens)))
    return {at: phrase for at, phrase in found if phrase is not None}


@cache
def _load_rules() -> tuple[Rules, Mapping[str, Category]]:
    rules = Rules()
    categories: dict[str, Category] = {}
    for name, analysis in read_analyses().items():
        for pattern in analysis["patterns"]:
            elements = pattern.split()
            rules.add(" ".join(map(_name_category, elements)))(_name_analysis(name))
            for element in elements:
                bare = element.removesuffix("?")
                categories[_name_category(bare)] = _build_category(bare)
    return rules, categories


def _name_category(element: str) -> str:
    """One that is in capitals, and another one for the word "what" than for the class "WHAT"."""
    return element if element.isupper() else f"W:{element.upper()}"


def _name_analysis(name: str) -> Callable[[Captures], str]:
    return lambda _: name


def _build_category(element: str) -> Category:
    """The longest phrase of several words and classes of phrases: "BUYING|go"."""
    classes: Mapping[str, Sequence[str]] = read_data("analyses.toml")["classes"]
    names = element.split("|")
    phrases = [phrase for name in names for phrase in classes.get(name, [name])]
    by_first: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for words in sorted(map(split_phrase, phrases), key=len, reverse=True):
        by_first[words[0]].append(words)
    return partial(_read_phrase, by_first)


def _read_phrase(
    by_first: Mapping[str, Sequence[tuple[str, ...]]], reader: TokenReader, at: int
) -> tuple[str, int] | None:
    for words in by_first.get(reader.get_word(at), ()):
        end = at + len(words)
        is_same = all(reader.get_word(at + n) == word for n, word in enumerate(words))
        if is_same and isinstance(reader, PhraseReader) and reader.is_free(at, end):
            return " ".join(words), at + len(words)
    return None

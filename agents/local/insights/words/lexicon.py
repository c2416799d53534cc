"""The words of questions about figures, and what each can do in one.

Metrics and dimensions bring their labels and synonyms; the other words are in `data/*.toml`. A
phrase may have several roles: the words around it decide (`senses`).
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from agents.local.language.tokens import Token, split_tokens
from webapp.insights.query.definitions import DIMENSIONS, METRICS

DATA = Path(__file__).parents[1] / "data"
YES_NO_WORDS = frozenset(
    {"do", "does", "did", "is", "are", "was", "were", "has", "have"}
)
"""What questions begin with that can be answered by yes or no."""


class Role(StrEnum):
    """What a phrase does. Those without a comment are named by their section of `words.toml`."""

    METRIC = "metric"
    DIMENSION = "dimension"
    DIMENSIONS = "dimensions"
    """A dimension in the plural."""
    VALUE = "value"
    """`name` is the value, `of` its dimension."""
    SUPERLATIVE = "superlative"
    """`name` is what it ranks by, `of` the direction."""
    METRIC_VERB = "metric_verb"
    GAP = "gap"
    """Of something that is not recorded; `name` is the reason."""
    ANALYSIS = "analysis"
    """`name` is that of the analysis."""
    QUALIFIER = "qualifier"
    """Says something only where an analysis is asked for; `name` is that of it."""
    EXTREME_DAY = "extreme_day"
    """When something happened (`senses.extreme_days`): `name` is first or last, `of` the metric."""
    PERSONAL = "personal"
    TALK = "talk"
    """Around the question (`talk`); `name` says whether it is an opinion."""
    FILLER = "filler"
    BY = "by"
    BREAKDOWN = "breakdown"
    ONLY = "only"
    EXCLUDE = "exclude"
    COMPARE = "compare"
    JOIN = "join"
    WHICH = "which"
    HOW_MANY = "how_many"
    HOW_MUCH = "how_much"
    SHARE = "share"
    CHANGE = "change"
    AT_THE_TOP = "at_the_top"
    RISE = "rise"
    FALL = "fall"
    HIGH = "high"
    LOW = "low"
    TREND = "trend"
    RUNNING_TOTAL = "running_total"
    MOVING_AVERAGE = "moving_average"
    RANK_COLUMN = "rank_column"
    SORT = "sort"
    ALPHABETICAL = "alphabetical"
    """An order by what rows are of (`edits`)."""
    DESCENDING = "descending"
    ASCENDING = "ascending"
    CHART = "chart"
    OVER = "over"
    AT_LEAST = "at_least"
    UNDER = "under"
    AT_MOST = "at_most"
    OR_MORE = "or_more"
    OR_LESS = "or_less"
    BETWEEN = "between"
    ANAPHOR = "anaphor"
    AGAIN = "again"
    ALSO = "also"
    INSTEAD_OF = "instead_of"
    NET_OF = "net_of"
    UNCONVERTED = "unconverted"
    LATELY = "lately"
    DRILL = "drill"
    RESTORE = "restore"
    FORGET = "forget"
    SUM_UP = "sum_up"
    FLIP = "flip"
    LATER = "later"
    EARLIER = "earlier"
    FURTHER = "further"
    REST = "rest"
    BOTH = "both"
    OTHER = "other"
    NEVER = "never"
    EVERY_VALUE = "every_value"
    YES = "yes"
    INTERVAL = "interval"
    OVERVIEW = "overview"


DIMENSION_ROLES = (Role.DIMENSION, Role.DIMENSIONS)


@dataclass(frozen=True)
class Meaning:
    role: Role
    name: str = ""
    of: str = ""


FILLER = (Meaning(Role.FILLER),)
"""The meanings of words that say nothing."""
Words = tuple[str, ...]


class QuestionLexicon:
    def __init__(
        self, phrases: Iterable[tuple[str, Meaning]], others: Iterable[str] = ()
    ) -> None:
        self._meanings: dict[Words, tuple[Meaning, ...]] = defaultdict(tuple)
        for phrase, meaning in phrases:
            words = split_phrase(phrase)
            if meaning not in self._meanings[words]:
                self._meanings[words] += (meaning,)
        self._max_words = max(map(len, self._meanings))
        within = frozenset(word for words in self._meanings for word in words)
        self.words = within.union(others)
        """Every word of every phrase, and of what is read by patterns."""
        self.single = frozenset(words[0] for words in self._meanings if len(words) == 1)
        """The words that mean something by themselves."""

    def list_phrases(self) -> list[str]:
        return [" ".join(words) for words in self._meanings]

    def find_longest(
        self, tokens: Sequence[Token], at: int, until: int
    ) -> tuple[int, tuple[Meaning, ...]]:
        """The number of tokens of the longest phrase that begins at a token and ends before
        another, with its meanings; 0 if there is none."""
        for size in range(min(self._max_words, until - at), 0, -1):
            phrase = tokens[at : at + size]
            words = tuple(token.word for token in phrase)
            if meanings := self._meanings.get(words) or self._find_hyphenated(phrase):
                return size, meanings
        return 0, ()

    def _find_hyphenated(self, tokens: Sequence[Token]) -> tuple[Meaning, ...]:
        """ "Sold-out" is "sold out", if no phrase is written so itself."""
        if tokens[-1].word == "-" or not any(map(_is_hyphen, tokens)):
            return ()
        words = tuple(each.word for each in tokens if not _is_hyphen(each))
        return self._meanings.get(words, ()) if len(words) > 1 else ()


def _is_hyphen(token: Token) -> bool:
    return token.word == "-" and token.is_glued


def split_phrase(phrase: str) -> Words:
    return tuple(token.word for token in split_tokens(phrase))


@cache
def load_lexicon() -> QuestionLexicon:
    return QuestionLexicon(
        [
            *_iterate_terms(),
            *_iterate_words(),
            *_iterate_gaps(),
            *_iterate_analyses(),
        ],
        _iterate_pattern_words(),
    )


def _iterate_terms() -> Iterator[tuple[str, Meaning]]:
    for name, metric in METRICS.items():
        for phrase in _vary_number(
            [metric.label, name.replace("_", " "), *metric.synonyms]
        ):
            yield phrase, Meaning(Role.METRIC, name)
    for name, dimension in DIMENSIONS.items():
        for phrase in (dimension.label, name.replace("_", " "), *dimension.synonyms):
            yield phrase, Meaning(Role.DIMENSION, name)
            yield _build_plural(phrase), Meaning(Role.DIMENSIONS, name)
        yield dimension.plural, Meaning(Role.DIMENSIONS, name)


def _vary_number(phrases: Iterable[str]) -> Iterator[str]:
    for phrase in phrases:
        yield phrase
        yield (
            phrase.removesuffix("s") if phrase.endswith("s") else _build_plural(phrase)
        )


def _build_plural(phrase: str) -> str:
    if phrase.endswith("y") and phrase[-2] not in "aeiou":
        return f"{phrase[:-1]}ies"
    return f"{phrase}es" if phrase.endswith(("s", "x", "ch", "sh")) else f"{phrase}s"


def _iterate_words() -> Iterator[tuple[str, Meaning]]:
    sections = dict(read_data("words.toml"))
    for metric, verbs in sections.pop("metric_verbs").items():
        yield from ((verb, Meaning(Role.METRIC_VERB, metric)) for verb in verbs)
    for direction, superlatives in sections.pop("superlatives").items():
        for ranked, phrases in superlatives.items():
            meaning = Meaning(Role.SUPERLATIVE, ranked, direction)
            yield from ((phrase, meaning) for phrase in phrases)
    for dimension, values in sections.pop("values").items():
        for value, phrases in values.items():
            meaning = Meaning(Role.VALUE, value, dimension)
            yield from ((phrase, meaning) for phrase in phrases)
    sections.pop("count_of")
    for role, phrases in sections.items():
        yield from ((phrase, Meaning(Role(role))) for phrase in phrases)


def _iterate_gaps() -> Iterator[tuple[str, Meaning]]:
    data = read_data("not_recorded.toml")
    for gap in data["gaps"]:
        for phrase in gap["words"]:
            yield phrase, Meaning(Role.GAP, gap["reason"])
    for phrase in data["personal"]["words"]:
        yield phrase, Meaning(Role.PERSONAL)


def _iterate_analyses() -> Iterator[tuple[str, Meaning]]:
    for name, analysis in read_analyses().items():
        for phrase in analysis["words"]:
            yield phrase, Meaning(Role.ANALYSIS, name)


def _iterate_pattern_words() -> Iterator[str]:
    for phrases in read_data("analyses.toml")["classes"].values():
        yield from (word for phrase in phrases for word in split_phrase(phrase))
    for analysis in read_analyses().values():
        for pattern in analysis["patterns"]:
            words = pattern.replace("?", "").replace("|", " ").split()
            yield from (word for word in words if word.islower())


@cache
def read_analyses() -> Mapping[str, Any]:
    """By the name of an analysis, its tool, words and patterns."""
    data = read_data("analyses.toml")
    return {name: each for name, each in data.items() if name != "classes"}


@cache
def load_analysis_tools() -> Mapping[str, str]:
    """By the name of an analysis, the tool that computes it."""
    return {name: analysis["tool"] for name, analysis in read_analyses().items()}


@cache
def load_counted_metrics() -> Mapping[str, str]:
    """By metric of money, the one that counts what it is the amount of."""
    counted: Mapping[str, str] = read_data("words.toml")["count_of"]
    return counted


@cache
def read_data(name: str) -> Mapping[str, Any]:
    return tomllib.loads((DATA / name).read_text(encoding="utf-8"))

"""Finds the values of the shop's dimensions in a text: products, categories, countries, …"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import takewhile
from typing import Self

import polars as pl

from analytics.semantic.dimension_keys import SPELLINGS, list_spellings
from webapp.insights.query.values import MatchKind, ValueMatch, ValueMatches
from webapp.kit.address_formats import load_address_format
from webapp.kit.countries import country_name, find_country
from webapp.kit.demonyms import load_demonyms
from webapp.kit.text import label_key

NAME_COLUMNS = {"product": "name", "variant": "sku"}
"""By dimension, the column of what people write; of the others it is the one of results."""
MAX_COUNTRY_WORDS = 6
MAX_QUERY_WORDS = 8
MIN_PART_LETTERS = 3
PEOPLE_OF_STATES = {"England": "English", "Scotland": "Scottish", "Wales": "Welsh"}
MAX_NAMES = 100
"""Of a part: more are no list that a filter should have."""
MIN_SIMILAR_LETTERS = 4
SIMILARITY = 0.8
MAX_CODE = 3
MAX_SIZE = 4
"""Letters of a size."""
EDGES = re.compile(r"(?i)^(?:(?:the|and)\b|&)|(?:\b(?:the|and)|&)$")
WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*|&")
Words = tuple[str, ...]


@dataclass(frozen=True)
class Word:
    """A word of a text, in the form in which it is compared."""

    form: str
    start: int
    end: int


def split_words(text: str) -> list[Word]:
    return [
        Word(fold_word(match[0]), match.start(), match.end())
        for match in WORD.finditer(text)
    ]


def fold_word(word: str) -> str:
    """The singular in lower case: equal for `Boxes` and `box`. No dictionary: it only has to be
    equal for both numbers of the regular words."""
    if word == "&":
        return "and"
    folded = label_key(word).replace("\u2019", "'").removesuffix("'s").rstrip("'")
    if len(folded) <= MIN_PART_LETTERS or not folded.isalpha():
        return folded
    return _drop_plural(folded)


def _drop_plural(word: str) -> str:
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    is_plural = word.endswith("s") and not word.endswith(("ss", "us", "is"))
    return word[:-1] if is_plural else word


def list_phrases(text: str) -> Mapping[str, Sequence[tuple[int, int]]]:
    """All runs of up to `MAX_QUERY_WORDS` words of a text, folded as search queries are, with the
    offsets of where they begin and end."""
    phrases: dict[str, list[tuple[int, int]]] = defaultdict(list)
    words = split_words(text)
    for at, first in enumerate(words):
        for last in words[at : at + MAX_QUERY_WORDS]:
            span = (first.start, last.end)
            phrases[label_key(text[slice(*span)])].append(span)
    return phrases


def match_queries(text: str, searched: Collection[str]) -> list[ValueMatch]:
    """The search queries in a text, of those of its phrases that were searched for: the longest
    ones, which do not overlap."""
    spans = [
        (start, end, query)
        for query, places in list_phrases(text).items()
        if query in searched
        for start, end in places
    ]
    matches: list[ValueMatch] = []
    for start, end, query in sorted(spans, key=lambda each: (each[0], -each[1])):
        if not matches or start >= matches[-1].end:
            matches.append(
                ValueMatch(
                    dimension="search_query",
                    value=query,
                    start=start,
                    end=end,
                    kind=MatchKind.WHOLE,
                )
            )
    return matches


class ValueCatalog:
    """All values by their words. Of a value with several spellings, each is known, and the latest
    is what a match says."""

    def __init__(self, spellings: Mapping[str, pl.DataFrame]) -> None:
        self._values: dict[Words, dict[str, str]] = defaultdict(dict)
        self._product_names: dict[str, dict[Words, str]] = defaultdict(dict)
        self._sku_parts: dict[str, dict[str, str]] = defaultdict(dict)
        """By a part of them, such as a size, the SKUs, each by its words."""
        self._written: dict[str, tuple[str, str]] = {}
        """Words within the names of other values, as they are written, with the dimension."""
        for dimension, frame in spellings.items():
            self._add_dimension(dimension, frame)
        self._add_place_names()
        self._max_words = max(map(len, self._values), default=0)
        self._single_words = [words[0] for words in self._values if len(words) == 1]

    @classmethod
    def from_lines(cls, lines: pl.LazyFrame) -> Self:
        frames = pl.collect_all(
            [list_spellings(lines, name) for name in SPELLINGS], engine="streaming"
        )
        return cls(dict(zip(SPELLINGS, frames, strict=True)))

    def _add_dimension(self, dimension: str, frame: pl.DataFrame) -> None:
        column = NAME_COLUMNS.get(dimension, SPELLINGS[dimension][0])
        latest: dict[str, str] = {}
        for key, name in frame.select("key", column).iter_rows():
            if name:
                shown = latest.setdefault(key, name)
                self._add_name(dimension, name, shown)

    def _add_name(self, dimension: str, name: str, shown: str) -> None:
        words = tuple(word.form for word in split_words(name))
        if not words:
            return
        self._values[words].setdefault(dimension, shown)
        if len(words) > 1:
            for part in split_words(name):
                written = name[part.start : part.end]
                self._written.setdefault(part.form, (dimension, written))
        if dimension == "product":
            for word in words:
                self._product_names[word][words] = name
        if dimension == "variant" and len(words) > 1:
            for word in words[1:]:
                self._sku_parts[word].setdefault(name, shown)

    def _add_place_names(self) -> None:
        """Orders have the codes of states, people their names."""
        by_dimension = [dict(each) for each in self._values.values()]
        known = {
            dimension: {each[dimension] for each in by_dimension if dimension in each}
            for dimension in ("country", "state")
        }
        for country in known["country"]:
            self._add_name("country", country_name(country), country)
            for code, name in PEOPLE_OF_STATES.items():
                if code in known["state"]:
                    self._add_name("state", name, code)
            for code, name in load_address_format(country).states.items():
                if code in known["state"]:
                    self._add_name("state", name, code)

    def find(self, text: str, *, similar: bool = False) -> ValueMatches:
        """The values that a text names. With `similar`, also those that words which are no value,
        nor a part of one, are almost spelled like."""
        words = split_words(text)
        matches: list[ValueMatch] = []
        at = 0
        while at < len(words):
            found = self._find_longest(words, at, text)
            if not found:
                found = self._find_size(words, at, text)
            if not found and similar:
                found = self._find_similar(words[at])
            matches += found
            ends = [each.end for each in found]
            at += 1
            while ends and at < len(words) and words[at].end <= max(ends):
                at += 1
        return ValueMatches(matches=matches)

    def _find_longest(
        self, words: Sequence[Word], at: int, text: str
    ) -> list[ValueMatch]:
        """Whole names, or a longer part of one: "puzzle mat" is no puzzle."""
        whole = self._find_whole(words, at, text)
        parts = self._find_parts(words, at, text)
        is_longer = bool(whole and parts) and parts[0].end > whole[0].end
        return parts if is_longer or not whole else whole

    def _find_whole(
        self, words: Sequence[Word], at: int, text: str
    ) -> list[ValueMatch]:
        """Those of the longest name that begins there."""
        for size in range(min(self._max_words, len(words) - at), 0, -1):
            start, end = words[at].start, words[at + size - 1].end
            forms = tuple(word.form for word in words[at : at + size])
            named = self._name_values(forms, text[start:end], text)
            if named:
                return [
                    ValueMatch(
                        dimension=dimension,
                        value=value,
                        start=start,
                        end=end,
                        kind=MatchKind.WHOLE,
                    )
                    for dimension, value in named.items()
                ]
        return []

    def _name_values(self, forms: Words, written: str, text: str) -> Mapping[str, str]:
        """The values by their dimensions; of places those that have orders, if there are any."""
        named = {
            dimension: value
            for dimension, value in self._values.get(forms, {}).items()
            if not _is_word_for_code(value, written, text)
        }
        is_loud = len(written) <= MAX_CODE and _is_loud(text)
        code = None if is_loud else _find_country(written, len(forms))
        if code is None:
            return named
        is_sold_to = "country" in self._values.get((code.lower(),), {})
        if not named or (is_sold_to and "state" not in named):
            named["country"] = code
        return named

    def _find_parts(
        self, words: Sequence[Word], at: int, text: str
    ) -> list[ValueMatch]:
        """The longest words from there on that follow each other in the name of a product."""
        if len(words[at].form) < MIN_PART_LETTERS:
            return []
        runs = list(takewhile(bool, _iterate_runs(self._product_names, words, at)))
        if not runs:
            return []
        last = words[at + len(runs) - 1]
        written = label_key(text[words[at].start : last.end])
        names = sorted(set(runs[-1].values()))
        is_in_name = any(written in label_key(name) for name in runs[-1].values())
        forms = " ".join(word.form for word in words[at : at + len(runs)])
        return [
            ValueMatch(
                dimension="product",
                value=written if is_in_name else forms,
                start=words[at].start,
                end=last.end,
                kind=MatchKind.PART,
                names=names if len(names) <= MAX_NAMES else None,
            )
        ]

    def _find_size(self, words: Sequence[Word], at: int, text: str) -> list[ValueMatch]:
        """The variants with a size in their SKU: "XL", "size M". One letter, or a number, is a size
        behind that word alone."""
        is_said = words[at].form == "size" and at + 1 < len(words)
        word = words[at + 1] if is_said else words[at]
        written = text[word.start : word.end]
        is_code = (
            1 < len(written) <= MAX_SIZE and written.isalpha() and written.isupper()
        )
        skus = self._sku_parts.get(word.form, {})
        if not (is_said or (is_code and not _is_loud(text))) or len(skus) > MAX_NAMES:
            return []
        return [
            ValueMatch(
                dimension="variant",
                value=sku,
                start=words[at].start,
                end=word.end,
                kind=MatchKind.WHOLE,
            )
            for sku in sorted(skus.values())
        ]

    def _find_similar(self, word: Word) -> list[ValueMatch]:
        if word.end - word.start < MIN_SIMILAR_LETTERS:
            return []
        close = get_close_matches(word.form, self._single_words, n=1, cutoff=SIMILARITY)
        values = self._values[(close[0],)] if close else {}
        if not values:
            parts = get_close_matches(
                word.form, self._product_names, n=1, cutoff=SIMILARITY
            )
            values = dict.fromkeys(["product"], parts[0]) if parts else {}
        if not values:
            near = get_close_matches(word.form, self._written, n=1, cutoff=SIMILARITY)
            values = dict([self._written[near[0]]] if near else [])
        return [
            ValueMatch(
                dimension=dimension,
                value=value,
                start=word.start,
                end=word.end,
                kind=MatchKind.SIMILAR,
                names=[country_name(value) if dimension == "country" else value],
            )
            for dimension, value in values.items()
        ]


def _iterate_runs(
    names: Mapping[str, dict[Words, str]], words: Sequence[Word], at: int
) -> Iterator[dict[Words, str]]:
    """For each word from there on, the names in which all words so far follow each other."""
    run: Words = ()
    for word in words[at:]:
        run = (*run, word.form)
        named = names.get(run[0], {})
        yield {key: name for key, name in named.items() if _has_run(key, run)}


def _has_run(name: Words, run: Words) -> bool:
    size = len(run)
    return any(name[i : i + size] == run for i in range(len(name) - size + 1))


def _is_word_for_code(value: str, written: str, text: str) -> bool:
    """Whether a short word only looks like a code: "in" for Indiana, "BY" in a loud question."""
    is_code = len(value) <= MAX_CODE and value.isupper()
    is_alike = label_key(value) == label_key(written)
    return is_code and is_alike and (not written.isupper() or _is_loud(text))


def _is_loud(text: str) -> bool:
    """Whether capitals mean nothing, as all letters are."""
    return text.isupper() and len(text.split()) > 2


def _find_country(written: str, size: int) -> str | None:
    """Codes only in capitals: "us" and "in" are words, and so are "and by", "the us" and "us a"."""
    name = EDGES.sub("", written)
    letters = "".join(filter(str.isalnum, name))
    is_word = len(letters) <= MAX_CODE and not name.isupper()
    if size > MAX_COUNTRY_WORDS or is_word or name != written:
        return None
    code = find_country(written)
    # "Polish" is of a country, "polish" is for shoes.
    if code is None and written[:1].isupper():
        code = load_demonyms().get(fold_word(written))
    # "Sales to go down" are none of Togo.
    is_broken = code is not None and country_name(code).casefold() == "".join(
        name.casefold().split()
    )
    return None if size > 1 and is_broken else code

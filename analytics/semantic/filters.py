"""The filters of a query as a condition on lines. Values that no fact has are refused."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from zoneinfo import ZoneInfo

import polars as pl

from analytics.semantic.dimension_keys import MULTIVALUED, build_key, has_one_of
from webapp.insights.query.analytics_query import DimensionFilter
from webapp.insights.query.definitions import (
    DIMENSIONS,
    NONE,
    NOT_ATTRIBUTED,
    NOT_RECORDED,
    DimensionKind,
    Grain,
    find_family,
)
from webapp.insights.query.descriptions import name_value
from webapp.insights.query.errors import ImpossibleQuery
from webapp.kit.countries import find_country
from webapp.kit.text import label_key

MAX_SUGGESTIONS = 5
PLACEHOLDERS = (NONE, NOT_ATTRIBUTED)
"""Values of what has none: nobody means them by a name that is not there."""


class ValueIndex:
    """The values of a dimension, by all that people call them."""

    def __init__(self, dimension: str, spellings: pl.DataFrame | None = None) -> None:
        self._dimension = dimension
        self._keys: dict[str, set[str]] = defaultdict(set)
        self._spellings: dict[str, str] = {}
        self._names: dict[str, str] = {}
        """By key, what results call it."""
        rows = [] if spellings is None else spellings.iter_rows(named=True)
        for row in rows:
            key = row.pop("key")
            for text in (*row.values(), key):
                self._add(text, key)
        definition = DIMENSIONS[dimension]
        for value in definition.values or (NONE, NOT_ATTRIBUTED):
            self._add(value, value)
        if definition.has_unrecorded:
            self._add(NOT_RECORDED, NOT_RECORDED)

    @property
    def _is_free(self) -> bool:
        """Whether anybody may make up values: those that do not resemble one say nothing of it."""
        return DIMENSIONS[self._dimension].grains == (Grain.SEARCH,)

    def _add(self, text: str | None, key: str) -> None:
        if text:
            self._keys[label_key(text)].add(key)
            self._spellings.setdefault(label_key(text), text)
            self._names.setdefault(key, text)

    def find_keys(
        self, value: str, *, or_containing: bool = False, may_be_missing: bool = False
    ) -> Collection[str]:
        """Those of a value; with `or_containing`, where there is none, of all that have it in them.

        Raises `ImpossibleQuery` for a value that there is not, unless it `may_be_missing`: no
        line has the key of it then."""
        if keys := self._keys.get(label_key(value)):
            return keys
        if self._dimension == "country" and (codes := self._find_country(value)):
            return codes
        if or_containing and (keys := self._list_containing(value)):
            return keys
        if may_be_missing:
            return {value}
        name = name_value(self._dimension, value)
        noun = find_family(DIMENSIONS[self._dimension].grains[0]).singular
        raise ImpossibleQuery(
            f"No {noun} has the {DIMENSIONS[self._dimension].label} {name}",
            possible=self._suggest_values(value),
        )

    def _suggest_values(self, text: str) -> list[str]:
        """All values, if they are few; else those that resemble a text, or the first ones, and how
        many others there are."""
        definition = DIMENSIONS[self._dimension]
        names = {
            key: name for key, name in self._names.items() if name not in PLACEHOLDERS
        }
        if not names:
            return [f"no filter by {definition.label}, as nothing has one"]
        shown = self._list_resembling(text)
        if not shown and not self._is_free:
            shown = dict(sorted(names.items(), key=lambda each: label_key(each[1])))
        if not definition.values:
            shown = dict([*shown.items()][:MAX_SUGGESTIONS])
        others = len(names.keys() - shown.keys())
        lists = f"which a query with groupBy {self._dimension} lists"
        return [*shown.values(), *([f"{others:,} more, {lists}"] if others else ())]

    def _list_resembling(self, text: str) -> dict[str, str]:
        """By key, the spellings that resemble a text, the closest one first."""
        found: dict[str, str] = {}
        for close in get_close_matches(label_key(text), self._keys, n=MAX_SUGGESTIONS):
            spelling = self._spellings[close]
            if spelling not in PLACEHOLDERS:
                for key in self._keys[close]:
                    found.setdefault(key, spelling)
        return found

    def _find_country(self, name: str) -> Collection[str]:
        code = find_country(name)
        return () if code is None else self._keys.get(label_key(code), ())

    def find_containing(self, text: str) -> Collection[str]:
        """Raises `ImpossibleQuery` where no value has the text in it."""
        found = self._list_containing(text)
        if not found:
            raise ImpossibleQuery(
                f"No {DIMENSIONS[self._dimension].label} has “{text}” in it",
                possible=self._suggest_values(text),
            )
        return found

    def _list_containing(self, text: str) -> set[str]:
        wanted = label_key(text)
        found = [keys for name, keys in self._keys.items() if wanted in name]
        return set().union(*found)


def index_values(
    filters: Iterable[DimensionFilter], spellings: Mapping[str, pl.DataFrame]
) -> Mapping[str, ValueIndex]:
    """The values of each dimension of text that is filtered by; of those that have spellings, all
    of them are given (`dimension_keys.list_spellings`)."""
    names = dict.fromkeys(
        each.dimension
        for each in filters
        if DIMENSIONS[each.dimension].kind is DimensionKind.TEXT
    )
    return {name: ValueIndex(name, spellings.get(name)) for name in names}


def build_condition(
    filters: Sequence[DimensionFilter],
    indexes: Mapping[str, ValueIndex],
    zone: ZoneInfo,
) -> pl.Expr:
    """True for the lines that pass every filter. Raises `ImpossibleQuery`."""
    conditions = [
        condition
        for each in filters
        for condition in (
            _build_number_conditions(each, zone)
            if each.dimension not in indexes
            else _build_text_conditions(each, indexes[each.dimension], zone)
        )
    ]
    return pl.all_horizontal(conditions) if conditions else pl.lit(value=True)


def _build_text_conditions(
    each: DimensionFilter, index: ValueIndex, zone: ZoneInfo
) -> Iterable[pl.Expr]:
    wanted, unwanted = find_keys(each, index)
    yield from (has_one_of(each.dimension, keys, zone) for keys in wanted)
    yield from (~has_one_of(each.dimension, keys, zone) for keys in unwanted)


def find_keys(
    each: DimensionFilter, index: ValueIndex
) -> tuple[list[list[str]], list[list[str]]]:
    """The keys of which a line must have one, and those of which it must have none, by the parts
    of a filter."""
    wanted = [] if each.any_of is None else [_join_keys(index, each, each.any_of)]
    if each.contains is not None:
        wanted.append(sorted(index.find_containing(each.contains)))
    unwanted = [] if each.none_of is None else [_join_keys(index, each, each.none_of)]
    return wanted, unwanted


def restrict_key(
    dimension: str,
    key: pl.Expr,
    filters: Sequence[DimensionFilter],
    indexes: Mapping[str, ValueIndex],
) -> pl.Expr:
    """The values of a line by which it is in a row: of several, those that the filters want."""
    if dimension not in MULTIVALUED:
        return key
    for each in filters:
        if each.dimension == dimension:
            for keys in find_keys(each, indexes[dimension])[0]:
                key = key.list.filter(pl.element().is_in(keys))
    return key


def _join_keys(
    index: ValueIndex, each: DimensionFilter, values: Iterable[str]
) -> list[str]:
    found = (
        index.find_keys(value, may_be_missing=each.allow_missing) for value in values
    )
    return sorted({key for keys in found for key in keys})


def _build_number_conditions(
    each: DimensionFilter, zone: ZoneInfo
) -> Iterable[pl.Expr]:
    key = build_key(each.dimension, zone)
    if each.any_of is not None:
        yield key.is_in(list(map(int, each.any_of)))
    if each.none_of is not None:
        yield ~key.is_in(list(map(int, each.none_of)))
    if each.at_least is not None:
        yield key >= each.at_least
    if each.at_most is not None:
        yield key <= each.at_most

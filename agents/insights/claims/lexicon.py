"""Words of claims (`words.toml`), and words that are no names (`common_words.txt`). Pure."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from webapp.insights.query.definitions import DIMENSIONS, METRICS, TermDefinition

FOLDER = Path(__file__).parent
WORDS: dict[str, Any] = tomllib.loads(
    (FOLDER / "words.toml").read_text(encoding="utf-8")
)


def compile_words(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern of whole words, the longest first."""
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(
        rf"(?<![\w-])(?:{'|'.join(longest_first)})(?![\w-])", re.IGNORECASE
    )


def compile_terms(section: str, *names: str) -> re.Pattern[str]:
    """The words of some lists of a section."""
    return compile_words(word for name in names for word in WORDS[section][name])


def _list_terms(terms: Iterable[TermDefinition]) -> Iterator[str]:
    for term in terms:
        yield term.label
        yield from term.synonyms
        yield from term.definition.split()
        yield from term.name.split("_")
        yield getattr(term, "plural", "")
        yield from getattr(term, "values", ())


def _split_words(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(
        word.casefold() for text in texts for word in re.findall(r"\w+", text)
    )


QUERY_WORDS = _split_words([
    *_list_terms(METRICS.values()), *_list_terms(DIMENSIONS.values())
])  # fmt: skip
COMMON_WORDS = _split_words([(FOLDER / "common_words.txt").read_text(encoding="utf-8")])
"""Words that begin sentences and headings in answers, with their forms; goods and places are none
of them."""
ENDINGS = ("s", "es", "d", "ed", "ing", "ly", "er", "est")


def is_common_word(word: str) -> bool:
    """Whether a word, in any case and form, is of the language rather than a name."""
    folded = word.casefold().replace("\u2019", "'").removesuffix("'s")
    folded = re.split(r"['\u2019]", folded)[0]
    return _is_listed(folded) or any(
        folded.endswith(ending) and _is_listed(folded.removesuffix(ending))
        for ending in ENDINGS
    )


def _is_listed(word: str) -> bool:
    return word in COMMON_WORDS or word in QUERY_WORDS


def _index_metrics() -> dict[str, frozenset[str]]:
    """Names of metrics by what they are called; a word for several is of all of them."""
    index: dict[str, set[str]] = {}
    for name, metric in METRICS.items():
        for term in (metric.label, *metric.synonyms, name.replace("_", " ")):
            index.setdefault(term, set()).add(name)
            if term.endswith("s") and " " not in term and term != "sales":
                index.setdefault(term[:-1], set()).add(name)
    for term, names in LOOSE_METRICS.items():
        index.setdefault(term, set()).update(names)
    return {term: frozenset(names) for term, names in index.items()}


LOOSE_METRICS = {
    "sales": {"net_revenue", "gross_sales", "units", "orders"},
    "average order": {"average_order_value"},
    "an order": {"average_order_value"},
    "per order": {"average_order_value", "units_per_order"},
    "revenue per order": {"average_order_value"},
    "items": {"units"}, "cancelled": {"canceled_orders"},
    "canceled": {"canceled_orders"}, "refunded": {"refunds", "refunded_orders"},
    "returned": {"returns", "returned_units"}, "guests": {"guest_orders"},
    "known customers": {"customers"}, "paid orders": {"orders"},
    "units": {"units"}, "order count": {"orders"}, "order volume": {"orders"},
    "number of orders": {"orders"}, "unit": {"units"},
    "order values": {"average_order_value"},
}  # fmt: skip
"""What people say for metrics beside their labels and synonyms."""
METRIC_NAMES = _index_metrics()
METRIC_WORD = compile_words(map(re.escape, METRIC_NAMES))
DIMENSION_NAMES = {
    **{each.label: name for name, each in DIMENSIONS.items()},
    **{each.plural: name for name, each in DIMENSIONS.items()},
    **{word: name for name, each in DIMENSIONS.items() for word in each.synonyms},
    "seller": "product", "sellers": "product", "items": "product", "regions": "state",
    "markets": "country", "market": "country", "departments": "category",
    "nations": "country", "provinces": "state", "weekdays": "weekday",
}  # fmt: skip
DIMENSION_NAMES = {
    word: name
    for word, name in DIMENSION_NAMES.items()
    if word not in {"daily", "weekly", "monthly", "quarterly", "yearly", "hourly"}
}
DIMENSION_WORD = compile_words(map(re.escape, DIMENSION_NAMES))

"""Queries of shoppers, each judged by what the first products of its answer are and are not."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from pydantic import BaseModel, ConfigDict

from tests.support.scoreboard import Figure

FOLDER = Path(__file__).parent / "queries"
FIRST = 5
SHARE = 0.8


@dataclass(frozen=True)
class FoundProduct:
    name: str
    brand: str
    category: str
    description: str
    prices: Sequence[float]
    """Of its variants, in the currency of the shop."""

    @property
    def text(self) -> str:
        return f"{self.name} | {self.brand} | {self.category} | {self.description}"


@dataclass(frozen=True)
class ShownProducts:
    """What a search found: its first products and how many there are."""

    products: Sequence[FoundProduct]
    total: int
    exact_total: int
    """Of those that have every word: others are shown as the nearest."""


class JudgedQuery(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    catalog: str
    kind: str
    text: str
    why: str
    """What the shopper means."""
    first: int = FIRST
    """So many of the first products are judged; with fewer, the query is not answered."""
    share: float = SHARE
    """The part of them that must be right."""
    must: Sequence[str] = ()
    """Regular expressions: each is found in the texts of the product."""
    must_name: Sequence[str] = ()
    must_not: Sequence[str] = ()
    """Of the name, as `must_name`."""
    min_price: float | None = None
    max_price: float | None = None
    min_total: int = 0
    max_total: int | None = None
    """0 where the shop has no such thing."""

    def find_fault(self, answer: ShownProducts) -> str | None:
        """Why the answer is wrong, or none."""
        if self.max_total is not None:
            is_right = answer.exact_total <= self.max_total
            return None if is_right else f"{answer.exact_total} products, and none fits"
        if answer.total < self.min_total:
            return f"{answer.total} products, of at least {self.min_total}"
        judged = answer.products[: self.first]
        right = sum(self.is_right(product) for product in judged)
        if right >= self.share * self.first:
            return None
        return f"{right} of the first {self.first} are right"

    def is_right(self, product: FoundProduct) -> bool:
        return (
            all(_has(pattern, product.text) for pattern in self.must)
            and all(_has(pattern, product.name) for pattern in self.must_name)
            and not any(_has(pattern, product.name) for pattern in self.must_not)
            and any(self._is_within(price) for price in product.prices)
        )

    def _is_within(self, price: float) -> bool:
        is_low = self.min_price is not None and price < self.min_price
        is_high = self.max_price is not None and price > self.max_price
        return not is_low and not is_high


def _has(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None


def read_queries(catalog: str) -> list[JudgedQuery]:
    return [
        query
        for path in sorted(FOLDER.glob("*.toml"))
        for entry in tomllib.loads(path.read_text())["query"]
        if (query := JudgedQuery.model_validate(entry)).catalog == catalog
    ]


@dataclass(frozen=True)
class JudgedAnswer:
    query: JudgedQuery
    answer: ShownProducts

    @property
    def fault(self) -> str | None:
        """Why it is wrong, or none."""
        return self.query.find_fault(self.answer)


def build_figures(engine: str, verdicts: Iterable[JudgedAnswer]) -> Iterator[Figure]:
    """The part of the queries that is answered rightly, by who wrote them and by their kind."""
    groups: dict[str, list[bool]] = defaultdict(list)
    for verdict in verdicts:
        is_right = verdict.fault is None
        groups[f"{verdict.query.id.partition('-')[0]} queries"].append(is_right)
        groups[f"queries: {verdict.query.kind}"].append(is_right)
    for name, right in groups.items():
        yield Figure(f"{engine}: {name}, right", mean(right), len(right))


def describe_failures(verdicts: Iterable[JudgedAnswer]) -> Iterator[str]:
    for verdict in verdicts:
        if verdict.fault is None:
            continue
        query = verdict.query
        yield f"{query.id} ({query.kind}) “{query.text}”: {verdict.fault}; {query.why}"
        for product in verdict.answer.products[: query.first]:
            mark = "+" if query.is_right(product) else "-"
            yield f"    {mark} {product.name[:90]}, {min(product.prices):,.2f}"

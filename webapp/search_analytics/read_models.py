from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple


class QueryCounts(NamedTuple):
    """What is known of a query in a window; see `models.SearchQueryDay`."""

    query: str
    searches: int
    zero_results: int
    clicks: int
    adds: int
    orders: int
    clicked: int
    known_visitors: int
    ordered: int


class NextQuery(NamedTuple):
    """What visitors searched after a query that led to nothing."""

    query: str
    next_query: str
    """It led to a click, a cart or an order."""
    visitors: int
    leaving: int
    """Visitors who searched `query` in vain, and then anything else."""


class QuerySort(StrEnum):
    SEARCHES = "searches"
    ZERO_RESULTS = "zeroResults"
    CLICKS = "clicks"
    ADDS = "adds"
    ORDERS = "orders"
    CLICK_RATE = "clickRate"
    CONVERSION_RATE = "conversionRate"


@dataclass(frozen=True)
class QueryOrder:
    """Which queries are listed, and in which order."""

    sort: QuerySort = QuerySort.SEARCHES
    ascending: bool = False
    min_searches: int = 1
    only_zero_results: bool = False
    """Only those that found nothing at least once."""
    limit: int = 20


@dataclass(frozen=True)
class WantedQueries:
    """All queries that a `QueryOrder` asks for, those beyond its limit, too."""

    number: int
    total: QueryCounts


@dataclass(frozen=True)
class QuerySummary:
    queries: Sequence[QueryCounts]
    total: QueryCounts | None
    """Of all queries of the window, those that are not wanted, too."""
    recorded_since: date | None
    """The day of the first search that is recorded; what was before is not known."""
    wanted: WantedQueries | None = None

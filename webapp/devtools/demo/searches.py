"""What visitors of the demo shop searched for, and what followed. Pure.

Some of the orders began with a search: it has a click, the product was put into the cart, and the
order counts for it. The other searches led to none. Nobody who searches is a customer here, as in
what the shop records.
"""

import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import numpy as np

from webapp.devtools.demo.catalog import DemoProduct
from webapp.devtools.demo.demand import SEASONS
from webapp.devtools.demo.draws import HOURS, TALKATIVE_CHANNEL
from webapp.devtools.demo.history_days import Floats, HistoryDays
from webapp.devtools.demo.orders import PastOrder
from webapp.devtools.demo.stories import MISSING_PRODUCT
from webapp.orders.status import WEB_CHANNEL, OrderStatus

FILE = Path(__file__).parent / "searches.toml"
SEED = 68
RECORDED_DAYS = 400
"""Searches were recorded since so many days ago."""
SEARCHES_PER_ORDER = 1.9
"""Those without an order."""
SEARCHED_SHARE = 0.35
"""Of the orders of products that people search for, those that began with a search."""
CHANNELS_WITH_SEARCH = frozenset({WEB_CHANNEL, TALKATIVE_CHANNEL})
VISITORS = 4_000
KNOWN_SHARE = 0.6
"""Of visitors, those who have agreed to be recognized."""
CLICKED_SHARE = 0.5
ADDED_SHARE = 0.2
"""Of clicks that led to no order."""
POSITION_WEIGHTS = (55, 25, 13, 7)
MAX_MINUTES = 40
"""Between a search and the order that it led to."""


@dataclass(frozen=True, eq=False)
class DemoQuery:
    """Compared and hashed by identity: there is one object per query."""

    text: str
    weight: float
    """How often it is searched for, compared to other queries."""
    results: int
    products: tuple[DemoProduct, ...]
    """The first ones that are found."""

    @cached_property
    def season(self) -> Sequence[int]:
        """Percent of an average month, January to December."""
        return SEASONS[self.products[0].category] if self.products else (100,) * 12


@dataclass(frozen=True)
class PastClick:
    """A product that was clicked on, and perhaps put into the cart."""

    product: DemoProduct
    position: int
    """In the results, from 1."""
    clicked_at: datetime
    added_at: datetime | None = None


@dataclass(frozen=True)
class PastSearch:
    searched_at: datetime
    query: DemoQuery
    visitor: int | None
    """`None` for one who has not agreed."""
    click: PastClick | None = None
    order: PastOrder | None = None
    """That it led to."""


@dataclass
class SearchCounts:
    """What is kept of the searches for a query on a day: each has one click at most, and leads to
    one order."""

    searches: int = 0
    zero_results: int = 0
    clicks: int = 0
    adds: int = 0
    orders: int = 0
    known_visitors: int = 0


def load_queries(products: Sequence[DemoProduct]) -> list[DemoQuery]:
    by_slug = {product.slug: product for product in products}
    return [
        DemoQuery(
            text=entry["text"],
            weight=entry["weight"],
            results=entry["results"],
            products=tuple(by_slug[slug] for slug in entry.get("products", [])),
        )
        for entry in tomllib.loads(FILE.read_text())["queries"]
    ]


def generate_searches(
    products: Sequence[DemoProduct], orders: Sequence[PastOrder], *, today: date
) -> list[PastSearch]:
    """By time, up to and including yesterday. Deterministic for the orders and `today`."""
    generator = SearchGenerator(
        Random(SEED),  # noqa: S311 deterministic on purpose, not a secret
        np.random.default_rng(SEED),
        load_queries(products),
        HistoryDays(today),
    )
    recorded_from = datetime.combine(
        today - timedelta(days=RECORDED_DAYS), time(1), UTC
    )
    recent = [order for order in orders if order.placed_at >= recorded_from]
    searches = [
        *generator.iterate_before_orders(recent),
        *generator.iterate_others(recent),
    ]
    return sorted(searches, key=attrgetter("searched_at"))


@dataclass(frozen=True)
class SearchGenerator:
    random: Random
    generator: np.random.Generator
    queries: Sequence[DemoQuery]
    days: HistoryDays

    def iterate_before_orders(
        self, orders: Sequence[PastOrder]
    ) -> Iterator[PastSearch]:
        """Searches that led to an order: only of known visitors it is known."""
        found_by = self._index_queries()
        for order in orders:
            product = order.lines[0].product
            is_sale = not order.is_return and order.status != OrderStatus.CANCELLED
            if (
                is_sale
                and order.channel in CHANNELS_WITH_SEARCH
                and product in found_by
                and self.random.random() < SEARCHED_SHARE
            ):
                yield self._build_search_of(order, found_by[product])

    def _index_queries(self) -> Mapping[DemoProduct, list[DemoQuery]]:
        found_by = defaultdict(list)
        for query in self.queries:
            for product in query.products:
                found_by[product].append(query)
        return found_by

    def _build_search_of(
        self, order: PastOrder, queries: Sequence[DemoQuery]
    ) -> PastSearch:
        product = order.lines[0].product
        [query] = self.random.choices(queries, [each.weight for each in queries])
        minutes = self.random.randint(3, MAX_MINUTES)
        searched_at = order.placed_at - timedelta(minutes=minutes)
        added_at = searched_at + timedelta(minutes=minutes / 2)
        click = PastClick(
            product,
            query.products.index(product) + 1,
            searched_at + timedelta(seconds=20),
            added_at,
        )
        return PastSearch(
            searched_at, query, self.random.randrange(VISITORS), click, order
        )

    def iterate_others(self, orders: Sequence[PastOrder]) -> Iterator[PastSearch]:
        counts = self.generator.poisson(self._expect_searches(orders))
        days, indices = np.nonzero(counts)
        repeats = counts[days, indices]
        days, indices = np.repeat(days, repeats), np.repeat(indices, repeats)
        shares = np.array(HOURS) / sum(HOURS)
        hours = self.generator.choice(24, len(days), p=shares)
        seconds = hours * 3600 + self.generator.integers(3600, size=len(days))
        rows = zip(days.tolist(), indices.tolist(), seconds.tolist(), strict=True)
        for day, index, second in rows:
            midnight = datetime.combine(self.days.dates[day], time(), UTC)
            yield self._build_search(
                self.queries[index], midnight + timedelta(seconds=second)
            )

    def _expect_searches(self, orders: Sequence[PastOrder]) -> Floats:
        """By day (row) and query (column): in proportion to the orders of the day."""
        placed = Counter(order.placed_at.date() for order in orders)
        traffic = np.array([placed[day] for day in self.days.dates])
        weights = np.array([each.weight for each in self.queries])
        seasons = np.array([each.season for each in self.queries]).T / 100
        expected: Floats = (
            SEARCHES_PER_ORDER
            * traffic[:, np.newaxis]
            * seasons[self.days.months]
            * (weights / weights.sum())
        )
        missing = [each.text == MISSING_PRODUCT.query for each in self.queries]
        expected[:, missing] *= [
            [MISSING_PRODUCT.compute_demand_factor(int(ago))]
            for ago in self.days.days_ago
        ]
        return expected

    def _build_search(self, query: DemoQuery, searched_at: datetime) -> PastSearch:
        is_known = self.random.random() < KNOWN_SHARE
        visitor = self.random.randrange(VISITORS) if is_known else None
        if not query.products or self.random.random() >= CLICKED_SHARE:
            return PastSearch(searched_at, query, visitor)
        count = len(query.products)
        [place] = self.random.choices(range(count), POSITION_WEIGHTS[:count])
        clicked_at = searched_at + timedelta(seconds=self.random.randint(4, 90))
        is_added = self.random.random() < ADDED_SHARE
        return PastSearch(
            searched_at,
            query,
            visitor,
            PastClick(
                query.products[place],
                place + 1,
                clicked_at,
                clicked_at + timedelta(minutes=2) if is_added else None,
            ),
        )


def count_by_day(
    searches: Iterable[PastSearch], *, zone: ZoneInfo
) -> dict[tuple[date, str], SearchCounts]:
    """What is kept of searches, by day in the zone and text of the query."""
    days: dict[tuple[date, str], SearchCounts] = defaultdict(SearchCounts)
    for search in searches:
        counts = days[search.searched_at.astimezone(zone).date(), search.query.text]
        counts.searches += 1
        counts.zero_results += not search.query.results
        counts.known_visitors += search.visitor is not None
        counts.orders += search.order is not None
        if search.click is not None:
            counts.clicks += 1
            counts.adds += search.click.added_at is not None
    return days

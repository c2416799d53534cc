"""Searches of the demo shop: true to its products, and to the orders that followed."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.support.product_documents import product_document
from webapp.adapters.search.embedded.search import EmbeddedSearchEngine
from webapp.adapters.search.port import SearchRequest
from webapp.config import Settings
from webapp.devtools.demo.catalog import load_catalog
from webapp.devtools.demo.history import generate_history
from webapp.devtools.demo.markets import Trading
from webapp.devtools.demo.searches import (
    RECORDED_DAYS,
    PastSearch,
    count_by_day,
    generate_searches,
    load_queries,
)
from webapp.devtools.demo.stories import MISSING_PRODUCT, SOLD_OUT
from webapp.orders.status import OrderStatus

pytestmark = pytest.mark.slow

TODAY = date(2026, 11, 23)
MIDNIGHT = datetime.combine(TODAY, time(), UTC)
PRODUCTS = load_catalog()
QUERIES = load_queries(PRODUCTS)


def make_searches(today: date) -> Sequence[PastSearch]:
    history = generate_history(
        PRODUCTS, today=today, trading=Trading.from_settings(Settings())
    )
    return generate_searches(PRODUCTS, history.orders, today=today)


@pytest.fixture(scope="module")
def searches() -> Sequence[PastSearch]:
    return make_searches(TODAY)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> EmbeddedSearchEngine:
    engine = EmbeddedSearchEngine(tmp_path_factory.mktemp("search"))
    engine.rebuild(
        product_document(
            product.name,
            product_id=product.id,
            brand=product.brand,
            description=product.description,
            category=product.category,
            tags=tuple(product.tags),
            attributes=" ".join(product.attributes.values()),
            codes=tuple(variant.sku for variant in product.variants),
            price_minor=product.variants[0].price_minor,
        )
        for product in PRODUCTS
        if product.is_active
    )
    return engine


def test_the_search_finds_what_the_history_says(engine: EmbeddedSearchEngine) -> None:
    for query in QUERIES:
        found = engine.search(SearchRequest(query.text, limit=100))
        ids = [hit.product_id for hit in found.hits]

        assert found.total == query.results, query.text
        assert {product.id for product in query.products} <= set(ids), query.text
        assert bool(query.products) == bool(query.results), query.text


def test_they_are_in_sequence_from_the_first_recorded_day_to_yesterday(
    searches: Sequence[PastSearch],
) -> None:
    times = [search.searched_at for search in searches]

    assert times == sorted(times)
    assert times[0].date() == TODAY - timedelta(days=RECORDED_DAYS)
    assert times[-1] < MIDNIGHT
    assert len(searches) > 12_000


def test_what_follows_a_search_comes_after_it(searches: Sequence[PastSearch]) -> None:
    for search in searches:
        click, order = search.click, search.order
        if click is not None:
            product = search.query.products[click.position - 1]
            assert click.product is product
            assert search.searched_at < click.clicked_at
            assert click.added_at is None or click.clicked_at <= click.added_at
        if order is not None:
            assert click is not None
            assert click.added_at is not None
            assert click.added_at < order.placed_at
            assert order.status != OrderStatus.CANCELLED
            assert click.product in {line.product for line in order.lines}
            assert search.visitor is not None


def test_some_searches_lead_to_orders_and_visitors_are_known_with_consent(
    searches: Sequence[PastSearch],
) -> None:
    clicked = sum(search.click is not None for search in searches)
    ordered = sum(search.order is not None for search in searches)
    known = sum(search.visitor is not None for search in searches)

    assert 0.4 < clicked / len(searches) < 0.65
    assert 0.04 < ordered / len(searches) < 0.15
    assert 0.5 < known / len(searches) < 0.75


def test_a_query_without_results_rises(searches: Sequence[PastSearch]) -> None:
    """Beyond what all queries do."""

    def share(start: int, end: int) -> float:
        window = [
            search
            for search in searches
            if end < (MIDNIGHT - search.searched_at).days <= start
        ]
        texts = Counter(search.query.text for search in window)
        return texts[MISSING_PRODUCT.query] / len(window)

    before = share(RECORDED_DAYS, MISSING_PRODUCT.days_ago)
    after = share(30, 0)

    assert before > 0
    assert after > 0.6 * MISSING_PRODUCT.factor * before
    assert all(
        search.click is None and search.order is None
        for search in searches
        if search.query.text == MISSING_PRODUCT.query
    )


def test_searches_do_not_lead_to_orders_of_what_is_sold_out() -> None:
    """Of several days, as on one of them nobody may have clicked it."""
    clicked = 0
    for day in range(3):
        today = TODAY - timedelta(days=day)
        midnight = datetime.combine(today, time(), UTC)
        first = midnight - timedelta(days=SOLD_OUT.from_days_ago)
        end = first + timedelta(days=SOLD_OUT.days)
        for search in make_searches(today):
            is_of_it = (
                search.click is not None and search.click.product.slug == SOLD_OUT.slug
            )
            if is_of_it and first <= search.searched_at < end:
                clicked += 1
                # Who searched just before the end may have ordered just after it.
                assert search.order is None or search.order.placed_at >= end

    assert clicked


def test_figures_of_days_count_each_search_on_its_day_in_the_zone(
    searches: Sequence[PastSearch],
) -> None:
    zone = ZoneInfo("America/Los_Angeles")
    days = count_by_day(searches, zone=zone)

    expected = Counter(
        (search.searched_at.astimezone(zone).date(), search.query.text)
        for search in searches
    )
    assert {key: counts.searches for key, counts in days.items()} == expected
    for name, counted in (
        ("clicks", [search.click is not None for search in searches]),
        ("orders", [search.order is not None for search in searches]),
        ("zero_results", [search.query.results == 0 for search in searches]),
        ("known_visitors", [search.visitor is not None for search in searches]),
    ):
        assert sum(getattr(counts, name) for counts in days.values()) == sum(counted)


def test_the_searches_are_deterministic(searches: Sequence[PastSearch]) -> None:
    history = generate_history(
        PRODUCTS, today=TODAY, trading=Trading.from_settings(Settings())
    )
    again = generate_searches(PRODUCTS, history.orders, today=TODAY)

    assert [
        (each.searched_at, each.query.text, each.visitor, each.click) for each in again
    ] == [
        (each.searched_at, each.query.text, each.visitor, each.click)
        for each in searches
    ]

"""A result is given out again while nothing has changed, and never afterwards."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from analytics.query_export import ExportRequest, export_query
from analytics.query_service import (
    ComputedOutcome,
    FileRequest,
    QueryService,
    ValuesRequest,
)
from analytics.result_cache import (
    CachedOutcome,
    CachedQueries,
    build_cache_key,
    build_result_cache,
)
from tests.service.analytics.test_order_facts import insert_order
from tests.support.factories import RowFactory
from webapp.adapters.analytics.port import ExportedFile, FileFormat, QueryOutcome
from webapp.adapters.storage.build import build_storage
from webapp.catalog.models import Product
from webapp.config import Settings
from webapp.db.session import Database
from webapp.insights.analyses.requests import AnalysisBody, AnalysisRequest
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.values import ValueMatches
from webapp.kit.clock import utc_now

UTC_ZONE = ZoneInfo("UTC")
JANUARY = {"firstDay": "2026-01-01", "lastDay": "2026-01-31"}
NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


def build_query(**fields: Any) -> AnalyticsQuery:
    return AnalyticsQuery.model_validate(
        {"metrics": ["orders"], "window": JANUARY, **fields}
    )


class CountedQueries:
    """Counts the queries that are computed."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._service = QueryService(
            database, build_storage(settings), home_currency="USD", zone=UTC_ZONE
        )
        self.count = 0
        self.cached = CachedQueries(self, database, UTC_ZONE)

    def compute(self, query: AnalyticsQuery) -> ComputedOutcome:
        self.count += 1
        return self._service.compute(query)

    def run_analysis(self, request: AnalysisRequest) -> QueryOutcome:
        self.count += 1
        return self._service.run_analysis(request)

    def find_values(self, request: ValuesRequest) -> ValueMatches:
        return self._service.find_values(request)

    def write_file(self, request: FileRequest) -> ExportedFile:
        return self._service.write_file(request)

    def count_orders(self, query: AnalyticsQuery | None = None) -> Any:
        result = self.cached.run(query or build_query()).result
        assert result is not None
        return result["totals"]["orders"]


@pytest.fixture
def counted(database: Database, settings: Settings) -> CountedQueries:
    """A shop with one order, of January."""
    with database.unit_of_work() as session:
        insert_order(session)
    return CountedQueries(database, settings)


def test_a_query_is_computed_once(counted: CountedQueries, database: Database) -> None:
    assert [counted.count_orders() for _ in range(3)] == [1, 1, 1]
    with database.unit_of_work() as session:
        RowFactory(session).product()
    assert counted.count_orders() == 1

    assert counted.count == 1


def test_a_result_that_was_computed_is_exported(counted: CountedQueries) -> None:
    assert counted.count_orders() == 1
    request = ExportRequest(query=build_query(), format=FileFormat.CSV)

    file = export_query(counted.cached, request)

    assert isinstance(file, ExportedFile)
    assert file.content == b"orders\n1\n"
    assert counted.count == 1


def test_any_change_of_an_order_is_seen_at_once(
    counted: CountedQueries, database: Database
) -> None:
    assert counted.count_orders() == 1
    with database.unit_of_work() as session:
        insert_order(session)
    assert counted.count_orders() == 2
    with database.unit_of_work() as session:
        session.execute(text("UPDATE orders SET status = 'CANCELLED'"))
    assert counted.count_orders() == 0

    assert counted.count_orders() == 0
    assert counted.count == 3


def test_a_transaction_that_commits_late_is_seen(
    counted: CountedQueries, database: Database
) -> None:
    with database.unit_of_work() as late:
        late.execute(text("UPDATE orders SET status = 'CANCELLED'"))
        with database.unit_of_work() as session:
            insert_order(session)
        assert counted.count_orders() == 2
        assert counted.count_orders() == 2

    assert counted.count_orders() == 1
    assert counted.count == 2


def test_an_order_of_the_time_to_come_is_counted_when_it_comes(
    counted: CountedQueries, database: Database
) -> None:
    with database.unit_of_work() as session:
        insert_order(session, placed_at=utc_now() + timedelta(days=1))
    query = build_query(window=None)

    assert [counted.count_orders(query), counted.count_orders(query)] == [1, 1]
    assert counted.count == 2


def test_what_is_refused_is_refused_again_until_it_is_possible(
    counted: CountedQueries, database: Database
) -> None:
    cups = build_query(filters=[{"dimension": "variant", "in": ["CUP"]}])
    for _ in range(2):
        assert counted.cached.run(cups).error is not None
    assert counted.count == 1
    with database.unit_of_work() as session:
        insert_order(session)
        session.execute(text("UPDATE order_items SET sku = 'CUP'"))

    assert counted.count_orders(cups) == 2


def test_a_window_that_there_is_not_is_refused(counted: CountedQueries) -> None:
    outcome = counted.cached.run(build_query(window={"firstDay": "2999-01-01"}))

    assert outcome.error is not None
    assert outcome.error.code == "BAD_WINDOW"


def build_key(query: AnalyticsQuery, now: datetime = NOON) -> str | None:
    return build_cache_key(query, now, UTC_ZONE)


def test_a_window_that_is_over_has_one_answer_at_any_time() -> None:
    later = NOON + timedelta(days=3)
    last_month = build_query(window={"unit": "month", "offset": 1})
    compared = build_query(compareTo="last_year")

    for query in (build_query(), last_month, compared):
        assert build_key(query) == build_key(query, later)
    assert build_key(last_month) != build_key(last_month, NOON + timedelta(days=30))


@pytest.mark.parametrize(
    "fields",
    [
        {"window": {"unit": "month"}},
        {"window": None},
        {"window": {"firstDay": "2026-01-01"}},
        {"window": {"firstDay": "2026-06-01", "lastDay": "2026-06-15"}},
        {"compareTo": {"firstDay": "2026-06-01"}},
    ],
)
def test_a_window_that_is_not_over_has_one_answer_a_minute(
    fields: dict[str, Any],
) -> None:
    query = build_query(**fields)

    assert build_key(query) == build_key(query, NOON + timedelta(seconds=59))
    assert build_key(query) != build_key(query, NOON + timedelta(seconds=60))
    past = build_query(**fields, asOf="2026-06-15T12:00:00Z")
    assert build_key(past) == build_key(past, NOON + timedelta(days=1))


def test_a_day_that_ends_now_is_over_only_when_it_has_ended() -> None:
    today = build_query(window={"firstDay": "2026-06-15", "lastDay": "2026-06-15"})
    midnight = datetime(2026, 6, 16, tzinfo=UTC)
    late = midnight - timedelta(seconds=1)

    assert build_key(today, late) != build_key(today, midnight)
    late_day = midnight + timedelta(days=1)
    assert build_key(today, midnight + timedelta(minutes=1)) == build_key(
        today, late_day
    )


def test_other_questions_have_other_keys() -> None:
    queries = [
        build_query(),
        build_query(metrics=["units"]),
        build_query(groupBy=["day"]),
        build_query(timeZone="Asia/Tokyo"),
        build_query(limit=1),
    ]

    assert len({build_key(query) for query in queries}) == len(queries)
    spelled_out = build_query(groupBy=[], filters=[], limit=None)
    assert build_key(spelled_out) == build_key(build_query())


def test_the_cache_drops_what_was_not_used_for_longest(
    counted: CountedQueries,
) -> None:
    snapshot = counted.compute(build_query()).snapshot
    assert snapshot is not None
    cache = build_result_cache(max_bytes=10)
    for key in "abc":
        cache.store(key, CachedOutcome(b"xxxx", snapshot))
        cache.find("a")
    assert [key for key in "abc" if cache.find(key)] == ["a", "c"]

    cache.store("a", CachedOutcome(b"y", snapshot))
    cache.store("d", CachedOutcome(b"xxxxx", snapshot))
    assert [key for key in "acd" if cache.find(key)] == ["a", "c", "d"]

    cache.store("e", CachedOutcome(b"x" * 11, snapshot))
    assert [key for key in "acde" if cache.find(key)] == ["a", "c", "d"]


def test_an_analysis_is_computed_each_time(counted: CountedQueries) -> None:
    body = {"analysis": "concentration", "by": "country"}
    request = AnalysisBody.model_validate(body).root

    for _ in range(2):
        counted.cached.run_analysis(request)

    assert counted.count == 2


def test_figures_by_the_category_of_now_follow_a_product_that_moves(
    counted: CountedQueries, database: Database
) -> None:
    with database.unit_of_work() as session:
        product = RowFactory(session).product(category="Kitchen")
        product.variants[0].sku = "MUG"
        product_id = product.id
    query = build_query(groupBy=["current_category"])

    def list_categories() -> list[Any]:
        result = counted.cached.run(query).result
        assert result is not None
        return [row["current_category"] for row in result["rows"]]

    assert list_categories() == ["Kitchen"]
    with database.unit_of_work() as session:
        session.get_one(Product, product_id).category = "Gifts"

    assert list_categories() == ["Gifts"]


def test_a_change_is_explained_by_the_category_of_now(
    counted: CountedQueries, database: Database
) -> None:
    with database.unit_of_work() as session:
        insert_order(session, placed_at=datetime(2025, 12, 10, 12, tzinfo=UTC))
        RowFactory(session).product(category="Kitchen").variants[0].sku = "MUG"
    body = {
        "analysis": "explain_change",
        "window": JANUARY,
        "dimensions": ["current_category"],
    }

    request = AnalysisBody.model_validate(body).root
    outcome = counted.cached.run_analysis(request)
    assert outcome.error is None, outcome.error
    result = outcome.result

    assert result is not None
    assert "Kitchen" in str(result["tables"])

"""Searches on their way: buffered, stored once, added up by day, deleted after 90 days."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from tests.support.factories import RowFactory
from webapp.adapters.event_buffers.memory import MemoryEventBuffer
from webapp.adapters.event_buffers.port import BufferedEvent
from webapp.adapters.search.port import SearchFilters, SearchRequest
from webapp.kit.ids import new_id
from webapp.orders.models import OrderItem
from webapp.search_analytics import service
from webapp.search_analytics.buffered_events import (
    BufferedFollowUp,
    BufferedOrder,
    BufferedSearch,
    FollowUpType,
)
from webapp.search_analytics.models import (
    RecordedSearch,
    SearchEvent,
    SearchQueryDay,
)
from webapp.search_analytics.read_models import (
    QueryCounts,
    QueryOrder,
    QuerySort,
    QuerySummary,
    WantedQueries,
)

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=9)
UTC_ZONE = ZoneInfo("UTC")
LAMP, MUG = UUID(int=1), UUID(int=2)


@dataclass
class SearchRecorder:
    """Buffers what visitors do, and stores it."""

    session: Session
    events: list[Any] = field(default_factory=list)

    def search(self, query: str = "lamp", *, at: datetime = NOON, **other: Any) -> UUID:
        search = BufferedSearch(
            **{
                "id": new_id(),
                "at": at,
                "text": query,
                "query": query,
                "filters": {},
                "sort": "relevance",
                "is_first_page": True,
                "results": 3,
                "visitor": None,
                **other,
            }
        )
        self.events.append(search)
        return search.id

    def follow(
        self,
        search_id: UUID,
        product_id: UUID = LAMP,
        *,
        type: FollowUpType = FollowUpType.CLICK,  # noqa: A002
        at: datetime = NOON,
    ) -> None:
        self.events.append(
            BufferedFollowUp(
                search_id=search_id, at=at, type=type, product_id=product_id, position=1
            )
        )

    def order(
        self,
        *product_ids: UUID,
        visitor: str = "ann",
        at: datetime = NOON,
        status: str = "PAID",
    ) -> None:
        items = [
            OrderItem(
                position=n,
                product_id=product_id,
                name="",
                sku="",
                category="",
                quantity=1,
                unit_price_minor=2900,
                line_total_minor=2900,
            )
            for n, product_id in enumerate(product_ids)
        ]
        order = RowFactory(self.session).order(items=items, status=status)
        self.events.append(BufferedOrder(order_id=order.id, at=at, visitor=visitor))

    def store(self) -> service.StoredCounts:
        """What was buffered so far; it stays there, as it does for a job that is killed."""
        return service.store_events(self.session, self.buffered)

    @property
    def buffered(self) -> Sequence[BufferedEvent]:
        return [
            BufferedEvent(str(n), event.model_dump(mode="json"))
            for n, event in enumerate(self.events)
        ]


@pytest.fixture
def recorder(session: Session) -> SearchRecorder:
    return SearchRecorder(session)


@pytest.fixture
def products(session: Session) -> tuple[UUID, UUID]:
    rows = RowFactory(session)
    return rows.product(name="Lamp").id, rows.product(name="Mug").id


def summarize(
    session: Session,
    *,
    first_day: date | None = None,
    last_day: date | None = None,
    zone: ZoneInfo = UTC_ZONE,
    **order: Any,
) -> QuerySummary:
    return service.summarize_queries(
        session,
        first_day=first_day,
        last_day=last_day,
        zone=zone,
        order=QueryOrder(**order),
    )


def aggregate(
    session: Session, *, now: datetime = LATER, zone: ZoneInfo = UTC_ZONE
) -> int:
    return service.aggregate_searches(session, now=now, zone=zone)


def count(session: Session, table: type[Any]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_search_is_buffered_with_all_that_it_asked_for() -> None:
    buffer = MemoryEventBuffer(max_events=9)
    request = SearchRequest(
        "Reading LAMP of ada@example.com",
        SearchFilters(brands=("Acme",), in_stock=True),
    )

    for last_key in (None, "x"):
        service.record_search(
            buffer,
            SearchRequest(request.text, request.filters, last_key=last_key),
            results=7,
            visitor="ann",
            secret="x",
            now=NOON,
        )

    first, second = [event.values for event in buffer.read_events(limit=9)]
    assert {name: first[name] for name in first if name != "id"} == {
        "kind": "search",
        "at": "2026-03-10T12:00:00Z",
        "text": "Reading LAMP of [e-mail]",
        "query": "reading lamp of [e-mail]",
        "filters": {"brands": ["Acme"], "in_stock": True},
        "sort": "relevance",
        "is_first_page": True,
        "results": 7,
        "visitor": "ann",
    }
    assert not second["is_first_page"]


def test_what_is_stored_twice_is_there_once(
    session: Session, recorder: SearchRecorder, products: tuple[UUID, UUID]
) -> None:
    lamp, _ = products
    search_id = recorder.search(visitor="ann")
    recorder.follow(search_id, lamp)
    recorder.follow(search_id, lamp, type=FollowUpType.ADD_TO_CART)
    recorder.order(lamp)

    first, again = recorder.store(), recorder.store()

    assert (first.searches, first.events, first.late) == (1, 3, 0)
    assert (again.searches, again.events, again.late) == (0, 0, 0)
    [counts] = summarize(session).queries
    assert counts == QueryCounts("lamp", 1, 0, 1, 1, 1, 1, 1, 1)


def test_a_product_that_is_clicked_again_counts_once_for_its_search(
    session: Session, recorder: SearchRecorder
) -> None:
    first, second = recorder.search(), recorder.search()
    for search_id in (first, first, second):
        recorder.follow(search_id, LAMP)
    recorder.follow(first, MUG)
    recorder.store()

    [counts] = summarize(session).queries

    assert (counts.searches, counts.clicks, counts.clicked) == (2, 3, 2)


def test_what_follows_no_search_that_is_there_is_counted_as_late(
    session: Session, recorder: SearchRecorder
) -> None:
    recorder.follow(new_id())
    complete = recorder.search()
    recorder.store()
    aggregate(session)
    recorder.follow(complete)

    assert recorder.store().late == 2
    assert count(session, SearchEvent) == 0


def test_an_event_that_is_not_understood_is_left_out_and_said(session: Session) -> None:
    events = [
        BufferedEvent("1", {"kind": "later version", "at": NOON.isoformat()}),
        BufferedEvent("2", {"kind": "search", "at": NOON.isoformat()}),
    ]

    with capture_logs() as logs:
        stored = service.store_events(session, events)

    assert (stored.searches, [entry["kind"] for entry in logs]) == (
        0,
        ["later version", "search"],
    )


@pytest.mark.parametrize(
    ("searched_before", "status", "visitor", "orders"),
    [
        (timedelta(days=6), "PAID", "ann", 1),
        (timedelta(days=8), "PAID", "ann", 0),
        (timedelta(days=1), "PAYMENT_FAILED", "ann", 0),
        (timedelta(days=1), "CANCELLED", "ann", 0),
        (timedelta(days=1), "PAID", "bob", 0),
    ],
)
def test_an_order_counts_for_its_visitors_searches_of_the_week_before(
    session: Session,
    recorder: SearchRecorder,
    products: tuple[UUID, UUID],
    searched_before: timedelta,
    status: str,
    visitor: str,
    orders: int,
) -> None:
    at = NOON - searched_before
    recorder.follow(recorder.search(visitor="ann", at=at), products[0], at=at)
    recorder.order(products[0], visitor=visitor, status=status)
    recorder.store()

    [counts] = summarize(session).queries

    assert (counts.orders, counts.ordered, counts.known_visitors) == (orders, orders, 1)


def test_an_order_counts_for_the_latest_search_that_led_to_each_product(
    session: Session, recorder: SearchRecorder, products: tuple[UUID, UUID]
) -> None:
    lamp, mug = products
    yesterday = NOON - timedelta(days=1)
    recorder.follow(
        recorder.search("light", visitor="ann", at=yesterday), lamp, at=yesterday
    )
    lamps = recorder.search("lamp", visitor="ann")
    recorder.follow(lamps, lamp)
    recorder.follow(recorder.search("mug", visitor="ann"), mug)
    recorder.follow(recorder.search("cup", visitor="ann"), UUID(int=9))
    recorder.order(lamp, mug)
    recorder.store()

    orders = {counts.query: counts.orders for counts in summarize(session).queries}

    assert orders == {"light": 0, "lamp": 1, "mug": 1, "cup": 0}
    [stored] = session.scalars(
        select(SearchEvent).where(
            SearchEvent.search_id == lamps, SearchEvent.type == "order"
        )
    )
    assert stored.product_id is None, "an order is not linked to its visitor"


def test_figures_are_the_same_before_and_after_they_are_added_up(
    session: Session, recorder: SearchRecorder, products: tuple[UUID, UUID]
) -> None:
    lamp, mug = products
    for n in range(6):
        at = NOON + timedelta(hours=5 * n)
        search_id = recorder.search(
            ["lamp", "mug"][n % 2],
            at=at,
            visitor="ann" if n < 4 else None,
            results=0 if n == 3 else 2,
            is_first_page=n != 5,
        )
        recorder.follow(search_id, lamp, at=at)
        if n % 3:
            recorder.follow(search_id, mug, type=FollowUpType.ADD_TO_CART, at=at)
    recorder.order(lamp, mug, at=NOON + timedelta(days=2))
    recorder.store()
    before = summarize(session)
    assert before.total == QueryCounts("", 5, 1, 6, 4, 2, 5, 4, 2)

    for now in (NOON + timedelta(days=8, hours=11), LATER + timedelta(days=1)):
        assert aggregate(session, now=now) == 3
        assert aggregate(session, now=now) == 0
        assert summarize(session) == before
    assert count(session, SearchQueryDay) == 4


def test_a_search_that_is_stored_late_is_added_to_a_day_that_was_added_up(
    session: Session, recorder: SearchRecorder
) -> None:
    recorder.search()
    recorder.store()
    aggregate(session)
    recorder.search(results=0)
    recorder.store()

    aggregate(session)

    [day] = session.scalars(select(SearchQueryDay))
    assert (day.searches, day.zero_results) == (2, 1)


def test_searches_of_visitors_end_after_90_days_and_their_figures_stay(
    session: Session, recorder: SearchRecorder
) -> None:
    recorder.follow(recorder.search(visitor="ann"), LAMP)
    recorder.search(at=NOON + timedelta(days=1))
    recorder.store()
    end = NOON + service.RETENTION + timedelta(minutes=1)

    service.delete_expired_searches(session, now=end)
    assert count(session, RecordedSearch) == 2, "not those that no day has"
    aggregate(session)
    before = summarize(session)
    service.delete_expired_searches(session, now=end - timedelta(minutes=2))
    assert count(session, RecordedSearch) == 2
    service.delete_expired_searches(session, now=end)

    assert (count(session, RecordedSearch), count(session, SearchEvent)) == (1, 0)
    assert summarize(session) == before


@pytest.mark.parametrize("is_aggregated", [False, True])
def test_days_are_those_of_the_zone(
    session: Session, recorder: SearchRecorder, is_aggregated: bool
) -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    recorder.search("evening", at=NOON.replace(hour=14, minute=59))
    recorder.search("night", at=NOON.replace(hour=15))
    recorder.store()
    if is_aggregated:
        aggregate(session, zone=tokyo)

    day = NOON.date()
    summary = summarize(session, first_day=day, last_day=day, zone=tokyo)
    next_days = summarize(session, first_day=day + timedelta(days=1), zone=tokyo)

    assert [counts.query for counts in summary.queries] == ["evening"]
    assert [counts.query for counts in next_days.queries] == ["night"]
    assert summary.recorded_since == day


def test_queries_are_listed_by_what_is_asked_for(
    session: Session, recorder: SearchRecorder
) -> None:
    for query, searches, clicks, results in (
        ("lamp", 4, 1, 3),
        ("mug", 2, 2, 3),
        ("sofa", 3, 0, 0),
        ("pot", 1, 1, 3),
    ):
        for n in range(searches):
            search_id = recorder.search(query, results=results)
            if n < clicks:
                recorder.follow(search_id)
    recorder.store()

    def listed(**order: Any) -> list[str]:
        return [counts.query for counts in summarize(session, **order).queries]

    assert listed() == ["lamp", "sofa", "mug", "pot"]
    assert listed(limit=2) == ["lamp", "sofa"]
    assert listed(sort=QuerySort.CLICK_RATE) == ["mug", "pot", "lamp", "sofa"]
    assert listed(sort=QuerySort.CLICK_RATE, ascending=True, min_searches=2) == [
        *("sofa", "lamp", "mug"),
    ]
    assert listed(only_zero_results=True) == ["sofa"]
    assert listed(sort=QuerySort.CONVERSION_RATE) == ["lamp", "sofa", "mug", "pot"]
    wanted = summarize(session, only_zero_results=True, limit=1).wanted
    assert wanted is not None
    assert (wanted.number, wanted.total.zero_results) == (1, 3)
    assert wanted.total.searches < 10, "those of the queries that found nothing"
    total = summarize(session, limit=1).total
    assert total is not None
    assert (total.searches, total.zero_results) == (10, 3)


def test_what_was_before_the_first_search_is_not_known(
    session: Session, recorder: SearchRecorder
) -> None:
    assert summarize(session) == QuerySummary([], None, None)
    recorder.search()
    recorder.store()
    day = NOON.date()

    earlier = summarize(session, last_day=day - timedelta(days=1))
    later = summarize(session, first_day=day + timedelta(days=1), last_day=date.max)

    assert earlier == QuerySummary([], None, day)
    nothing = QueryCounts("", *[0] * 8)
    assert later == QuerySummary([], nothing, day, WantedQueries(0, nothing))

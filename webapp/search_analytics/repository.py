from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.search_analytics.buffered_events import (
    BufferedFollowUp,
    BufferedOrder,
    BufferedSearch,
)
from webapp.search_analytics.counts import COUNTS, SEARCH_COUNTS
from webapp.search_analytics.models import RecordedSearch, SearchEvent
from webapp.search_analytics.read_models import (
    NextQuery,
    QueryCounts,
    QueryOrder,
    QuerySort,
    WantedQueries,
)

ORDER_EVENT = "order"
SUMS = ", ".join(f"CAST(sum({name}) AS bigint) AS {name}" for name in COUNTS)
TOTALS = ", ".join(
    f"CAST(coalesce(sum({name}), 0) AS bigint) AS {name}" for name in COUNTS
)
ADD_TO_DAYS = text(f"""
    INSERT INTO search_query_days AS known (day, query, {", ".join(COUNTS)})
    SELECT CAST(timezone(:zone, occurred_at) AS date) AS day, query, {SUMS}
    FROM ({SEARCH_COUNTS} WHERE search.id = ANY (:ids)) AS counted
    GROUP BY 1, query
    ORDER BY 1, query
    ON CONFLICT (day, query) DO UPDATE SET
        {", ".join(f"{name} = known.{name} + excluded.{name}" for name in COUNTS)}
""")  # noqa: S608 - constants
MARK_AGGREGATED = text("UPDATE searches SET is_aggregated = true WHERE id = ANY (:ids)")
LOCK_COMPLETE = text("""
    SELECT id FROM searches WHERE NOT is_aggregated AND occurred_at < :before
    ORDER BY id LIMIT :limit FOR UPDATE
""")
# Days that are complete, and the searches that no day has yet.
COUNTED = f"""
    SELECT query, {", ".join(COUNTS)} FROM search_query_days
    WHERE (CAST(:first_day AS date) IS NULL OR day >= :first_day)
        AND (CAST(:last_day AS date) IS NULL OR day <= :last_day)
    UNION ALL
    SELECT query, {", ".join(COUNTS)} FROM (
        {SEARCH_COUNTS} WHERE NOT search.is_aggregated
            AND (CAST(:start AS timestamptz) IS NULL OR search.occurred_at >= :start)
            AND (CAST(:end AS timestamptz) IS NULL OR search.occurred_at < :end)
    ) AS open_searches
"""  # noqa: S608 - constants
WANTED = f"""
    SELECT * FROM (
        SELECT query, {SUMS} FROM ({COUNTED}) AS counted GROUP BY query
    ) AS by_query
    WHERE searches >= :min_searches AND (zero_results > 0 OR NOT :only_zero_results)
"""  # noqa: S608 - constants
FIRST_DAY = text("""
    SELECT least(
        (SELECT min(day) FROM search_query_days),
        (SELECT CAST(timezone(:zone, min(occurred_at)) AS date) FROM searches)
    )
""")
SORT_KEYS = {
    QuerySort.SEARCHES: "searches",
    QuerySort.ZERO_RESULTS: "zero_results",
    QuerySort.CLICKS: "clicks",
    QuerySort.ADDS: "adds",
    QuerySort.ORDERS: "orders",
    QuerySort.CLICK_RATE: "CAST(clicked AS numeric) / nullif(searches, 0)",
    QuerySort.CONVERSION_RATE: "CAST(ordered AS numeric) / nullif(known_visitors, 0)",
}
# The latest searches that led an order's visitor to what is in it, one for each product.
SEARCHES_OF_ORDER = text("""
    SELECT DISTINCT search_id FROM (
        SELECT DISTINCT ON (event.product_id) search.id AS search_id
        FROM searches AS search
        JOIN search_events AS event ON event.search_id = search.id
        JOIN order_items AS item ON item.product_id = event.product_id
        JOIN orders ON orders.id = item.order_id
        WHERE orders.id = :order_id AND orders.status NOT IN ('PAYMENT_FAILED', 'CANCELLED')
            AND search.visitor = :visitor AND NOT search.is_aggregated
            AND search.occurred_at BETWEEN :since AND :at AND event.occurred_at <= :at
        ORDER BY event.product_id, event.occurred_at DESC, event.id
    ) AS latest
""")


NEXT_QUERIES = text("""
    WITH led AS (
        SELECT search.id, search.visitor, search.query, search.occurred_at,
            EXISTS (SELECT FROM search_events WHERE search_id = search.id) AS is_followed
        FROM searches AS search
        WHERE search.visitor IS NOT NULL AND search.is_first_page
            AND search.occurred_at >= :since AND search.query <> ''
    ), pairs AS (
        SELECT visitor, query, is_followed,
            lead(query) OVER later AS next_query,
            lead(is_followed) OVER later AS is_next_followed,
            lead(occurred_at) OVER later - occurred_at AS gap
        FROM led WINDOW later AS (PARTITION BY visitor ORDER BY occurred_at, id)
    ), changed AS (
        SELECT * FROM pairs
        WHERE NOT is_followed AND next_query <> query AND gap <= :max_gap
    ), leaving AS (
        SELECT query, count(DISTINCT visitor) AS visitors FROM changed GROUP BY query
    )
    SELECT changed.query, changed.next_query, count(DISTINCT changed.visitor) AS shown,
        leaving.visitors
    FROM changed JOIN leaving USING (query)
    WHERE changed.is_next_followed
    GROUP BY changed.query, changed.next_query, leaving.visitors
    HAVING count(DISTINCT changed.visitor) >= :min_visitors
    ORDER BY shown DESC, changed.query, changed.next_query
    LIMIT :limit
""")


POPULAR_QUERIES = text("""
    SELECT query FROM search_query_days
    WHERE day >= :since AND query <> ''
    GROUP BY query
    HAVING sum(searches) >= :min_searches AND sum(clicked) > 0
        AND sum(zero_results) * 2 < sum(searches)
    ORDER BY sum(searches) DESC, query
    LIMIT :limit
""")


def list_popular_queries(
    session: Session, *, since: date, min_searches: int, limit: int
) -> Sequence[str]:
    """Those that mostly found something, and led to a click, the most frequent first."""
    bound = {"since": since, "min_searches": min_searches, "limit": limit}
    return session.scalars(POPULAR_QUERIES, bound).all()


def list_next_queries(
    session: Session,
    *,
    since: datetime,
    max_gap: timedelta,
    min_visitors: int,
    limit: int,
) -> Sequence[NextQuery]:
    rows = session.execute(
        NEXT_QUERIES,
        {
            "since": since,
            "max_gap": max_gap,
            "min_visitors": min_visitors,
            "limit": limit,
        },
    )
    return [NextQuery._make(row) for row in rows]


def insert_searches(session: Session, searches: Sequence[BufferedSearch]) -> int:
    """Returns the number of new ones."""
    return _insert_new(
        session,
        RecordedSearch,
        [
            {
                "id": search.id,
                "occurred_at": search.at,
                "text": search.text,
                "query": search.query,
                "filters": search.filters,
                "sort": search.sort,
                "is_first_page": search.is_first_page,
                "results": search.results,
                "visitor": search.visitor,
                "is_aggregated": False,
            }
            for search in searches
        ],
    )


def lock_open_searches(session: Session, ids: Collection[UUID]) -> set[UUID]:
    """Those of the searches that are there and not aggregated, nor will be in this transaction."""
    if not ids:
        return set()
    return set(
        session.scalars(
            select(RecordedSearch.id)
            .where(RecordedSearch.id.in_(ids), ~RecordedSearch.is_aggregated)
            .order_by(RecordedSearch.id)
            .with_for_update(read=True)
        )
    )


def insert_follow_ups(session: Session, events: Sequence[BufferedFollowUp]) -> int:
    """Returns the number of new ones: a product is clicked, or added, once for a search."""
    return _insert_new(
        session,
        SearchEvent,
        [
            {
                "id": uuid5(event.search_id, f"{event.type} {event.product_id}"),
                "search_id": event.search_id,
                "type": event.type.value,
                "product_id": event.product_id,
                "position": event.position,
                "occurred_at": event.at,
            }
            for event in events
        ],
    )


def insert_order_events(
    session: Session, order: BufferedOrder, *, window: timedelta
) -> int:
    """Returns the number of searches for which the order counts, and did not before."""
    found = session.scalars(
        SEARCHES_OF_ORDER,
        {
            "order_id": order.order_id,
            "visitor": order.visitor,
            "since": order.at - window,
            "at": order.at,
        },
    ).all()
    open_ids = lock_open_searches(session, found)
    return _insert_new(
        session,
        SearchEvent,
        [
            {
                "id": uuid5(search_id, f"{ORDER_EVENT} {order.order_id}"),
                "search_id": search_id,
                "type": ORDER_EVENT,
                "product_id": None,
                "position": None,
                "occurred_at": order.at,
            }
            for search_id in sorted(open_ids)
        ],
    )


def _insert_new(
    session: Session,
    table: type[RecordedSearch | SearchEvent],
    rows: Sequence[dict[str, object]],
) -> int:
    if not rows:
        return 0
    inserted = session.scalars(
        insert(table)
        .values(list(rows))
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(table.id)
    )
    return len(inserted.all())


def lock_complete_searches(
    session: Session, *, before: datetime, limit: int
) -> list[UUID]:
    """Lock searches of before that are not aggregated."""
    return list(session.scalars(LOCK_COMPLETE, {"before": before, "limit": limit}))


def add_to_days(session: Session, ids: Sequence[UUID], *, zone: ZoneInfo) -> None:
    """Add locked searches to the counts of their days, in this zone, and mark them."""
    session.execute(ADD_TO_DAYS, {"ids": list(ids), "zone": zone.key})
    session.execute(MARK_AGGREGATED, {"ids": list(ids)})


def delete_searches(session: Session, *, before: datetime) -> None:
    """Delete aggregated searches of before, with what followed them."""
    session.execute(
        delete(RecordedSearch)
        .where(RecordedSearch.is_aggregated, RecordedSearch.occurred_at < before)
        .execution_options(synchronize_session=False)
    )


def find_first_day(session: Session, *, zone: ZoneInfo) -> date | None:
    """The day of the first recorded search."""
    day: date | None = session.scalar(FIRST_DAY, {"zone": zone.key})
    return day


def list_queries(
    session: Session,
    *,
    first_day: date | None,
    last_day: date | None,
    zone: ZoneInfo,
    order: QueryOrder,
) -> Sequence[QueryCounts]:
    direction = "ASC" if order.ascending else "DESC"
    statement = text(f"""
        SELECT * FROM ({WANTED}) AS wanted
        ORDER BY {SORT_KEYS[order.sort]} {direction} NULLS LAST, searches DESC, query
        LIMIT :limit
    """)  # noqa: S608 - constants
    values = _bind_conditions(order) | _bind_window(first_day, last_day, zone)
    rows = session.execute(statement, {**values, "limit": order.limit})
    return [QueryCounts._make(row) for row in rows]


def total_wanted_queries(
    session: Session,
    *,
    first_day: date | None,
    last_day: date | None,
    zone: ZoneInfo,
    order: QueryOrder,
) -> WantedQueries:
    """The number and the counts of all queries that are wanted, whatever the limit."""
    statement = text(f"""
        SELECT count(*) AS number, '' AS query, {TOTALS} FROM ({WANTED}) AS wanted
    """)  # noqa: S608 - constants
    values = _bind_conditions(order) | _bind_window(first_day, last_day, zone)
    number, *counts = session.execute(statement, values).one()
    return WantedQueries(number, QueryCounts._make(counts))


def total_queries(
    session: Session, *, first_day: date | None, last_day: date | None, zone: ZoneInfo
) -> QueryCounts:
    """The counts of all queries together."""
    statement = text(f"SELECT '' AS query, {TOTALS} FROM ({COUNTED}) AS counted")  # noqa: S608
    row = session.execute(statement, _bind_window(first_day, last_day, zone)).one()
    return QueryCounts._make(row)


def _bind_conditions(order: QueryOrder) -> dict[str, object]:
    return {
        "min_searches": order.min_searches,
        "only_zero_results": order.only_zero_results,
    }


def _bind_window(
    first_day: date | None, last_day: date | None, zone: ZoneInfo
) -> dict[str, object]:
    return {
        "first_day": first_day,
        "last_day": last_day,
        "start": first_day and _find_midnight(first_day, zone),
        "end": None
        if last_day in (None, date.max)
        else _find_midnight(last_day + timedelta(days=1), zone),
    }


def _find_midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)

"""Records searches and what followed, and says which queries find what.

Requests write into a buffer, in one round trip to Valkey and none to the database. A job moves what
is there into PostgreSQL (`store_events`); another adds up what is complete by day and query, and
deletes what has been kept long enough (`aggregate_searches`).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from webapp.adapters.event_buffers.port import BufferedEvent, EventBuffer
from webapp.adapters.rate_limits.port import RateLimit, RateLimiter
from webapp.adapters.search.port import SearchRequest
from webapp.kit.ids import new_id
from webapp.kit.text import label_key
from webapp.search_analytics import repository
from webapp.search_analytics.buffered_events import (
    BufferedFollowUp,
    BufferedOrder,
    BufferedSearch,
    FollowUpType,
    parse_events,
)
from webapp.search_analytics.query_text import has_mask, mask_personal_data
from webapp.search_analytics.read_models import (
    NextQuery,
    QueryOrder,
    QuerySummary,
)
from webapp.search_analytics.search_ids import parse_search_id, sign_search_id

EVENT_LIMIT = RateLimit("search events", 300, 60)
ORDER_WINDOW = timedelta(days=7)
"""How long after a search an order of its visitor counts for it."""
COMPLETE_AFTER = timedelta(days=8)
"""When nothing follows a search any more: after the window, and a day for the job to catch up."""
RETENTION = timedelta(days=90)
AGGREGATION_BATCH = 20_000


def record_search(
    buffer: EventBuffer,
    request: SearchRequest,
    *,
    results: int,
    visitor: str | None,
    secret: str,
    now: datetime,
) -> str:
    """Record a search; returns the id by which clients report what followed."""
    search_id = new_id()
    text = mask_personal_data(request.text)
    filters = asdict(request.filters)
    search = BufferedSearch(
        id=search_id,
        at=now,
        text=text,
        query=label_key(text),
        filters={
            name: value for name, value in filters.items() if value not in (None, ())
        },
        sort=request.effective_sort.value,
        is_first_page=request.last_key is None,
        results=results,
        visitor=visitor,
    )
    buffer.append_event(search.model_dump(mode="json"))
    return sign_search_id(search_id, secret=secret)


@dataclass(frozen=True)
class SearchFollowUp:
    """What a search led to, as a client reports it."""

    search_id: str
    type: FollowUpType
    product_id: UUID
    position: int | None


def record_follow_up(
    buffer: EventBuffer,
    limiter: RateLimiter,
    follow_up: SearchFollowUp,
    *,
    address: str | None,
    secret: str,
    now: datetime,
) -> None:
    """Raises `TooManyRequests` and `SearchNotFound`."""
    limiter.hit(EVENT_LIMIT, address or "")
    event = BufferedFollowUp(
        search_id=parse_search_id(follow_up.search_id, secret=secret, now=now),
        at=now,
        type=follow_up.type,
        product_id=follow_up.product_id,
        position=follow_up.position,
    )
    buffer.append_event(event.model_dump(mode="json"))


def record_order(
    buffer: EventBuffer, *, order_id: UUID, visitor: str | None, now: datetime
) -> None:
    """Let an order count for the searches that led its visitor to what is in it. Without consent
    nothing is recorded."""
    if visitor is not None:
        order = BufferedOrder(order_id=order_id, at=now, visitor=visitor)
        buffer.append_event(order.model_dump(mode="json"))


@dataclass(frozen=True)
class StoredCounts:
    searches: int
    events: int
    """Of those that are in the database now, the new ones."""
    late: int
    """Follow-ups of searches that were dropped, or are complete."""


def store_events(session: Session, events: Sequence[BufferedEvent]) -> StoredCounts:
    """Store buffered events. Those that are there already are not stored again: a job may be killed
    after it has stored them, and before it has deleted them from the buffer."""
    parsed = parse_events(events)
    searches = [each for each in parsed if isinstance(each, BufferedSearch)]
    follow_ups = [each for each in parsed if isinstance(each, BufferedFollowUp)]
    orders = [each for each in parsed if isinstance(each, BufferedOrder)]
    stored_searches = repository.insert_searches(session, searches)
    known = repository.lock_open_searches(
        session, {each.search_id for each in follow_ups}
    )
    on_time = [each for each in follow_ups if each.search_id in known]
    stored = repository.insert_follow_ups(session, on_time)
    for order in orders:
        stored += repository.insert_order_events(session, order, window=ORDER_WINDOW)
    return StoredCounts(stored_searches, stored, len(follow_ups) - len(on_time))


def aggregate_searches(session: Session, *, now: datetime, zone: ZoneInfo) -> int:
    """Add complete searches to the figures of their days, and mark them; returns how many, none at
    the end."""
    ids = repository.lock_complete_searches(
        session, before=now - COMPLETE_AFTER, limit=AGGREGATION_BATCH
    )
    if ids:
        repository.add_to_days(session, ids, zone=zone)
    return len(ids)


def list_popular_queries(
    session: Session, *, since: date, min_searches: int, limit: int
) -> Sequence[str]:
    """Queries of complete days that mostly found something, and led to a click, the most frequent
    first; none that has personal data masked."""
    queries = repository.list_popular_queries(
        session, since=since, min_searches=min_searches, limit=limit
    )
    return [query for query in queries if not has_mask(query)]


def list_next_queries(
    session: Session,
    *,
    since: datetime,
    max_gap: timedelta,
    min_visitors: int,
    limit: int,
) -> Sequence[NextQuery]:
    """What at least so many visitors searched within a time after a query that led to nothing, and
    then clicked, put into the cart or ordered; what most did first."""
    return repository.list_next_queries(
        session,
        since=since,
        max_gap=max_gap,
        min_visitors=min_visitors,
        limit=limit,
    )


def delete_expired_searches(session: Session, *, now: datetime) -> None:
    """Delete the searches of visitors, and what followed them, after `RETENTION`; the figures of
    days, which have them, stay."""
    repository.delete_searches(session, before=now - RETENTION)


def summarize_queries(
    session: Session,
    *,
    first_day: date | None,
    last_day: date | None,
    zone: ZoneInfo,
    order: QueryOrder,
) -> QuerySummary:
    """The queries of a window of days, both included, and their totals; `None` for these where
    nothing was recorded until the end of the window."""
    since = repository.find_first_day(session, zone=zone)
    if since is None or (last_day is not None and last_day < since):
        return QuerySummary([], None, since)
    queries = repository.list_queries(
        session, first_day=first_day, last_day=last_day, zone=zone, order=order
    )
    total = repository.total_queries(
        session, first_day=first_day, last_day=last_day, zone=zone
    )
    wanted = repository.total_wanted_queries(
        session, first_day=first_day, last_day=last_day, zone=zone, order=order
    )
    return QuerySummary(queries, total, since, wanted)

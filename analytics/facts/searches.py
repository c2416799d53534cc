"""Searches by day and query, of this moment: the days that are added up, and the searches that no
day has yet."""

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Select,
    Text,
    and_,
    case,
    cast,
    column,
    func,
    literal,
    null,
    or_,
    select,
    text,
    true,
    union,
    union_all,
)
from sqlalchemy.orm import Session

from analytics.facts.copying import end_with_client, fetch_frame
from analytics.facts.database import to_microseconds
from analytics.facts.family_facts import FactRequest, FamilyFacts
from analytics.facts.schemas import TIMESTAMP
from webapp.insights.query.definitions import NONE
from webapp.insights.query.periods import Period
from webapp.insights.query.windows import DAY, to_instant, to_local
from webapp.kit.weeks import WeekStart
from webapp.search_analytics.counts import COUNTS, SEARCH_COUNTS
from webapp.search_analytics.models import RecordedSearch, SearchQueryDay

QUERY = "search_query"
INSTANT = DateTime(timezone=True)
LONG_AGO = datetime(1970, 1, 2, tzinfo=UTC)
"""Before all searches."""
MIDNIGHT = time()
QUERY_DAYS = pl.Schema(
    {
        "at": TIMESTAMP,
        "query": pl.String(),
        **dict.fromkeys(COUNTS, pl.Int64()),
    }
)
"""`at` is the first time of a bucket (`_find_bucket`). The query is `NONE` for a search without a
text, and null where nobody asks by queries."""


def load_search_facts(session: Session, request: FactRequest) -> FamilyFacts:
    """What was added up by day counts for the whole of it: a range that ends within such a day has
    all of it, and of a later one what was searched before the end."""
    end_with_client(session)
    first = _find_first(session, request.zone)
    rows = fetch_frame(session, _select_days(request), QUERY_DAYS)
    is_filtered = QUERY in request.filtered
    return FamilyFacts(
        rows=rows.lazy(),
        first=first,
        whole_until=_find_end(session, request.zone),
        spellings={QUERY: _fetch_queries(session)} if is_filtered else {},
        weight="searches",
    )


def _find_first(session: Session, zone: ZoneInfo) -> datetime | None:
    """The start of the first day of which there are searches."""
    days = select(func.min(SearchQueryDay.day)).scalar_subquery()
    searched = func.timezone(zone.key, func.min(RecordedSearch.occurred_at))
    searches = select(cast(searched, Date)).scalar_subquery()
    day: date | None = session.scalar(select(func.least(days, searches)))
    return None if day is None else _find_midnight(day, zone)


def _find_midnight(day: date, zone: ZoneInfo) -> datetime:
    return to_instant(datetime.combine(day, MIDNIGHT), zone)


def _find_end(session: Session, zone: ZoneInfo) -> datetime | None:
    """The end of the last day that was added up, be it in part."""
    latest: date | None = session.scalar(select(func.max(SearchQueryDay.day)))
    return None if latest is None else _find_midnight(latest + DAY, zone)


def _select_days(request: FactRequest) -> Select[Any]:
    counted = union_all(_select_added_up(request), _select_open(request)).subquery()
    is_by_query = QUERY in request.dimensions
    query = counted.c.query if is_by_query else cast(null(), Text)
    keys = [counted.c.at, *((counted.c.query,) if is_by_query else ())]
    return select(
        to_microseconds(counted.c.at).label("at"),
        query.label("query"),
        *(cast(func.sum(counted.c[name]), BigInteger).label(name) for name in COUNTS),
    ).group_by(*keys)


def _select_added_up(request: FactRequest) -> Select[Any]:
    day = SearchQueryDay.day
    ranges = [
        and_(
            *((day >= _find_day(start, request.zone),) if start else ()),
            *((day <= _find_day(end, request.zone),) if end else ()),
            true(),
        )
        for start, end in request.ranges
    ]
    if QUERY in request.dimensions:
        counts = [getattr(SearchQueryDay, name) for name in COUNTS]
        selected = select(day, name_query(SearchQueryDay.query), *counts)
    else:
        # A row a day, before anything is computed of it.
        sums = [func.sum(getattr(SearchQueryDay, name)).label(name) for name in COUNTS]
        nothing = cast(null(), Text).label("query")
        selected = select(day, nothing, *sums).group_by(day)
    days = selected.where(or_(*ranges)).subquery("added_up")
    midnight = func.timezone(request.zone.key, cast(days.c.day, DateTime()))
    return select(
        _find_bucket(midnight, request).label("at"),
        days.c.query,
        *(days.c[name] for name in COUNTS),
    )


def _select_open(request: FactRequest) -> Select[Any]:
    searches = (
        text(f"{SEARCH_COUNTS} WHERE NOT search.is_aggregated")
        .columns(
            column("query", Text),
            column("occurred_at", INSTANT),
            *(column(name, Integer) for name in COUNTS),
        )
        .subquery("open_searches")
    )
    at = searches.c.occurred_at
    return select(
        _find_bucket(at, request).label("at"),
        name_query(searches.c.query),
        *(searches.c[name] for name in COUNTS),
    ).where(is_in_range(at, request))


def is_in_range(at: Any, request: FactRequest) -> ColumnElement[bool]:
    ranges = [
        and_(
            *((at >= bind_instant(start),) if start else ()),
            *((at < bind_instant(end),) if end else ()),
            true(),
        )
        for start, end in request.ranges
    ]
    return and_(or_(*ranges), at <= bind_instant(request.now))


def _find_bucket(at: ColumnElement[datetime], request: FactRequest) -> Any:
    """The latest bound of a range that an instant is not before, or the start of its period, where
    that is later. Rows of one bucket are in the same ranges, and in the same period."""
    bounds = sorted({each for ends in request.ranges for each in ends if each})
    cuts = [(at >= bind_instant(each), bind_instant(each)) for each in reversed(bounds)]
    before_all = bind_instant(LONG_AGO)
    bound = case(*cuts, else_=before_all) if cuts else before_all
    unit = _choose_unit(request)
    if unit is None:
        return bound
    return func.greatest(func.date_trunc(unit, at, request.zone.key), bound)


def _choose_unit(request: FactRequest) -> str | None:
    """The period that rows are needed by, if there is one; PostgreSQL has the same names, and the
    weeks of ISO 8601."""
    names = request.dimensions - {QUERY}
    if Period.WEEK in names and request.week_start is not WeekStart.MONDAY:
        return Period.DAY.value
    return Period.DAY.value if names - set(Period) else next(iter(names), None)


def bind_instant(instant: datetime) -> ColumnElement[datetime]:
    return cast(literal(instant, INSTANT), INSTANT)


def name_query(query: Any) -> ColumnElement[str]:
    return case((query == "", NONE), else_=query).label("query")


def _find_day(instant: datetime, zone: ZoneInfo) -> ColumnElement[date]:
    return literal(to_local(instant, zone).date(), Date)


def _fetch_queries(session: Session) -> pl.DataFrame:
    """All that was ever searched for."""
    known = union(
        select(name_query(SearchQueryDay.query)),
        select(name_query(RecordedSearch.query)).where(~RecordedSearch.is_aggregated),
    ).subquery()
    names = fetch_frame(
        session, select(known.c.query), pl.Schema({"query": pl.String()})
    )
    return names.select(pl.col("query").alias("key"), "query")

"""Facts of searches in memory, for queries without a database."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from analytics.facts.family_facts import FactRequest, FamilyFacts
from analytics.facts.search_records import CLICKS, LISTS, MISSES, SearchRecords
from analytics.facts.searches import QUERY_DAYS
from webapp.insights.query.windows import to_instant
from webapp.search_analytics.counts import COUNTS

Json = dict[str, Any]


def read_search_records(days: FamilyFacts, _: FactRequest) -> SearchRecords:
    """Of searches of which none is kept by itself any more."""
    return SearchRecords(
        days=days,
        clicks=CLICKS.to_frame().lazy(),
        lists=LISTS.to_frame().lazy(),
        misses=MISSES.to_frame().lazy(),
    )


def build_query_day(day: date, query: str, zone: ZoneInfo, **counts: int) -> Json:
    """The searches for a query on a day; counts that are not given are 0."""
    at = to_instant(datetime.combine(day, time()), zone)
    return {"at": at, "query": query, **dict.fromkeys(COUNTS, 0), **counts}


def build_search_facts(rows: Iterable[Json] = ()) -> Mapping[str, FamilyFacts]:
    """By the name of the family, as queries take them."""
    frame = pl.DataFrame(list(rows), schema=QUERY_DAYS)
    names = frame.select(pl.col("query").alias("key"), "query").unique()
    facts = FamilyFacts(
        rows=frame.lazy(),
        first=frame.select(pl.col("at").min()).item(),
        spellings={"search_query": names},
        weight="searches",
    )
    return {"searches": facts}

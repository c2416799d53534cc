"""What only the searches that are kept one by one say: where in the list was clicked, and whether a
visitor who found nothing searched again."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import polars as pl
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    case,
    exists,
    func,
    literal,
    select,
)
from sqlalchemy.orm import Session, aliased

from analytics.facts.copying import fetch_frame
from analytics.facts.database import to_microseconds
from analytics.facts.family_facts import FactRequest, FamilyFacts
from analytics.facts.schemas import TIMESTAMP
from analytics.facts.searches import is_in_range, load_search_facts, name_query
from webapp.search_analytics.models import RecordedSearch, SearchEvent

MAX_POSITION = 20
"""Positions beyond it are one."""
RETRY_WINDOW = timedelta(minutes=30)
"""How long after a search without results another one of its visitor replaces it."""
KEY = {"at": TIMESTAMP, "query": pl.String()}
CLICKS = pl.Schema(
    {**KEY, "position": pl.Int64(), "clicks": pl.Int64(), "adds": pl.Int64()}
)
"""`adds` are the clicked products that were put into the cart. The position is null where the
client did not say it."""
LISTS = pl.Schema({**KEY, "length": pl.Int64(), "searches": pl.Int64()})
"""Searches by how many positions their lists had, up to `MAX_POSITION` + 1."""
MISSES = pl.Schema({**KEY, "known": pl.Int64(), "given_up": pl.Int64()})
"""Searches of known visitors that found nothing, and those after which the visitor found nothing by
another search, either."""


@dataclass(frozen=True)
class SearchRecords:
    """The searches of some ranges by day and query; of those that are still kept one by one, what
    the visitors did."""

    days: FamilyFacts
    clicks: pl.LazyFrame
    lists: pl.LazyFrame
    misses: pl.LazyFrame


SearchReader = Callable[[FactRequest], SearchRecords]


def load_search_records(session: Session, request: FactRequest) -> SearchRecords:
    """What visitors did is of the first range alone."""
    recent = replace(request, ranges=request.ranges[:1])
    return SearchRecords(
        days=load_search_facts(session, request),
        clicks=fetch_frame(session, _select_clicks(recent), CLICKS).lazy(),
        lists=fetch_frame(session, _select_lists(recent), LISTS).lazy(),
        misses=fetch_frame(session, _select_misses(recent), MISSES).lazy(),
    )


def _select_keys(request: FactRequest) -> tuple[ColumnElement[Any], ...]:
    day = func.date_trunc("day", RecordedSearch.occurred_at, request.zone.key)
    return to_microseconds(day).label("at"), name_query(RecordedSearch.query)


def _is_in_range(request: FactRequest) -> ColumnElement[bool]:
    return is_in_range(RecordedSearch.occurred_at, request)


def _select_clicks(request: FactRequest) -> Select[Any]:
    added = aliased(SearchEvent)
    is_added = exists().where(
        added.search_id == SearchEvent.search_id,
        added.type == "add_to_cart",
        added.product_id == SearchEvent.product_id,
    )
    # What is least of a null and a number is the number, in PostgreSQL.
    position = case(
        (SearchEvent.position > MAX_POSITION, MAX_POSITION + 1),
        else_=SearchEvent.position,
    )
    return (
        select(
            *_select_keys(request),
            position.label("position"),
            func.count().label("clicks"),
            func.count().filter(is_added).label("adds"),
        )
        .join(SearchEvent, SearchEvent.search_id == RecordedSearch.id)
        .where(_is_in_range(request), SearchEvent.type == "click")
        .group_by("at", name_query(RecordedSearch.query), position)
    )


def _select_lists(request: FactRequest) -> Select[Any]:
    length = func.least(RecordedSearch.results, literal(MAX_POSITION + 1, Integer))
    return (
        select(
            *_select_keys(request),
            length.label("length"),
            func.count().label("searches"),
        )
        .where(_is_in_range(request), RecordedSearch.is_first_page)
        .group_by("at", name_query(RecordedSearch.query), length)
    )


def _select_misses(request: FactRequest) -> Select[Any]:
    other = aliased(RecordedSearch)
    found_later = exists().where(
        other.visitor == RecordedSearch.visitor,
        other.occurred_at > RecordedSearch.occurred_at,
        other.occurred_at <= RecordedSearch.occurred_at + literal(RETRY_WINDOW),
        other.results > 0,
    )
    return (
        select(
            *_select_keys(request),
            func.count().label("known"),
            func.count().filter(~found_later).label("given_up"),
        )
        .where(
            _is_in_range(request),
            RecordedSearch.is_first_page,
            RecordedSearch.results == 0,
            RecordedSearch.visitor.is_not(None),
        )
        .group_by("at", name_query(RecordedSearch.query))
    )

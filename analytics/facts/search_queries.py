"""Whether texts were ever searched for."""

from collections.abc import Collection

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from webapp.search_analytics.models import RecordedSearch, SearchQueryDay


def find_searched_texts(session: Session, texts: Collection[str]) -> set[str]:
    """Those of the texts, folded as queries are (`label_key`), that are the query of a search."""
    if not texts:
        return set()
    wanted = list(texts)
    is_open = ~RecordedSearch.is_aggregated
    found = union(
        select(SearchQueryDay.query).where(SearchQueryDay.query.in_(wanted)),
        select(RecordedSearch.query).where(is_open, RecordedSearch.query.in_(wanted)),
    )
    return set(session.scalars(found))

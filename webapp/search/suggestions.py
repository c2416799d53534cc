"""Completes what is being typed: what others search and find, categories, brands and products."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy.orm import Session

from webapp.adapters.search.port import (
    PopularQueryCache,
    SearchEngine,
    Suggestion,
    SuggestionType,
)
from webapp.kit.text import label_key
from webapp.search_analytics import service as search_analytics

WINDOW = timedelta(days=60)
"""Of days whose searches are complete, which the last week's are not."""
MIN_SEARCHES = 5
"""What is searched less often may be of one person, and says little."""
MAX_KEPT = 2_000
MAX_QUERIES = 3
"""Of a list: the rest is for categories, brands and products."""
_POPULAR = "popular"


def load_popular_queries(
    session: Session, cache: PopularQueryCache, *, now: datetime
) -> tuple[str, ...]:
    """At most five minutes old. A statement where the cache has none."""
    known = cache.find(_POPULAR)
    if known is not None:
        return known
    queries = search_analytics.list_popular_queries(
        session, since=(now - WINDOW).date(), min_searches=MIN_SEARCHES, limit=MAX_KEPT
    )
    cache.store(_POPULAR, tuple(queries))
    return tuple(queries)


def list_suggestions(
    engine: SearchEngine, popular: Sequence[str], text: str, *, limit: int
) -> Sequence[Suggestion]:
    """Up to three queries that begin with the text, then what the engine suggests, each once."""
    typed = label_key(text)
    beginning = (each for each in popular if typed and each.startswith(typed))
    queries = [
        Suggestion(each, SuggestionType.QUERY)
        for each in islice(beginning, MAX_QUERIES)
    ]
    known = {each.text for each in queries}
    others = [
        each
        for each in engine.suggest(text, limit=limit)
        if label_key(each.text) not in known
    ]
    return [*queries, *others][:limit]

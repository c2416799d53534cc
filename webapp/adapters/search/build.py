"""Chooses the search engine by setting.

Only the chosen one is imported: the other would cost every process 20 MB and 0.5 s.
"""

from importlib import import_module

from cachetools import TTLCache

from webapp.adapters.search.port import (
    NearCache,
    PopularQueryCache,
    RuleCache,
    SearchEngine,
)
from webapp.config import AgentSettings
from webapp.kit.caches import LockedCache

MAX_NEAR_CACHED = 2_000
"""Texts, each with up to 100 products: 40 MB."""
RULES_KEPT_S = 2
"""A rule that an admin sets holds in all processes after this at the latest."""
POPULAR_QUERIES_KEPT_S = 300
NEAR_KEPT_S = 30
"""A new product is near after this at the latest. Prices and stock do not wait for it: the engine
applies the filters."""


def build_search_engine(settings: AgentSettings) -> SearchEngine:
    """Build the engine that `SEARCH_URL` names; it connects on first use."""
    engine: SearchEngine
    if settings.search_url.startswith("embedded:"):
        embedded = import_module("webapp.adapters.search.embedded.search")
        engine = embedded.EmbeddedSearchEngine(settings.var_dir / "search")
    else:
        cluster = import_module("webapp.adapters.search.opensearch.search")
        engine = cluster.OpenSearchEngine(settings.search_url)
    return engine


def build_rule_cache() -> RuleCache:
    return LockedCache(TTLCache(1, RULES_KEPT_S))


def build_popular_query_cache() -> PopularQueryCache:
    return LockedCache(TTLCache(1, POPULAR_QUERIES_KEPT_S))


def build_near_cache(*, kept_s: float = NEAR_KEPT_S) -> NearCache:
    return LockedCache(TTLCache(MAX_NEAR_CACHED, kept_s))

"""Chooses the search engine by setting.

Only the chosen one is imported: the other would cost every process 20 MB and 0.5 s.
"""

from importlib import import_module

from webapp.adapters.search.port import SearchEngine
from webapp.config import AgentSettings


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

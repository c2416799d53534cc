"""The address chooses the engine, and only that one is loaded: every process of the shop
would pay 20 MB and half a second for the other."""

from importlib import import_module

from webapp.adapters.search.port import SearchEngine
from webapp.config import Settings


def build_search_engine(settings: Settings) -> SearchEngine:
    """The engine `SEARCH_URL` names. Opens nothing yet."""
    engine: SearchEngine
    if settings.search_url.startswith("embedded:"):
        embedded = import_module("webapp.adapters.search.embedded.search")
        engine = embedded.EmbeddedSearchEngine(settings.var_dir / "search")
    else:
        cluster = import_module("webapp.adapters.search.opensearch.search")
        engine = cluster.OpenSearchEngine(settings.search_url)
    return engine

from webapp.config import Settings
from webapp.suppliers.search.embedded.search import EmbeddedSearch
from webapp.suppliers.search.engine import SearchEngine
from webapp.suppliers.search.opensearch.search import OpenSearchEngine


def open_search(settings: Settings) -> SearchEngine:
    """The engine `SEARCH_URL` names. Opens nothing yet."""
    if settings.search_url.startswith("embedded:"):
        return EmbeddedSearch(settings.var_dir / "search")
    return OpenSearchEngine(settings.search_url)

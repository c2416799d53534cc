from webapp.config import Settings, WrongSetting
from webapp.suppliers.search.embedded.search import EmbeddedSearch
from webapp.suppliers.search.engine import SearchEngine


def open_search(settings: Settings) -> SearchEngine:
    """The engine `SEARCH_URL` names. Opens nothing yet."""
    if settings.search_url.startswith("embedded:"):
        return EmbeddedSearch(settings.var_dir / "search")
    raise WrongSetting(
        "SEARCH_URL: only `embedded:` is served by this version; unset it"
    )

from webapp.http.access import Access
from webapp.http.api import Api
from webapp.http.context import runtime
from webapp.search import service
from webapp.search.schemas import (
    SearchQuery,
    SearchView,
    SuggestionsView,
    SuggestionView,
    SuggestQuery,
)

api = Api("Search", prefix="/search")


@api.get(
    "",
    access=Access.PUBLIC,
    query=SearchQuery,
    returns=SearchView,
    errors=(503,),
)
def search_products(query: SearchQuery) -> SearchView:
    """Search products by text, with filters and facets.

    Mistyped words are corrected (`correctedQuery`); product codes match as a whole.
    """
    rt = runtime()
    with rt.db.autocommit() as session:
        found = service.search_products(
            session, engine=rt.search, request=query.to_search_request()
        )
        return SearchView.from_results(found)


@api.get(
    "/suggest",
    access=Access.PUBLIC,
    query=SuggestQuery,
    returns=SuggestionsView,
    errors=(503,),
)
def suggest(query: SuggestQuery) -> SuggestionsView:
    """Autocomplete a partly typed query with categories, brands and products."""
    suggestions = runtime().search.suggest(query.q, limit=query.limit)
    return SuggestionsView(
        suggestions=[SuggestionView.from_suggestion(each) for each in suggestions]
    )

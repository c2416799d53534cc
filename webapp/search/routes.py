from flask import request

from webapp.http.access import Access
from webapp.http.api import Api
from webapp.http.context import runtime
from webapp.kit.clock import utc_now
from webapp.search import service
from webapp.search.meaning import MeaningSearch
from webapp.search.rules import service as rules
from webapp.search.schemas import (
    SearchQuery,
    SearchView,
    SuggestionsView,
    SuggestionView,
    SuggestQuery,
)
from webapp.search.suggestions import list_suggestions, load_popular_queries
from webapp.search_analytics import service as search_analytics
from webapp.search_analytics.visitors import VISITOR_HEADER, hash_visitor

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

    Mistyped words are corrected (`correctedQuery`); product codes match as a whole. Prices, sizes
    and what is not wanted become filters (`interpretation`): "laptop 14 inch under 500 -hp". The
    search is recorded, without who made it unless an `X-Visitor-Id` is sent; see
    `POST /search/events`.
    """
    rt = runtime()
    search = query.to_search_request()
    secret = rt.settings.require_jwt_secret()
    with rt.db.autocommit() as session:
        found = service.search_products(
            session,
            engine=rt.search,
            request=search,
            meaning=MeaningSearch.from_runtime(rt),
            interpret=query.interpret,
            rules=rules.load_live_rules(session, rt.rule_cache),
        )
    search_id = search_analytics.record_search(
        rt.search_events,
        search,
        results=found.results.total,
        visitor=hash_visitor(request.headers.get(VISITOR_HEADER), secret=secret),
        secret=secret,
        now=utc_now(),
    )
    return SearchView.from_results(found, search_id=search_id)


@api.get(
    "/suggest",
    access=Access.PUBLIC,
    query=SuggestQuery,
    returns=SuggestionsView,
    errors=(503,),
)
def suggest_queries(query: SuggestQuery) -> SuggestionsView:
    """Autocomplete a partly typed query with what others search and find, categories, brands and
    products."""
    rt = runtime()
    with rt.db.autocommit() as session:
        popular = load_popular_queries(session, rt.popular_queries, now=utc_now())
    suggestions = list_suggestions(rt.search, popular, query.q, limit=query.limit)
    return SuggestionsView(
        suggestions=[SuggestionView.from_suggestion(each) for each in suggestions]
    )

from flask import request

from webapp.http.access import Access
from webapp.http.api import Api
from webapp.http.context import runtime
from webapp.kit.clock import utc_now
from webapp.search_analytics import service
from webapp.search_analytics.schemas import SearchEventBody

api = Api("Search analytics", prefix="/search")


@api.post("/events", access=Access.PUBLIC, body=SearchEventBody, errors=(404, 429))
def report_event(body: SearchEventBody) -> None:
    """Report that a product found by a search was clicked, or put into the cart.

    A product counts once for each search, however often it is reported. 404 `SEARCH_NOT_FOUND` for
    a `searchId` that the shop did not give out, or gave out more than a day ago. Who searched is
    only recorded with consent: once the visitor has agreed to it, send `X-Visitor-Id`, a random id
    of 16 to 64 letters, digits, `-` or `_`, with `GET /search` and `POST /orders`, and no such
    header otherwise. A hash of it is kept for 90 days, and orders count for the searches that led
    to them.
    """
    rt = runtime()
    service.record_follow_up(
        rt.search_events,
        rt.limiter,
        body.to_follow_up(),
        address=request.remote_addr,
        secret=rt.settings.require_jwt_secret(),
        now=utc_now(),
    )

"""Endpoints for admins, and for programs with the scope: any figure by any dimension."""

from webapp.http.access import current_caller_id
from webapp.http.api import Api
from webapp.http.context import runtime
from webapp.insights import service
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.results import AnalyticsResult
from webapp.insights.schemas import DefinitionsView
from webapp.kit.scopes import Scope

api = Api("Analytics", prefix="/admin/analytics")


@api.post(
    "/query",
    access=Scope.ANALYTICS_READ,
    body=AnalyticsQuery,
    returns=AnalyticsResult,
    errors=(503,),
)
def run_query(body: AnalyticsQuery) -> AnalyticsResult:
    """Compute metrics by dimensions over a window of time.

    What makes no sense is refused with what is possible instead (`IMPOSSIBLE_QUERY`). The `query`
    of a result, sent again, gives the same figures. Answers 503 where Ray is left out.
    """
    return service.run_query(runtime().analytics, body, caller_id=current_caller_id())


@api.get("/definitions", access=Scope.ANALYTICS_READ, returns=DefinitionsView)
def show_definitions() -> DefinitionsView:
    """All metrics and dimensions: what they mean, how they add up, and what goes with what."""
    return DefinitionsView.from_definitions()

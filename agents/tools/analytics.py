"""The analytics tools, for admins: any figure by any dimension, each result with its receipt."""

from functools import partial

from pydantic import Field
from sqlalchemy.orm import Session

from agents.tools.tool import Tool, ToolParams, ToolServices, build_tool
from webapp.adapters.agents.port import Principal
from webapp.adapters.analytics.port import AnalyticsClient
from webapp.insights import service
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.results import AnalyticsResult
from webapp.insights.query.values import ValueMatches

MAX_TEXT = 4000


class FindValuesParams(ToolParams):
    text: str = Field(max_length=MAX_TEXT)
    """The words of the question."""


def query_analytics(
    analytics: AnalyticsClient, _: Session, principal: Principal, query: AnalyticsQuery
) -> AnalyticsResult:
    """Compute metrics by dimensions over a window of time. The result says the query in words
    (`title`), what a reader must know (`notes`), and where the figures come from (`receipt`)."""
    return service.run_query(analytics, query, caller_id=principal.customer_id)


def find_values(
    analytics: AnalyticsClient,
    _: Session,
    principal: Principal,
    params: FindValuesParams,
) -> ValueMatches:
    """Find the products, categories, countries and other values of the shop that a text names, as
    the filters of a query take them."""
    found = analytics.find_values(
        params.text, similar=True, caller_id=principal.customer_id
    )
    return ValueMatches.model_validate(found, by_alias=True, by_name=False)


def build_tools(services: ToolServices) -> list[Tool]:
    return [
        build_tool(
            partial(query_analytics, services.analytics),
            AnalyticsQuery,
            admins_only=True,
        ),
        build_tool(
            partial(find_values, services.analytics), FindValuesParams, admins_only=True
        ),
    ]

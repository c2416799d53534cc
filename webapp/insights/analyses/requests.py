"""The analyses that are no single query: what each takes. Pure data.

A request is the body of `POST /admin/analytics/analyses`, the argument of the models' tools, and
part of the result. `methods` says how each is computed, `validation` refuses what makes no sense,
`analytics.analyses` computes them.
"""

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    RootModel,
    model_validator,
)

from webapp.insights.query.analytics_query import (
    AnalyticsQuery,
    Comparison,
    ComparisonKind,
    FilterValue,
    QueryScope,
    Window,
)
from webapp.kit.json import OmittedIfNone, build_validation_error

MAX_DIMENSIONS = 12
MAX_LISTED = 100
MAX_STEPS = 90
MAX_MONTHS = 24
MAX_STOCK_DAYS = 365
Limit = Annotated[int, Field(ge=1, le=MAX_LISTED)]
Months = Annotated[int, Field(ge=1, le=MAX_MONTHS)]

EXAMPLE: dict[str, Any] = {
    "analysis": "explain_change",
    "metric": "net_revenue",
    "window": {"unit": "month", "offset": 1},
}


class ExplainChangeRequest(QueryScope):
    """Why a figure changed: which values of which dimensions the change consists of."""

    analysis: Literal["explain_change"] = "explain_change"
    """The name of the analysis."""
    metric: str = "net_revenue"
    """The metric that changed; one whose parts add up, such as `net_revenue`, `units`, `orders`,
    `refunds` or `searches`, or a quotient of two such, such as `average_order_value`,
    `refund_rate`, `cancellation_rate` or `search_conversion_rate`."""
    window: OmittedIfNone[Window] = None
    """The time to explain; it needs a first day. Only a section of a report may leave it out: it
    is then the report's period."""
    compare_to: Comparison = ComparisonKind.PREVIOUS
    """What it is compared with: `previous`, `last_year`, or another window."""
    dimensions: Annotated[list[str], Field(max_length=MAX_DIMENSIONS)] = []
    """The dimensions to look at; without any, those that usually explain something."""
    limit: Limit = 10
    """Values listed of each dimension; the others are one row."""

    @property
    def named_dimensions(self) -> set[str]:
        return {*super().named_dimensions, *self.dimensions}


class AnomaliesRequest(QueryScope):
    """Days or weeks that were unusual, and what was different then. Without a window, the last 13
    weeks, or the last 52 for weeks."""

    analysis: Literal["anomalies"] = "anomalies"
    """The name of the analysis."""
    metric: str = "net_revenue"
    """The metric that is watched; one whose parts add up."""
    period: Literal["day", "week"] = "day"
    """Whether days or weeks are judged."""
    direction: Literal["both", "drops", "spikes"] = "both"
    """Whether only what is unusually low, or unusually high, is listed."""
    limit: Limit = 10
    """Anomalies listed, the strongest first."""


class ForecastRequest(QueryScope):
    """The next days, weeks or months of a metric, with intervals. The window is the history that is
    learned from; it ends with the last period that is over."""

    analysis: Literal["forecast"] = "forecast"
    """The name of the analysis."""
    metric: str = "net_revenue"
    """The metric that is forecast; no quotient, such as an average."""
    period: Literal["day", "week", "month"] = "week"
    """The period that one step is."""
    steps: Annotated[int, Field(ge=1, le=MAX_STEPS)] = 4
    """How many periods ahead."""
    first_step: Annotated[int, Field(ge=1, le=MAX_STEPS)] = 1
    """The first period that is wanted, for a time that does not begin at once: rows, total and past
    error are of this one to the last."""
    level: Literal[80, 90, 95] = 80
    """Of 100 true figures, how many the interval should contain."""

    @model_validator(mode="after")
    def _check_steps(self) -> Self:
        if self.first_step > self.steps:
            msg = "firstStep is beyond the last of the steps"
            raise ValueError(msg)
        return self


class RetentionRequest(QueryScope):
    """How many customers come back: cohorts by the month of their first order. The window says
    which cohorts; what they ordered since is always counted."""

    analysis: Literal["retention"] = "retention"
    """The name of the analysis."""
    months: Months = 12
    """How many months after the first order are shown."""


class RfmRequest(QueryScope):
    """Customers in segments by recency, frequency and monetary value of their orders."""

    analysis: Literal["rfm"] = "rfm"
    """The name of the analysis."""


class LifetimeValueRequest(QueryScope):
    """What customers have brought in since their first order, by cohort. The window says which
    cohorts; what they ordered since is always counted."""

    analysis: Literal["lifetime_value"] = "lifetime_value"
    """The name of the analysis."""
    months: Months = 12
    """How many months after the first order are shown."""


class BasketPairsRequest(QueryScope):
    """What is bought together, in one order."""

    analysis: Literal["basket_pairs"] = "basket_pairs"
    """The name of the analysis."""
    by: Literal["product", "category"] = "product"
    """What the pairs are of."""
    item: OmittedIfNone[FilterValue] = None
    """Only what is bought with this product or category: by its name, a product also by its SKU or
    id. Where none is called so, all with the text in their names."""
    min_orders: Annotated[int, Field(ge=5, le=1_000_000)] = 5
    """Pairs in fewer orders are left out: they may be chance."""
    sort: Literal["lift", "orders"] = "lift"
    """Which pairs come first: the closest, or the most frequent."""
    limit: Limit = 20
    """Pairs listed."""


class PriceEffectRequest(QueryScope):
    """How units sold went with the price, variant by variant."""

    analysis: Literal["price_effect"] = "price_effect"
    """The name of the analysis."""
    limit: Limit = 20
    """Variants listed, those that sold most first."""


class ConcentrationRequest(QueryScope):
    """How much of a metric comes from how few: ABC classes, the share of the greatest, the Gini
    coefficient."""

    analysis: Literal["concentration"] = "concentration"
    """The name of the analysis."""
    metric: Literal["gross_sales", "net_revenue", "units"] = "gross_sales"
    """The metric that is shared out."""
    by: Literal["product", "variant", "category", "country", "customer"] = "product"
    """What it comes from. Of customers only groups are told, none by itself."""
    limit: Limit = 20
    """Values listed, the greatest first."""


class SearchInsightsRequest(QueryScope):
    """What is searched, found and not found; of all searches, or of those by `search_query` or
    `weekday`. Without a window, the last 30 days."""

    analysis: Literal["search_insights"] = "search_insights"
    """The name of the analysis."""
    min_searches: Annotated[int, Field(ge=5, le=1_000_000)] = 5
    """Queries that were searched less often are not listed: they may say who searched."""
    limit: Limit = 20
    """Queries listed in each table."""


class StockOutlookRequest(QueryScope):
    """What runs out when, and what to reorder. The window is the time that demand is learned from;
    without one, the last eight weeks. Of products, variants, categories or brands as they are
    now."""

    analysis: Literal["stock_outlook"] = "stock_outlook"
    """The name of the analysis."""
    lead_time_days: Annotated[int, Field(ge=0, le=MAX_STOCK_DAYS)] = 14
    """How many days pass from ordering units until they can be sold."""
    cover_days: Annotated[int, Field(ge=1, le=MAX_STOCK_DAYS)] = 30
    """How many days the units should last after that."""
    level: Literal[80, 90, 95] = 80
    """Of 100 true days of running out, how many the interval should contain."""
    limit: Limit = 20
    """Variants listed in each table."""


AnalysisRequest = Annotated[
    ExplainChangeRequest
    | AnomaliesRequest
    | ForecastRequest
    | RetentionRequest
    | RfmRequest
    | LifetimeValueRequest
    | BasketPairsRequest
    | PriceEffectRequest
    | ConcentrationRequest
    | SearchInsightsRequest
    | StockOutlookRequest,
    Field(discriminator="analysis"),
]


Question = AnalyticsQuery | AnalysisRequest
"""What has figures for its answer: a query, or what is no single query."""


REQUESTS: tuple[type[QueryScope], ...] = get_args(get_args(AnalysisRequest)[0])
"""Of all analyses."""


NAMES = tuple(each.model_fields["analysis"].default for each in REQUESTS)


class AnalysisBody(RootModel[AnalysisRequest]):
    """Any of the requests, told apart by `analysis`."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    @model_validator(mode="wrap")
    @classmethod
    def _check_name(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if isinstance(data, dict) and data.get("analysis") not in NAMES:
            problem = "is unknown" if "analysis" in data else "is missing"
            reasons = {"analysis": f"{problem}; known are {', '.join(NAMES)}"}
            raise build_validation_error(cls.__name__, reasons)
        return handler(data)

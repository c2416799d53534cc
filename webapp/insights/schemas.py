from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from webapp.insights.query.analytics_query import FilterValue
from webapp.insights.query.definitions import (
    DIMENSIONS,
    METRICS,
    Additivity,
    Dimension,
    DimensionKind,
    Metric,
    Unit,
    list_dimensions_of,
)
from webapp.insights.query.periods import Period
from webapp.insights.query.windows import Day
from webapp.kit.json import RequestBody, ResponseBody


class WindowQuery(RequestBody):
    first_day: Day | None = None
    last_day: Day | None = None
    """Included; without either, everything that was recorded."""
    category: FilterValue | None = None

    @model_validator(mode="after")
    def _check_days(self) -> Self:
        if self.first_day and self.last_day and self.last_day < self.first_day:
            msg = "lastDay is before firstDay"
            raise ValueError(msg)
        return self


class OrderTrendsQuery(WindowQuery):
    granularity: Period = Period.MONTH


class SalesInsightsQuery(WindowQuery):
    by: Literal["product", "variant", "category", "country"] = "product"
    rank_by: Literal["net_revenue", "units", "orders", "returned_units"] = "net_revenue"
    limit: Annotated[int, Field(ge=1, le=1000)] = 10


class MetricView(ResponseBody):
    name: str
    label: str
    synonyms: list[str]
    definition: str
    unit: Unit
    additivity: Additivity
    dimensions: list[str]
    """Those that it can be grouped and filtered by."""

    @classmethod
    def from_metric(cls, metric: Metric) -> Self:
        return cls(
            name=metric.name,
            label=metric.label,
            synonyms=list(metric.synonyms),
            definition=metric.definition,
            unit=metric.unit,
            additivity=metric.additivity,
            dimensions=list_dimensions_of(metric),
        )


class DimensionView(ResponseBody):
    name: str
    label: str
    synonyms: list[str]
    definition: str
    kind: DimensionKind
    values: list[str]
    """All that there are, where the shop decides it; else empty, as it is what the orders have."""

    @classmethod
    def from_dimension(cls, dimension: Dimension) -> Self:
        return cls(
            name=dimension.name,
            label=dimension.label,
            synonyms=list(dimension.synonyms),
            definition=dimension.definition,
            kind=dimension.kind,
            values=list(dimension.values),
        )


class DefinitionsView(ResponseBody):
    metrics: list[MetricView]
    dimensions: list[DimensionView]

    @classmethod
    def from_definitions(cls) -> Self:
        return cls(
            metrics=[MetricView.from_metric(each) for each in METRICS.values()],
            dimensions=[
                DimensionView.from_dimension(each) for each in DIMENSIONS.values()
            ],
        )


MetricView.example_values = vars(MetricView.from_metric(METRICS["net_revenue"]))
DimensionView.example_values = vars(
    DimensionView.from_dimension(DIMENSIONS["category"])
)

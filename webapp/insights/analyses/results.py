"""Results of analyses: what was found, tables with units, and the receipt."""

from typing import Annotated, Any, Literal

from pydantic import Field

from webapp.insights.analyses.methods import METHODS
from webapp.insights.analyses.requests import (
    EXAMPLE,
    AnalysisRequest,
    ExplainChangeRequest,
)
from webapp.insights.query.definitions import Unit
from webapp.insights.query.results import (
    AnalyticsReceipt,
    ColumnRole,
    ResultColumn,
    ResultRow,
)
from webapp.kit.json import OmittedIfNone, ResponseBody

Figure = int | float
"""Money in major units."""


class ExplainChangeFindings(ResponseBody):
    example_values = {
        "before": 4000.0,
        "now": 3000.0,
        "change": -1000.0,
        "change_percent": -25.0,
        "main_dimension": "category",
        "main_value": "Kitchen",
        "main_change": -900.0,
        "main_score": 0.6,
    }

    analysis: Literal["explain_change"] = "explain_change"
    before: Figure
    now: Figure
    change: Figure
    change_percent: float | None
    main_dimension: OmittedIfNone[str] = None
    """The dimension that explains most; none where the change is spread over all values as the
    metric was."""
    main_value: OmittedIfNone[str] = None
    main_change: OmittedIfNone[Figure] = None
    """What the value is of the change: of a quotient, both of its effects."""
    main_score: OmittedIfNone[float] = None
    """From 0 to 1; at least 0.2 where there is a main dimension."""
    outcome: OmittedIfNone[str] = None
    """Of sales, units and orders: what more or fewer of the orders placed came to than would by
    chance, if that is a part of the change: `canceled`, `payment failed` or `not paid`."""
    outcome_change: OmittedIfNone[Figure] = None
    """What of the change it is: less where more came to it."""
    outcome_orders_before: OmittedIfNone[int] = None
    outcome_orders_now: OmittedIfNone[int] = None
    placed_orders_before: OmittedIfNone[int] = None
    """All that were placed, whatever they came to."""
    placed_orders_now: OmittedIfNone[int] = None
    main_rate_effect: OmittedIfNone[Figure] = None
    """Of a quotient, as all that follows: what the change of the value's own ratio did."""
    main_mix_effect: OmittedIfNone[Figure] = None
    """What the change of its share of the denominator did."""
    numerator_before: OmittedIfNone[Figure] = None
    numerator_now: OmittedIfNone[Figure] = None
    numerator_change: OmittedIfNone[Figure] = None
    numerator_change_percent: OmittedIfNone[float] = None
    numerator_effect: OmittedIfNone[Figure] = None
    """What of the change its numerator is, at the former denominator."""
    denominator_before: OmittedIfNone[Figure] = None
    denominator_now: OmittedIfNone[Figure] = None
    denominator_change: OmittedIfNone[Figure] = None
    denominator_change_percent: OmittedIfNone[float] = None
    denominator_effect: OmittedIfNone[Figure] = None
    reversal: OmittedIfNone[str] = None
    """A sentence, where the ratio went one way within each value of a dimension, and the other way
    as a whole (Simpson's paradox)."""


class AnomaliesFindings(ResponseBody):
    analysis: Literal["anomalies"] = "anomalies"
    periods_checked: int
    anomalies: int
    expected_by_chance: float
    """How many there would be of so many periods in which nothing special happened, high and low
    together."""


class ForecastFindings(ResponseBody):
    analysis: Literal["forecast"] = "forecast"
    total: Figure
    """Of all steps together."""
    total_low: Figure
    total_high: Figure
    level_percent: int
    history_periods: int
    past_forecasts: int
    """From how many earlier dates the past was forecast."""
    error_percent: float | None
    """Of those forecasts: the sum of all errors in percent of the sum of all figures."""
    scaled_error: float | None
    """Mean absolute error in units of the seasonal naive forecast's one step ahead (MASE)."""
    naive_error_percent: float | None
    """What repeating the last season would have had."""
    coverage_percent: float
    """How many of the past figures were within the interval."""


class RetentionFindings(ResponseBody):
    analysis: Literal["retention"] = "retention"
    customers: int
    """Of all cohorts that are told."""
    cohorts: int


class RfmFindings(ResponseBody):
    analysis: Literal["rfm"] = "rfm"
    customers: int
    net_revenue: Figure


class LifetimeValueFindings(ResponseBody):
    analysis: Literal["lifetime_value"] = "lifetime_value"
    customers: int
    """Of all cohorts that are told."""
    cohorts: int


class BasketPairsFindings(ResponseBody):
    analysis: Literal["basket_pairs"] = "basket_pairs"
    orders: int
    orders_with_several: int
    """Of two things or more."""
    pairs: int
    """That are in enough orders, those beyond the limit included."""


class PriceEffectFindings(ResponseBody):
    analysis: Literal["price_effect"] = "price_effect"
    variants: int
    """Whose price varied enough."""
    variants_refused: int
    """Whose price hardly varied, or that sold in too few weeks."""


class ConcentrationFindings(ResponseBody):
    analysis: Literal["concentration"] = "concentration"
    values: int
    total: Figure
    gini: float
    top_tenth_percent: float | None
    """The share of the total that the greatest tenth of the values has."""
    top_fifth_percent: float | None


class SearchInsightsFindings(ResponseBody):
    analysis: Literal["search_insights"] = "search_insights"
    searches: int
    queries: int
    """Different ones."""
    queries_left_out: int
    """That are not listed, as too few searches are of them."""
    searches_left_out: int
    """Of these queries; all other figures count them."""
    zero_result_searches: int
    zero_result_rate: float | None
    """In percent, as the other rates."""
    click_rate: float | None
    known_visitor_searches: int
    conversion_rate: float | None
    """Of the searches of known visitors."""
    lost_revenue_low: Figure | None
    """An estimate of what the searches without results cost, at least; `notes` has what it
    assumes. None where there is too little to estimate it from."""
    lost_revenue_high: Figure | None


class StockOutlookFindings(ResponseBody):
    analysis: Literal["stock_outlook"] = "stock_outlook"
    variants: int
    """That sold enough to say something."""
    running_out: int
    """Of these, those that are expected to run out before an order of now arrives and the days to
    cover are over."""
    running_out_before_arrival: int
    """Of these, those that are expected to run out before an order of now arrives."""
    out_of_stock: int
    """Variants without a unit that can be bought now."""
    lost_units_per_day: float
    """An estimate of what is not sold for want of stock now."""
    lost_units: float
    """The same over the time that was learned from, of all variants and times without stock."""
    unsold: int
    """Variants with stock, of which nothing was sold in that time: nothing is said of them."""


Findings = Annotated[
    ExplainChangeFindings
    | AnomaliesFindings
    | ForecastFindings
    | RetentionFindings
    | RfmFindings
    | LifetimeValueFindings
    | BasketPairsFindings
    | PriceEffectFindings
    | ConcentrationFindings
    | SearchInsightsFindings
    | StockOutlookFindings,
    Field(discriminator="analysis"),
]


class AnalysisTable(ResponseBody):
    example_values = {
        "name": "category",
        "title": "Change of net revenue by category",
        "columns": [
            ResultColumn(name="category", label="category", role=ColumnRole.DIMENSION),
            ResultColumn(
                name="change", label="change", role=ColumnRole.METRIC, unit=Unit.MONEY
            ),
        ],
        "rows": [{"category": "Kitchen", "change": -900.0}],
        "row_count": 1,
    }

    name: str
    title: str
    columns: list[ResultColumn]
    rows: list[ResultRow]
    row_count: int
    """Before the limit."""
    chart: OmittedIfNone[dict[str, Any]] = None
    """A Vega-Lite specification whose data are the rows, by the name `rows`, and as wide as the
    element that it is in; none where a picture would say no more."""


class AnalysisResult(ResponseBody):
    example_values = {
        "request": ExplainChangeRequest.model_validate(EXAMPLE),
        "title": (
            "Change of net revenue explained, February 2026, compared with January 2026, UTC"
        ),
        "method": METHODS["explain_change"].method,
        "findings": ExplainChangeFindings.example(),
        "currency": "USD",
        "notes": ["What was not recorded, such as advertising, cannot be seen here"],
    }

    request: AnalysisRequest
    """As it was understood: the zone and the time of the question filled in."""
    title: str
    """What was computed, of which orders."""
    method: str
    findings: Findings
    tables: list[AnalysisTable]
    currency: str | None
    """Of the amounts; none where there is none."""
    notes: list[str]
    """What a reader must know: limits of the analysis, orders that are left out."""
    receipt: AnalyticsReceipt

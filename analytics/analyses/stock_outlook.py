"""What runs out when, what to reorder, and what is probably not sold for want of stock."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from analytics.analyses.context import AnalysisContext, CurrencyChoice
from analytics.analyses.demand import Demand, estimate_demand
from analytics.analyses.presentation import (
    AnalysisReport,
    Row,
    build_table,
    dimension_column,
    figure_column,
)
from analytics.analyses.series import Values
from analytics.analyses.stock_sales import StockHistory, read_stock_history
from analytics.facts.family_facts import FactRequest
from analytics.semantic.labels import RowLabels
from analytics.semantic.stock_figures import list_stock_spellings, match_variants
from webapp.insights.analyses.errors import NotEnoughData
from webapp.insights.analyses.requests import StockOutlookRequest
from webapp.insights.analyses.results import (
    AnalysisResult,
    AnalysisTable,
    StockOutlookFindings,
)
from webapp.insights.query.definitions import Unit
from webapp.insights.query.periods import Period, add_periods
from webapp.insights.query.results import ResultColumn
from webapp.insights.query.windows import TimeRange, to_local

USUAL_WEEKS = 8
"""Of sales that demand is learned from, where no window is given."""
MIN_DAYS = 7
"""With stock, of a variant whose demand is estimated."""
MAX_DAYS = 730
"""Ahead: what lasts longer has no date."""
Choice = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class StockOutlook:
    """Of variants in one order, one element each."""

    history: StockHistory
    demand: Demand
    request: StockOutlookRequest
    zone: ZoneInfo

    @property
    def stock(self) -> Values:
        """Units that can be bought now."""
        available = self.history.variants["available"].to_numpy()
        stock: Values = np.maximum(available.astype(np.float64), 0.0)
        return stock

    @property
    def is_rated(self) -> Choice:
        """Whether it sold something, and had stock for long enough to say how fast."""
        long_enough: Choice = self.demand.exposure >= MIN_DAYS
        return long_enough & (self.demand.units > 0)

    @property
    def is_out(self) -> Choice:
        is_out: Choice = self.stock <= 0
        return is_out

    @property
    def rates(self) -> Values:
        return np.where(self.is_rated, self.demand.rates, 0.0)

    @property
    def lost_units(self) -> Values:
        """In the time that is learned from."""
        lost: Values = self.rates * self.history.variants["lost_days"].to_numpy()
        return lost

    def find_days(self, probability: float) -> Values:
        return self.demand.find_days(self.stock, probability)

    def count_reorder(self, units: Values) -> Values:
        """What to order now so that there are so many units for the lead time and the days to
        cover; what the lead time cannot sell, for want of stock, needs no unit."""
        lead = self.rates * self.request.lead_time_days
        unsold = np.maximum(lead - self.stock, 0.0)
        return np.ceil(np.maximum(units - self.stock - unsold, 0.0) - 1e-6)


def estimate_stock_outlook(
    context: AnalysisContext, request: StockOutlookRequest
) -> AnalysisResult:
    """Raises `NotEnoughData`, `BadWindow`, `ImpossibleQuery`."""
    window = _choose_window(context)
    facts = context.read_stock(
        FactRequest(
            zone=context.zone,
            now=context.now,
            ranges=[(window.start_instant, window.end_instant)],
            grouped=frozenset(),
            filtered=frozenset(each.dimension for each in request.filters),
        )
    )
    spellings = list_stock_spellings(facts.variants)
    variants = match_variants(request, facts, context.zone, spellings)
    history = read_stock_history(context, facts, variants.filter("is_for_sale"), window)
    outlook = StockOutlook(
        history, estimate_demand(history.sales), request, context.zone
    )
    if not outlook.is_rated.any():
        raise NotEnoughData(
            f"A variant needs a sale in the time that is learned from, and stock on {MIN_DAYS} "
            f"days of it; of {len(outlook.stock)} variants none has"
        )
    labels = RowLabels(["variant"], spellings, context.zone)
    return AnalysisReport(
        context,
        request,
        lead="What runs out when, by the sales",
        findings=_build_findings(outlook),
        tables=list(_iterate_tables(outlook, labels, context)),
        money=CurrencyChoice(history.counts, context.home_currency),
        metrics=["available", "units"],
        notes=_iterate_notes(outlook),
        looked_at=window,
    ).build_result()


def _choose_window(context: AnalysisContext) -> TimeRange:
    if context.request.window is not None:
        return context.window
    now = to_local(context.now, context.zone)
    return replace(context.window, start=add_periods(now, Period.WEEK, -USUAL_WEEKS))


def _build_findings(outlook: StockOutlook) -> StockOutlookFindings:
    request = outlook.request
    days = outlook.find_days(0.5)
    is_ending = outlook.is_rated & ~outlook.is_out
    arrival = request.lead_time_days
    return StockOutlookFindings(
        variants=int(outlook.is_rated.sum()),
        running_out=int((is_ending & (days < arrival + request.cover_days)).sum()),
        running_out_before_arrival=int((is_ending & (days < arrival)).sum()),
        out_of_stock=int(outlook.is_out.sum()),
        lost_units_per_day=_round_units(float(outlook.rates[outlook.is_out].sum())),
        lost_units=_round_units(float(outlook.lost_units.sum())),
        unsold=int(((outlook.demand.units == 0) & ~outlook.is_out).sum()),
    )


def _round_units(units: float) -> float:
    """Slow movers sell a few hundredths a day."""
    return round(units, 3)


def _iterate_tables(
    outlook: StockOutlook, labels: RowLabels, context: AnalysisContext
) -> Iterator[AnalysisTable]:
    rows = _build_rows(outlook, labels, to_local(context.now, context.zone).date())
    limit = outlook.request.limit
    ending = np.flatnonzero(outlook.is_rated & ~outlook.is_out)
    ending = ending[np.argsort(outlook.find_days(0.5)[ending], kind="stable")]
    yield build_table(
        "running_out",
        "Variants with stock, the soonest to run out first",
        [*_list_variant(), *_list_ending(), *_list_rates(), *_list_reorder()],
        [rows[index] for index in ending[:limit]],
        row_count=len(ending),
    )
    out = np.flatnonzero(outlook.is_out)
    out = out[np.argsort(-outlook.rates[out], kind="stable")]
    yield build_table(
        "out_of_stock",
        "Variants out of stock, those that probably lose most first",
        [*_list_variant(), *_list_lost(), *_list_rates(), *_list_reorder()],
        [rows[index] for index in out[:limit]],
        row_count=len(out),
    )


def _list_variant() -> Sequence[ResultColumn]:
    return [dimension_column("variant"), dimension_column("name")]


def _list_ending() -> Sequence[ResultColumn]:
    return [
        figure_column("stock", Unit.COUNT, "units that can be bought"),
        dimension_column("runs_out", "expected to run out"),
        dimension_column("runs_out_low", "earliest"),
        dimension_column("runs_out_high", "latest"),
        dimension_column("order_by", "to be ordered by"),
    ]


def _list_lost() -> Sequence[ResultColumn]:
    return [
        dimension_column("out_since", "out of stock since"),
        figure_column("lost_units", Unit.RATIO, "units not sold so far, estimated"),
    ]


def _list_rates() -> Sequence[ResultColumn]:
    return [
        figure_column("units_per_day", Unit.RATIO, "demand in units a day"),
        figure_column("units_per_day_low", Unit.RATIO, "lower end of its interval"),
        figure_column("units_per_day_high", Unit.RATIO, "upper end of its interval"),
    ]


def _list_reorder() -> Sequence[ResultColumn]:
    return [
        figure_column("reorder", Unit.COUNT, "to reorder by the expected demand"),
        figure_column("reorder_high", Unit.COUNT, "to reorder for the interval, too"),
    ]


def _build_rows(outlook: StockOutlook, labels: RowLabels, today: date) -> Sequence[Row]:
    """Of all variants; what is not known of one is null."""
    low, high = (
        (1 - outlook.request.level / 100) / 2,
        (1 + outlook.request.level / 100) / 2,
    )
    demand, rated = outlook.demand, outlook.is_rated
    soonest = outlook.find_days(low)
    horizon = outlook.request.lead_time_days + outlook.request.cover_days
    columns: dict[str, Sequence[Any]] = {
        "variant": outlook.history.variants["sku"].to_list(),
        "stock": outlook.stock.astype(int).tolist(),
        "runs_out": _list_dates(outlook.find_days(0.5), rated, today),
        "runs_out_low": _list_dates(soonest, rated, today),
        "runs_out_high": _list_dates(outlook.find_days(high), rated, today),
        "order_by": _list_dates(
            np.maximum(soonest - outlook.request.lead_time_days, 0.0), rated, today
        ),
        "out_since": [
            since and to_local(since, outlook.zone).date().isoformat()
            for since in outlook.history.variants["out_since"]
        ],
        "lost_units": _list_known(outlook.lost_units, rated, _round_units),
        "units_per_day": _list_known(demand.rates, rated, _round_units),
        "units_per_day_low": _list_known(demand.find_rates(low), rated, _round_units),
        "units_per_day_high": _list_known(demand.find_rates(high), rated, _round_units),
        "reorder": _list_known(
            outlook.count_reorder(demand.rates * horizon), rated, int
        ),
        "reorder_high": _list_known(
            outlook.count_reorder(demand.find_stock(horizon, high)), rated, int
        ),
    }
    names = [labels.name_key("variant", each) for each in columns["variant"]]
    return [
        {"name": name, **dict(zip(columns, values, strict=True))}
        for name, *values in zip(names, *columns.values(), strict=True)
    ]


def _list_dates(days: Values, rated: Choice, today: date) -> Sequence[str | None]:
    """The days that lie so far ahead; none beyond `MAX_DAYS`."""
    return [
        (today + timedelta(days=int(ahead))).isoformat()
        if is_rated and ahead <= MAX_DAYS
        else None
        for ahead, is_rated in zip(days.tolist(), rated.tolist(), strict=True)
    ]


def _list_known(
    values: Values, rated: Choice, convert: Callable[[float], float]
) -> Sequence[float | None]:
    return [
        convert(each) if is_rated else None
        for each, is_rated in zip(values.tolist(), rated.tolist(), strict=True)
    ]


def _iterate_notes(outlook: StockOutlook) -> Iterator[str]:
    sold = outlook.demand.units > 0
    if unknown := outlook.history.unknown:
        yield f"The stock of {unknown} variants was not recorded yet: they are left out"
    if short := int((sold & ~outlook.is_rated).sum()):
        yield (
            f"Of {short} variants there is no estimate: they had stock for less than {MIN_DAYS} "
            "days"
        )
    unrecorded = int(outlook.history.variants["is_unrecorded"].filter(sold).sum())
    if unrecorded:
        yield (
            f"The stock of {unrecorded} variants was not recorded all the time: they are taken to "
            "have had some then, so that their demand may be higher"
        )
    yield (
        "It continues the past: seasons, holidays, campaigns, prices and what customers buy "
        "instead are not known to it; nor are deliveries that are under way"
    )
    yield "What was not sold for want of stock is an estimate: nobody counted it"

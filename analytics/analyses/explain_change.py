"""Explains a change: its parts by every dimension, and price, volume and mix."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analytics.analyses.context import AnalysisContext, CurrencyChoice, is_money
from analytics.analyses.contributions import (
    Contribution,
    DimensionChange,
    find_main,
    read_values,
    split_change,
)
from analytics.analyses.presentation import (
    AnalysisReport,
    build_table,
    dimension_column,
    figure_column,
    round_share,
    to_figure,
)
from analytics.analyses.price_volume_mix import Sales, SalesVariances, split_sales
from analytics.semantic.aggregation import Aggregated
from analytics.semantic.dimension_keys import build_key, key_name
from analytics.semantic.figures import select_window
from analytics.semantic.labels import RowLabels
from analytics.semantic.measures import MEASURES
from analytics.semantic.query_windows import QueryWindows
from webapp.insights.analyses.charts import Bars, Waterfall
from webapp.insights.analyses.errors import NotEnoughData
from webapp.insights.analyses.requests import ExplainChangeRequest
from webapp.insights.analyses.results import (
    AnalysisResult,
    AnalysisTable,
    ExplainChangeFindings,
)
from webapp.insights.analyses.validation import list_chosen_dimensions
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.definitions import DIMENSIONS, METRICS, NOT_ATTRIBUTED, Unit
from webapp.insights.query.windows import TimeRange

REST = "(all others)"
SALES = ("net_revenue", "gross_sales")
"""Metrics of which price, volume and mix are told."""
UNSEEN = (
    "This says where the change is, not why: what happened at the same time need not be its cause, "
    "and what is not recorded (advertising, costs, competitors, stock, weather) cannot be seen here"
)


@dataclass(frozen=True)
class Change:
    """The figures of both windows."""

    total: DimensionChange
    by_dimension: Sequence[DimensionChange]
    variances: SalesVariances | None


def explain_change(
    context: AnalysisContext, request: ExplainChangeRequest
) -> AnalysisResult:
    """Raises `NotEnoughData`, `BadWindow`, `ImpossibleQuery`."""
    window = context.window
    compared = _resolve_compared(context, request)
    money = _read_money(context, request, window, compared)
    change = _compute_change(context, request, compared, money)
    total = change.total.parts[0] if change.total.parts else Contribution("", 0, 0, 0)
    names = [each.dimension for each in change.by_dimension]
    labels = context.read_labels([*names, "variant"])
    main = _find_main(change, window, compared)
    unit = METRICS[request.metric].unit
    tables = [_build_overview(change.by_dimension, labels, unit)]
    if change.variances is not None:
        tables += _build_variances(change.variances, total.change, labels, request)
    tables += [
        _build_parts(each, total.change, labels, request)
        for each in change.by_dimension
    ]
    return AnalysisReport(
        context,
        request,
        lead=f"Change of {METRICS[request.metric].label} explained",
        findings=_build_findings(total, main, labels, unit),
        tables=tables,
        money=money,
        metrics=[request.metric],
        notes=_iterate_notes(window, compared, change),
        compared=compared,
        charts={
            "price_volume_mix": Waterfall("effect", "change"),
            "prices": Bars(("name", "variant"), ("effect",)),
            **{each: Bars((each,), ("change",)) for each in names},
        },
    ).build_result()


def _resolve_compared(
    context: AnalysisContext, request: ExplainChangeRequest
) -> TimeRange:
    query = AnalyticsQuery(
        metrics=[request.metric], window=request.window, compare_to=request.compare_to
    )
    windows = QueryWindows(query, context.zone, context.now, context.first)
    compared = windows.compared
    end = None if compared is None else compared.end_instant
    if compared is None or (end is not None and end <= context.first):
        raise NotEnoughData(
            "There are no orders of the time compared with, nor of any time before it"
        )
    return compared


def _read_money(
    context: AnalysisContext,
    request: ExplainChangeRequest,
    window: TimeRange,
    compared: TimeRange,
) -> CurrencyChoice:
    """Both windows have to be in one currency."""
    measure = MEASURES[request.metric]
    now = context.count_lines(
        select_window(context.matching, window), window, counted=measure.lines
    )
    before = context.count_lines(
        select_window(context.matching, compared), compared, counted=measure.lines
    )
    return CurrencyChoice(now.add(before), context.home_currency)


def _compute_change(
    context: AnalysisContext,
    request: ExplainChangeRequest,
    compared: TimeRange,
    money: CurrencyChoice,
) -> Change:
    metric = request.metric
    in_home = money.is_mixed and is_money(metric)
    names = list_chosen_dimensions(METRICS[metric], request.dimensions)
    keyed = context.matching.with_columns(
        build_key(name, context.zone).alias(key_name(name))
        for name in {*names, "variant"}
    )
    now = select_window(keyed, context.window)
    before = select_window(keyed, compared)
    passes: list[tuple[list[str], str, Any]] = []
    for lines in (before, now):
        passes += [([], metric, lines)]
        passes += [([key_name(name)], metric, lines) for name in names]
        if metric in SALES:
            passes += [
                ([key_name("variant")], name, lines)
                for name in ("units", "gross_sales")
            ]
    figures = context.aggregate(passes)
    half = len(figures) // 2
    pairs = list(zip(figures[:half], figures[half:], strict=True))
    totals = [{"": _read_total(each, metric, in_home=in_home)} for each in pairs[0]]
    return Change(
        split_change("", *totals),
        [
            split_change(
                name,
                *(read_values(each, name, metric, in_home=in_home) for each in pair),
            )
            for name, pair in zip(names, pairs[1:], strict=False)
        ],
        _split_variances(pairs[-2:], in_home=in_home) if metric in SALES else None,
    )


def _find_main(
    change: Change, window: TimeRange, compared: TimeRange
) -> DimensionChange | None:
    """Weekdays explain something only where both windows have as many of each."""
    has_weeks = all(_count_days(each) % 7 == 0 for each in (window, compared))
    return find_main(
        [
            each
            for each in change.by_dimension
            if has_weeks or each.dimension != "weekday"
        ]
    )


def _read_total(figures: Aggregated, metric: str, *, in_home: bool) -> int:
    return int(figures.total([], in_home=in_home)[metric].item())


def _split_variances(
    pairs: Sequence[tuple[Aggregated, Aggregated]], *, in_home: bool
) -> SalesVariances:
    """`pairs` are the units and the sales of both windows."""
    units, sales = pairs

    def read_sales(window: int) -> Mapping[str, Sales]:
        counts = read_values(units[window], "variant", "units", in_home=in_home)
        amounts = read_values(sales[window], "variant", "gross_sales", in_home=in_home)
        return {key: (counts.get(key, 0), amount) for key, amount in amounts.items()}

    return split_sales(read_sales(0), read_sales(1))


def _build_findings(
    total: Contribution,
    main: DimensionChange | None,
    labels: RowLabels,
    unit: Unit,
) -> ExplainChangeFindings:
    strongest = None if main is None else main.strongest
    return ExplainChangeFindings(
        before=to_figure(total.before, unit),
        now=to_figure(total.now, unit),
        change=to_figure(total.change, unit),
        change_percent=(
            round_share(total.change, total.before) if total.before > 0 else None
        ),
        main_dimension=main and main.dimension,
        main_value=(
            labels.say_key(main.dimension, strongest.key)
            if main is not None and strongest is not None
            else None
        ),
        main_change=strongest and to_figure(strongest.change, unit),
        main_score=None if main is None else round(main.score, 3),
    )


def _build_overview(
    changes: Sequence[DimensionChange], labels: RowLabels, unit: Unit
) -> AnalysisTable:
    """How much each dimension explains, the one that explains most first."""
    rows = []
    for each in sorted(changes, key=lambda each: -each.score):
        strongest = each.strongest
        if strongest is not None:
            rows.append(
                {
                    "dimension": DIMENSIONS[each.dimension].label,
                    "value": labels.say_key(each.dimension, strongest.key),
                    "change": strongest.change,
                    "score": round(each.score, 3),
                }
            )
    columns = [
        dimension_column("dimension"),
        dimension_column("value", "value that stands out most"),
        figure_column("change", unit),
        figure_column("score", Unit.RATIO, "score from 0 to 1"),
    ]
    return build_table("dimensions", "How much each dimension explains", columns, rows)


def _build_variances(
    variances: SalesVariances,
    change: int,
    labels: RowLabels,
    request: ExplainChangeRequest,
) -> list[AnalysisTable]:
    effects = {
        "price": variances.price,
        "volume": variances.volume,
        "mix": variances.mix,
        "new variants": variances.new,
        "variants no longer sold": variances.discontinued,
    }
    # Returns, adjustments and refunds; of gross sales there are none.
    effects["returns, refunds and adjustments"] = change - sum(effects.values())
    columns = [
        dimension_column("effect"),
        figure_column("change", Unit.MONEY),
        figure_column("share_percent", Unit.PERCENT, "share of the change in percent"),
    ]
    rows = [
        {
            "effect": name,
            "change": effect,
            "share_percent": round_share(effect, change),
        }
        for name, effect in effects.items()
    ]
    prices = [each for each in variances.by_variant if each.effect]
    return [
        build_table("price_volume_mix", "Price, volume and mix", columns, rows),
        build_table(
            "prices",
            "Effect of prices by variant",
            [
                dimension_column("variant"),
                dimension_column("name"),
                figure_column("price_before", Unit.MONEY),
                figure_column("price_now", Unit.MONEY),
                figure_column("units_now", Unit.COUNT),
                figure_column("effect", Unit.MONEY),
            ],
            [
                {
                    "variant": each.key,
                    "name": labels.name_key("variant", each.key),
                    "price_before": each.price_before,
                    "price_now": each.price_now,
                    "units_now": each.units_now,
                    "effect": each.effect,
                }
                for each in prices[: request.limit]
            ],
            row_count=len(prices),
        ),
    ]


def _build_parts(
    change: DimensionChange,
    total: int,
    labels: RowLabels,
    request: ExplainChangeRequest,
) -> AnalysisTable:
    """The parts of a dimension; those beyond the limit are one row, so that all add up."""
    name, metric = change.dimension, METRICS[request.metric]
    shown, rest = change.parts[: request.limit], change.parts[request.limit :]
    rows = [(labels.name_key(name, part.key), part) for part in shown]
    if rest:
        before, now = sum(part.before for part in rest), sum(part.now for part in rest)
        rows.append((REST, Contribution(REST, before, now, 0)))
    columns = [
        dimension_column(name, DIMENSIONS[name].label),
        figure_column("before", metric.unit),
        figure_column("now", metric.unit),
        figure_column("change", metric.unit),
        figure_column("share_percent", Unit.PERCENT, "share of the change in percent"),
    ]
    return build_table(
        name,
        f"Change of {metric.label} by {DIMENSIONS[name].label}",
        columns,
        [
            {
                name: label,
                "before": part.before,
                "now": part.now,
                "change": part.change,
                "share_percent": round_share(part.change, total),
            }
            for label, part in rows
        ],
        row_count=len(change.parts),
    )


def _iterate_notes(
    window: TimeRange,
    compared: TimeRange,
    change: Change,
) -> Iterator[str]:
    if window.is_running:
        yield "The window is not over; it is compared with the same part of the other one"
    days = [_count_days(each) for each in (window, compared)]
    if days[0] != days[1]:
        yield (
            f"The windows have {days[0]} and {days[1]} days: a part of the change is that alone"
        )
    if _find_main(change, window, compared) is None:
        yield "No value stands out: the change is spread as the metric was before"
    if any(
        part.key == NOT_ATTRIBUTED
        for each in change.by_dimension
        for part in each.parts
    ):
        yield f"Refunds that name no lines are {NOT_ATTRIBUTED} to a product or a category"
    if change.variances is not None:
        yield (
            "Prices are what was paid for a unit on average: discounts and, where amounts are "
            "converted, exchange rates are part of them"
        )
    yield UNSEEN


def _count_days(window: TimeRange) -> int:
    first, last = window.first_day, window.last_day
    return (last - first).days + 1 if first is not None and last is not None else 0

"""Explains a change: its parts by every dimension, what orders came to, price, volume and mix."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from analytics.analyses.context import AnalysisContext
from analytics.analyses.contributions import (
    Contribution,
    DimensionChange,
    split_change,
)
from analytics.analyses.explain_ratio import explain_ratio
from analytics.analyses.explained_facts import (
    ExplainedFacts,
    Grouping,
    MeasureValues,
    iterate_value_notes,
)
from analytics.analyses.explained_windows import (
    REST,
    UNSEEN,
    ExplainedWindows,
)
from analytics.analyses.order_outcomes import (
    OF_SALES,
    OrderOutcomes,
    read_outcomes,
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
from analytics.semantic.labels import RowLabels
from webapp.insights.analyses.charts import Bars, Waterfall
from webapp.insights.analyses.requests import ExplainChangeRequest
from webapp.insights.analyses.results import (
    AnalysisResult,
    AnalysisTable,
    ExplainChangeFindings,
)
from webapp.insights.analyses.validation import list_chosen_dimensions
from webapp.insights.query.definitions import DIMENSIONS, METRICS, Unit

SALES = ("net_revenue", "gross_sales")
"""Metrics of which price, volume and mix are told."""


@dataclass(frozen=True)
class Change:
    """The figures of both windows."""

    total: DimensionChange
    by_dimension: Sequence[DimensionChange]
    outcomes: OrderOutcomes | None
    variances: SalesVariances | None


def explain_change(
    context: AnalysisContext, request: ExplainChangeRequest
) -> AnalysisResult:
    """Raises `NotEnoughData`, `BadWindow`, `ImpossibleQuery`."""
    windows = ExplainedWindows.resolve(context, request)
    if METRICS[request.metric].ratio_of is not None:
        return explain_ratio(context, request, windows)
    names = list_chosen_dimensions(METRICS[request.metric], request.dimensions)
    keyed = {*names, *(("variant",) if request.metric in SALES else ())}
    facts = ExplainedFacts.from_request(context, request, windows, keyed)
    change = _compute_change(request.metric, names, facts)
    total = change.total.parts[0] if change.total.parts else Contribution("", 0, 0, 0)
    labels = context.read_labels([*names, "variant"])
    unit = METRICS[request.metric].unit
    main = windows.find_main(change.by_dimension)
    tables = [_build_overview(change.by_dimension, labels, unit)]
    if change.outcomes is not None:
        tables.append(change.outcomes.build_table())
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
        findings=_build_findings(total, main, change.outcomes, labels, unit),
        tables=tables,
        money=facts.money,
        metrics=[request.metric],
        notes=_iterate_notes(windows, change),
        compared=windows.before,
        charts={
            "outcomes": Waterfall("outcome", "change"),
            "price_volume_mix": Waterfall("effect", "change"),
            "prices": Bars(("name", "variant"), ("effect",)),
            **{each: Bars((each,), ("change",)) for each in names},
        },
    ).build_result()


def _compute_change(metric: str, names: Sequence[str], facts: ExplainedFacts) -> Change:
    groupings: list[Grouping] = [(name, metric) for name in (None, *names)]
    if metric in SALES:
        groupings += [("variant", name) for name in ("units", "gross_sales")]
    values = facts.read_values(groupings)
    return Change(
        split_change("", *values[None, metric]),
        [split_change(name, *values[name, metric]) for name in names],
        read_outcomes(metric, facts) if metric in OF_SALES else None,
        _split_variances(values) if metric in SALES else None,
    )


def _split_variances(
    values: Mapping[Grouping, tuple[MeasureValues, MeasureValues]],
) -> SalesVariances:
    def pair_sales(window: int) -> Mapping[str, Sales]:
        units = values["variant", "units"][window]
        sales = values["variant", "gross_sales"][window]
        return {key: (units.get(key, 0), amount) for key, amount in sales.items()}

    return split_sales(pair_sales(0), pair_sales(1))


def _build_findings(
    total: Contribution,
    main: DimensionChange | None,
    outcomes: OrderOutcomes | None,
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
        **(outcomes.build_findings() if outcomes is not None else {}),
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


def _iterate_notes(windows: ExplainedWindows, change: Change) -> Iterator[str]:
    yield from windows.iterate_notes()
    yield from iterate_value_notes(
        part.key for each in change.by_dimension for part in each.parts
    )
    if change.variances is not None:
        yield (
            "Prices are what was paid for a unit on average: discounts and, where amounts are "
            "converted, exchange rates are part of them"
        )
    yield UNSEEN

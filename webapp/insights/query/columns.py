"""The columns of a query's result: what each is called, and in what unit it is. Pure."""

from collections.abc import Iterator

from webapp.insights.query.analytics_query import (
    COMPARISON_COLUMNS,
    AnalyticsQuery,
    DerivedColumn,
    DerivedKind,
)
from webapp.insights.query.definitions import DIMENSIONS, METRICS, Unit
from webapp.insights.query.descriptions import label_column, label_derived
from webapp.insights.query.results import ColumnRole, ResultColumn

IDENTIFIER_COLUMNS = {"product": "product_id", "variant": "variant_name"}
"""Of dimensions whose values may have the same name, the column that tells them apart."""
COMPARISON_LABELS = {
    "before": "{metric} before",
    "change": "change of {metric}",
    "change_percent": "change of {metric} in percent",
}
DERIVED_UNITS = {
    DerivedKind.SHARE: Unit.PERCENT,
    DerivedKind.CHANGE: Unit.PERCENT,
    DerivedKind.RANK: Unit.COUNT,
}
"""Others have that of their metric."""


def list_columns(query: AnalyticsQuery) -> list[ResultColumn]:
    """Dimensions, metrics, each followed by its comparison, and derived columns."""
    return [
        *_iterate_dimensions(query),
        *_iterate_metrics(query),
        *map(_build_derived, query.derived),
    ]


def _iterate_dimensions(query: AnalyticsQuery) -> Iterator[ResultColumn]:
    for name in query.group_by:
        label = DIMENSIONS[name].label
        yield ResultColumn(name=name, label=label, role=ColumnRole.DIMENSION)
        if name in IDENTIFIER_COLUMNS:
            other = IDENTIFIER_COLUMNS[name]
            label = other.replace("_", " ")
            yield ResultColumn(name=other, label=label, role=ColumnRole.DIMENSION)


def _iterate_metrics(query: AnalyticsQuery) -> Iterator[ResultColumn]:
    for name in query.metrics:
        unit, label = METRICS[name].unit, label_column(name)
        yield ResultColumn(name=name, label=label, role=ColumnRole.METRIC, unit=unit)
        if query.compare_to is not None:
            for each in COMPARISON_COLUMNS:
                yield ResultColumn(
                    name=f"{name}_{each}",
                    label=COMPARISON_LABELS[each].format(metric=label),
                    role=ColumnRole.COMPARISON,
                    unit=Unit.PERCENT if each == "change_percent" else unit,
                )


def _build_derived(derived: DerivedColumn) -> ResultColumn:
    return ResultColumn(
        name=derived.name,
        label=label_derived(derived),
        role=ColumnRole.DERIVED,
        unit=DERIVED_UNITS.get(derived.kind, METRICS[derived.metric].unit),
    )

"""`ecom67 definitions`: prints `docs/analytics.md`, with all metrics, dimensions and analyses."""

import json
from pathlib import Path

import click

from webapp.insights.analyses.methods import METHODS
from webapp.insights.analyses.requests import EXAMPLE as ANALYSIS_EXAMPLE
from webapp.insights.analyses.requests import REQUESTS
from webapp.insights.analyses.small_groups import MIN_CUSTOMERS
from webapp.insights.query.analytics_query import (
    EXAMPLE,
    MAX_ROWS,
    ComparisonKind,
    DerivedKind,
    QueryScope,
)
from webapp.insights.query.definitions import (
    DIMENSIONS,
    METRICS,
    Additivity,
    Dimension,
    Grain,
    Metric,
    find_family,
)
from webapp.insights.query.periods import Period

PAGE = Path(__file__).parent / "analytics_page.md"
ADDITIVITY = {
    Additivity.SUM: "rows add up",
    Additivity.BY_ORDER: "rows add up, but not by a dimension of lines",
    Additivity.LEVEL: "what there is at the end: rows add up, but not over time",
    Additivity.DISTINCT: "counted once in each row: rows do not add up",
    Additivity.RATIO: "a quotient: rows do not add up",
}


def render_definitions() -> str:
    return PAGE.read_text(encoding="utf-8").format(
        example=json.dumps(EXAMPLE, indent=2),
        periods=", ".join(f"`{each}`" for each in Period),
        max_rows=f"{MAX_ROWS:,}",
        comparisons=", ".join(f'`"{each}"`' for each in ComparisonKind),
        derived=", ".join(f"`{each}`" for each in DerivedKind),
        metrics="\n".join(map(_render_metric, METRICS.values())),
        dimensions="\n".join(map(_render_dimension, DIMENSIONS.values())),
        analysis_example=json.dumps(ANALYSIS_EXAMPLE, indent=2),
        analyses="\n".join(map(_render_analysis, REQUESTS)),
        min_customers=MIN_CUSTOMERS,
    )


def _render_metric(metric: Metric) -> str:
    additivity = ADDITIVITY[metric.additivity]
    facts = _name_grain(metric.grain)
    return f"| `{metric.name}` | {facts} | {metric.unit} | {additivity} | {metric.definition} |"


def _render_dimension(dimension: Dimension) -> str:
    facts = ", ".join(map(_name_grain, dimension.grains))
    values = ", ".join(f"`{value}`" for value in dimension.values)
    return f"| `{dimension.name}` | {facts} | {values} | {dimension.definition} |"


def _name_grain(grain: Grain) -> str:
    return find_family(grain).grains[grain]


def _render_analysis(request: type[QueryScope]) -> str:
    """What it takes besides what all take, and how it is computed."""
    name = request.model_fields["analysis"].default
    fields = [
        f"`{field.alias}`"
        for key, field in request.model_fields.items()
        if key != "analysis" and key not in QueryScope.model_fields
    ]
    taken = ", ".join(fields) or "-"
    return f"| `{name}` | {taken} | {METHODS[name].method} |"


@click.command()
def definitions() -> None:
    """Print every metric and dimension of the analytics as Markdown."""
    click.echo(render_definitions(), nl=False)

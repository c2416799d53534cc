"""The metrics and dimensions, and their page."""

from analytics.semantic.dimension_keys import KEYS
from analytics.semantic.measures import MEASURES
from webapp.cli.definitions import render_definitions
from webapp.config import PROJECT_ROOT
from webapp.insights.query.definitions import DIMENSIONS, METRICS, PERIODS
from webapp.insights.query.periods import Period


def test_every_metric_is_computed() -> None:
    computed = {name for name, metric in METRICS.items() if metric.ratio_of is None}

    assert computed == MEASURES.keys()
    assert {part for each in METRICS.values() for part in each.components} <= computed


def test_every_dimension_has_a_key() -> None:
    assert {*KEYS, *Period} == DIMENSIONS.keys()
    assert list(PERIODS) == list(Period)


def test_the_page_of_definitions_is_current() -> None:
    written = (PROJECT_ROOT / "docs" / "analytics.md").read_text()

    assert written == render_definitions(), "ecom67 definitions > docs/analytics.md"

"""The metrics and dimensions, and their page."""

from analytics.semantic.dimension_keys import KEYS
from analytics.semantic.measures import MEASURES
from analytics.semantic.stock_measures import STOCK_MEASURES
from webapp.cli.definitions import render_definitions
from webapp.config import PROJECT_ROOT
from webapp.insights.query.definitions import (
    DIMENSIONS,
    FAMILIES,
    METRICS,
    PERIODS,
    Grain,
    find_family,
)
from webapp.insights.query.periods import Period


def test_every_metric_is_computed() -> None:
    parts = {part for each in METRICS.values() for part in each.components}
    known_by = {each.known_by for each in STOCK_MEASURES.values() if each.known_by}

    assert parts | known_by == MEASURES.keys() | STOCK_MEASURES.keys()
    assert not MEASURES.keys() & STOCK_MEASURES.keys()


def test_every_dimension_has_a_key() -> None:
    assert {*KEYS, *Period} == DIMENSIONS.keys()
    assert list(PERIODS) == list(Period)


def test_the_page_of_definitions_is_current() -> None:
    written = (PROJECT_ROOT / "docs" / "analytics.md").read_text()

    assert written == render_definitions(), "ecom67 definitions > docs/analytics.md"


def test_every_grain_is_of_one_family() -> None:
    grains = [grain for family in FAMILIES.values() for grain in family.grains]

    assert sorted(grains) == sorted(Grain)


def test_a_dimension_names_one_grain_of_a_family() -> None:
    for dimension in DIMENSIONS.values():
        families = [find_family(grain).name for grain in dimension.grains]

        assert len(set(families)) == len(families) > 0, dimension.name


def test_facts_have_the_dimensions_of_coarser_ones_of_their_family() -> None:
    assert DIMENSIONS["country"].is_in(Grain.LINE)
    assert DIMENSIONS["product"].is_in(Grain.LINE)
    assert not DIMENSIONS["product"].is_in(Grain.ORDER)

"""Which rows meet the condition of an alert: those within all of its bounds."""

from typing import Any

import pytest

from tests.support.order_lines import order_line
from tests.support.report_documents import (
    build_document,
    compute_result,
    show_result,
)
from webapp.insights.reports.alerts import find_met_rows
from webapp.insights.reports.definition import ReportDefinition

UNITS = {"Cup": 1, "Mug": 2, "Pan": 3, "Pot": 4}


def list_met(bounds: dict[str, Any], *groups: str) -> list[str] | None:
    """Of four categories of one to four units."""
    lines = [
        order_line(order_id=name, category=name, quantity=quantity)
        for name, quantity in UNITS.items()
    ]
    query = {"metrics": ["units"], "groupBy": list(groups)}
    definition = ReportDefinition.model_validate(
        {
            "name": "Few units",
            "sections": [{"heading": "Units", "query": query}],
            "period": {"unit": "day"},
            "schedule": "0 6 * * *",
            "condition": {"bounds": {"by": "units", **bounds}},
        }
    )
    result = compute_result(*lines, **query)
    return find_met_rows(definition, build_document(show_result(result)))


@pytest.mark.parametrize(
    ("bounds", "met"),
    [
        ({"atLeast": 3}, {"Pan", "Pot"}),
        ({"atMost": 2}, {"Cup", "Mug"}),
        ({"moreThan": 3}, {"Pot"}),
        ({"lessThan": 2}, {"Cup"}),
        ({"moreThan": 1, "atMost": 3}, {"Mug", "Pan"}),
        ({"atLeast": 2, "lessThan": 4}, {"Mug", "Pan"}),
        ({"moreThan": 4}, set()),
    ],
)
def test_rows_within_all_bounds_meet_the_condition(
    bounds: dict[str, Any], met: set[str]
) -> None:
    assert set(list_met(bounds, "category") or []) == met


def test_a_section_without_groups_has_one_row() -> None:
    assert list_met({"moreThan": 9}) == ["all"]
    assert list_met({"lessThan": 10}) == []

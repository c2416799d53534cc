"""The reports that a shop begins with, which a migration inserts as they are."""

from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from webapp.insights.reports.definition import ReportDefinition
from webapp.insights.reports.validation import check_definition

FIRST_REPORTS: dict[str, dict[str, Any]] = import_module(
    "webapp.db.migrations.versions.0021_reports"
).FIRST_REPORTS


@pytest.mark.parametrize(
    "stored", FIRST_REPORTS.values(), ids=lambda each: each["name"]
)
def test_each_is_a_report_that_makes_sense(stored: dict[str, Any]) -> None:
    check_definition(
        ReportDefinition.model_validate(stored),
        {},
        shop_zone=ZoneInfo("UTC"),
        list_currencies=lambda: ["EUR", "USD"],
    )


def test_there_is_one_a_day_a_week_and_a_month() -> None:
    units = [each["period"]["unit"] for each in FIRST_REPORTS.values()]

    assert units == ["day", "week", "month"]

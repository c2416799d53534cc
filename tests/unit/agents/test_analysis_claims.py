"""Sentences about analyses are sent if their results bear them out, and withheld if not."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

import pytest

from agents.insights.claims.evidence import Evidence, build_evidence
from agents.insights.claims.verification import verify_sentence
from tests.support.sales_lines import (
    Sale,
    analyze,
    build_facts,
    build_sales,
    write_days,
)

REQUESTS: Mapping[str, dict[str, Any]] = {
    "change": {"analysis": "explain_change", "window": write_days(28, 28)},
    "ratio": {
        "analysis": "explain_change",
        "metric": "average_unit_price",
        "dimensions": ["category"],
        "window": write_days(28, 28),
    },
    "forecast": {"analysis": "forecast", "period": "day", "steps": 3},
    "cohorts": {"analysis": "retention"},
}


def lose_garden(sale: Sale) -> None:
    if sale.day >= 28 and sale.category == "Garden":
        sale.chance = 0.2


@cache
def build_result_evidence(name: str) -> Evidence:
    """Garden fell from 5,804.00 to 861.00; the first day is forecast at 689.25."""
    lines = build_sales(84, orders=40, effect=lose_garden)
    result = analyze(REQUESTS[name], build_facts(lines, days=84))
    return build_evidence([result.model_dump(mode="json")], today=date(2025, 4, 1))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("change", "Net revenue fell by $3,684.00 to $18,764.00."),
        ("change", "Garden fell from $5,804.00 to $861.00."),
        ("change", "Garden stands out most, with a score of 0.538."),
        ("change", "Net revenue was $22,448.00 before."),
        ("change", "That is a change of -16.41%."),
        ("change", "Garden fell most."),
        (
            "forecast",
            "The forecast for 2025-03-31 is $689.25, from $552.48 to $826.03.",
        ),
        ("forecast", "The forecast for the 3 days together is $1,888.17."),
        ("forecast", "Past forecasts were off by 12.2%."),
        ("cohorts", "199 customers ordered for the first time in January 2025."),
        ("change", "Net revenue: $18,764.00, before $22,448.00, change -$3,684.00."),
        ("change", "- Garden: before $5,804.00, now $861.00, change -$4,943.00"),
        ("change", "Change of net revenue by category:"),
        ("cohorts", "- 1 month since: customers seen so long 199"),
        (
            "ratio",
            "Average price of a unit: $15.52, before $15.42, change $0.10 (+0.67%).",
        ),
        (
            "ratio",
            "Units sold: 1,209, change -247 (-16.96%), denominator effect $2.63.",
        ),
        ("ratio", "Gross sales fell by $3,684.00."),
        ("ratio", "Numerator effect: -$2.53."),
        (
            "ratio",
            "- Garden: before $15.11, now $14.59, rate effect -$0.14, mix effect $0.18",
        ),
        ("ratio", "The rate effect of Garden was -$0.14."),
        ("ratio", "Books contributed $0.14 of the change."),
        ("ratio", "The average unit price of Garden fell by $0.52."),
    ],
)
def test_what_a_result_says_is_sent(name: str, sentence: str) -> None:
    assert verify_sentence(sentence, build_result_evidence(name)).is_supported


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("change", "Net revenue rose by $3,684.00."),
        ("change", "Toys fell from $5,804.00 to $861.00."),
        ("change", "Garden fell because of the weather."),
        ("change", "Books fell by $4,943.00."),
        ("change", "Toys fell most."),
        ("change", "The forecast is $861.00."),
        ("forecast", "Net revenue will be $1.23."),
        ("forecast", "Past forecasts were off by 1.2%."),
        ("forecast", "A campaign will bring $689.25."),
        ("change", "Net revenue: $18,764.00, before $22,449.00, change -$3,684.00."),
        ("change", "- Garden: before $861.00, now $5,804.00, change -$4,943.00"),
        ("cohorts", "- 9 months since: customers seen so long 199"),
        ("cohorts", "999 customers ordered for the first time in January 2025."),
        ("ratio", "The average unit price of Garden fell by $0.14."),
        ("ratio", "The average unit price of Garden was $0.14."),
        (
            "ratio",
            "- Garden: before $15.11, now $14.59, rate effect -$0.14, mix effect $0.08",
        ),
        ("ratio", "Books contributed $0.26 of the change."),
        ("ratio", "Units sold rose by 247."),
        (
            "ratio",
            "Units sold: 1,209, before 1,456, denominator effect -$2.53.",
        ),
    ],
)
def test_what_it_does_not_say_is_withheld(name: str, sentence: str) -> None:
    assert not verify_sentence(sentence, build_result_evidence(name)).is_supported

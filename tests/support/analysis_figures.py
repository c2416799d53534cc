"""The requests whose figures other engines compute, too, and what their figures are.

Rows have texts and whole numbers, amounts in minor units; all engines have the same ones. What no
engine computes by itself (from sums by day to a forecast, from counts to what is shown) is here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from analytics.analyses.backtest import run_backtest
from analytics.analyses.smoothing import forecast_values
from webapp.insights.analyses.requests import AnalysisRequest, BasketPairsRequest
from webapp.insights.analyses.results import AnalysisResult

Figures = list[tuple[Any, ...]]
Rows = Sequence[Mapping[str, Any]]
FIRST_DAY, LAST_DAY = "2025-03-01", "2025-03-31"
END = "2025-12"
"""The month that is not over."""
MONTHS, STEPS, HISTORY, WEEK = 12, 14, 1_000, 7
REQUESTS: Sequence[Mapping[str, Any]] = (
    {
        "analysis": "explain_change",
        "window": {"firstDay": FIRST_DAY, "lastDay": LAST_DAY},
        "dimensions": ["category", "country"],
        "limit": 100,
    },
    {"analysis": "forecast", "period": "day", "steps": STEPS},
    {"analysis": "retention", "months": MONTHS},
    {"analysis": "rfm"},
    {"analysis": "basket_pairs", "by": "category", "limit": 100},
    {"analysis": "concentration", "by": "product"},
)


def read_figures(result: AnalysisResult) -> Figures:
    """Those of the shop."""
    tables = {each.name: each.rows for each in result.tables}
    return READERS[result.findings.analysis](tables)


def check_agreement(request: AnalysisRequest, found: Sequence[Any]) -> None:
    """Assert that all have the figures of the first, which are the shop's."""
    shop, *others = found
    for figures in others:
        if isinstance(request, BasketPairsRequest):
            # The shop lists the closest pairs, of all that there are.
            assert len(shop) == min(len(figures), request.limit)
            assert set(shop) <= set(figures)
        else:
            assert shop == figures, request.analysis


def _read_change(tables: Mapping[str, Rows]) -> Figures:
    return sorted(
        (name, row[name], _to_minor(row["before"]), _to_minor(row["now"]))
        for name in ("category", "country")
        for row in tables[name]
    )


def _read_forecast(tables: Mapping[str, Rows]) -> Figures:
    return [(_to_minor(row["forecast"]),) for row in tables["forecast"]]


def _read_retention(tables: Mapping[str, Rows]) -> Figures:
    return [
        (row["cohort"], row["customers"], age, row[f"month_{age}"])
        for row in tables["cohorts"]
        for age in range(1, MONTHS + 1)
        if row.get(f"month_{age}") is not None
    ]


def _read_segments(tables: Mapping[str, Rows]) -> Figures:
    return sorted(
        (row["segment"], row["customers"], _to_minor(row["net_revenue"]))
        for row in tables["segments"]
    )


def _read_pairs(tables: Mapping[str, Rows]) -> Figures:
    return sorted(
        (*sorted((row["first"], row["second"])), row["orders"])
        for row in tables["pairs"]
    )


def _read_classes(tables: Mapping[str, Rows]) -> Figures:
    return [
        (row["class"], row["count"], _to_minor(row["amount"]))
        for row in tables["classes"]
    ]


READERS: Mapping[str, Callable[[Mapping[str, Rows]], Figures]] = {
    "explain_change": _read_change,
    "forecast": _read_forecast,
    "retention": _read_retention,
    "rfm": _read_segments,
    "basket_pairs": _read_pairs,
    "concentration": _read_classes,
}


def _to_minor(amount: float) -> int:
    return round(amount * 100)


def continue_days(days: Iterable[tuple[date, int]]) -> Figures:
    """The forecast, by the shop's own methods, of sums by day; the first and the last day are not
    whole."""
    values = np.array([amount for _, amount in days][1:-1], dtype=np.float64)[-HISTORY:]
    past = run_backtest(values, season=WEEK, steps=STEPS, least=28)
    past.measure_coverage(0.8)
    found = forecast_values(values, season=WEEK, steps=STEPS)
    return [(round(value),) for value in found]


def retain(counts: Iterable[Sequence[Any]]) -> Figures:
    """What is shown, of the number of customers by cohort and months since."""
    found = {(cohort, age): count for cohort, age, count in counts}
    return [
        (cohort, size, age, _share(found.get((cohort, age), 0), size))
        for (cohort, first), size in sorted(found.items())
        if first == 0 and cohort < END
        for age in range(1, min(MONTHS, count_months(cohort) - 1) + 1)
    ]


def _share(retained: int, size: int) -> float | str:
    return "fewer than 5" if 0 < retained < 5 else round(retained * 100 / size, 2)


def count_months(cohort: str) -> int:
    (year, month), (last_year, last_month) = (
        map(int, each.split("-")) for each in (cohort, END)
    )
    return (last_year - year) * 12 + last_month - month


def classify(amounts: Sequence[int]) -> Figures:
    """The number and the sum of each ABC class, of amounts from the greatest on."""
    total, before = sum(amounts), 0
    classes: dict[str, list[int]] = {"A": [], "B": [], "C": []}
    for amount in amounts:
        part = 100 * before
        name = "A" if part < 80 * total else "B" if part < 95 * total else "C"
        classes[name].append(amount)
        before += amount
    return [(name, len(each), sum(each)) for name, each in classes.items()]

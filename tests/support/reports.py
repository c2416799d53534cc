"""Results of the analytics tools as JSON, for tests of what is written from them."""

from typing import Any

Json = dict[str, Any]


def build_summary(**values: object) -> Json:
    """The totals of a currency."""
    return {
        "currency": "USD",
        "revenue": 137.0,
        "orders": 3,
        "customers": 2,
        "averageOrder": 45.67,
        **values,
    }


def build_report(*, summary: list[Json] | None = None, **tables: object) -> Json:
    """A report of March and April 2026; without `summary` it has one currency."""
    totals = [build_summary()] if summary is None else summary
    return {
        **tables,
        "summary": totals,
        "receipt": {
            "firstDay": "2026-03-01",
            "lastDay": "2026-04-30",
            "timeZone": "UTC",
            "rowsRead": 4,
            "asOf": "2026-11-23T09:30:00Z",
            "currencies": [row["currency"] for row in totals],
        },
    }


def build_period(period: str, **values: object) -> Json:
    return {
        "currency": "USD",
        "period": period,
        "revenue": 108.0,
        "orders": 2,
        "growthPercent": None,
        "isComplete": True,
        **values,
    }

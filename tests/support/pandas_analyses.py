"""The figures of analyses by pandas, as somebody would write them who has only it: the columns that
are needed, and a frame for each step."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from tests.support.analysis_figures import (
    FIRST_DAY,
    LAST_DAY,
    Figures,
    classify,
    continue_days,
    retain,
)
from tests.support.pandas_figures import PAID, UNSOLD
from webapp.insights.analyses.requests import AnalysisRequest

Lines = Any


def compute_analysis(
    request: AnalysisRequest, folder: Path, *, zone: ZoneInfo
) -> Figures:
    return ANALYSES[request.analysis](folder, zone)


def _read_counted(folder: Path, *columns: str) -> Lines:
    lines = pd.read_parquet(
        sorted(map(str, folder.glob("month=*/*.parquet"))),
        columns=["kind", "status", "payment_status", *columns],
        partitioning=None,
    )
    is_counted = lines["payment_status"].isin(PAID) & ~lines["status"].isin(UNSOLD)
    return lines[is_counted]


def _find_local(lines: Lines, zone: ZoneInfo) -> Any:
    return lines["at"].dt.tz_convert(zone.key).dt.tz_localize(None)


def _explain_change(folder: Path, zone: ZoneInfo) -> Figures:
    lines = _read_counted(folder, "at", "sku", "category", "country", "amount_minor")
    local = _find_local(lines, zone)
    start, end = pd.Timestamp(FIRST_DAY), pd.Timestamp(LAST_DAY) + pd.Timedelta(days=1)
    is_inside = (local >= start - pd.DateOffset(months=1)) & (local < end)
    lines = lines[is_inside].assign(is_now=local >= start)
    is_apart = (lines["kind"] == "REFUND") & lines["sku"].isna()
    lines["category"] = lines["category"].mask(is_apart, "(not attributed)")
    rows = []
    for name in ("category", "country"):
        sums = lines.groupby([name, "is_now"])["amount_minor"].sum().unstack("is_now")
        for key, row in sums.fillna(0).iterrows():
            rows.append((name, key, int(row[False]), int(row[True])))
    return sorted(rows)


def _forecast_days(folder: Path, zone: ZoneInfo) -> Figures:
    lines = _read_counted(folder, "at", "amount_minor")
    days = _find_local(lines, zone).dt.normalize()
    sums = lines["amount_minor"].groupby(days).sum()
    return continue_days([(day.date(), int(amount)) for day, amount in sums.items()])


def _count_retained(folder: Path, zone: ZoneInfo) -> Figures:
    lines = _read_counted(folder, "at", "customer")
    sold = lines[(lines["kind"] == "SALE") & lines["customer"].notna()]
    local = _find_local(sold, zone)
    sold = sold.assign(month=local.dt.year * 12 + local.dt.month - 1)
    cohorts = sold.groupby("customer")["month"].transform("min")
    counts = sold["customer"].groupby([cohorts, sold["month"] - cohorts]).nunique()
    return retain(
        (f"{cohort // 12}-{cohort % 12 + 1:02}", age, int(count))
        for (cohort, age), count in counts.items()
    )


def _name_segments(folder: Path, zone: ZoneInfo) -> Figures:  # noqa: ARG001
    lines = _read_counted(folder, "at", "customer", "order_number", "amount_minor")
    lines = lines[lines["customer"].notna()]
    sold = lines[lines["kind"] == "SALE"].groupby("customer")
    customers = pd.DataFrame(
        {"last": sold["at"].max(), "orders": sold["order_number"].nunique()}
    ).join(lines.groupby("customer")["amount_minor"].sum())
    recency = _score(customers["last"].dt.normalize())
    worth = (_score(customers["orders"]) + _score(customers["amount_minor"]) + 1) // 2
    names = pd.Series("lost", index=customers.index)
    for name, condition in (
        ("hibernating", worth >= 2),
        ("need attention", recency == 3),
        ("promising", recency >= 4),
        ("new", (recency >= 4) & (customers["orders"] == 1)),
        ("loyal", worth >= 4),
        ("at risk", (recency <= 2) & (worth >= 4)),
        ("champions", (recency >= 4) & (worth >= 4)),
    ):
        names = names.mask(condition, name)
    found = customers["amount_minor"].groupby(names).agg(["size", "sum"])
    return sorted(
        (name, int(row["size"]), int(row["sum"])) for name, row in found.iterrows()
    )


def _score(values: Any) -> Any:
    return (values.rank(method="min").astype("int64") - 1) * 5 // len(values) + 1


def _count_pairs(folder: Path, zone: ZoneInfo) -> Figures:  # noqa: ARG001
    lines = _read_counted(folder, "order_number", "category")
    items = lines[lines["kind"] == "SALE"][["order_number", "category"]]
    items = items.drop_duplicates()
    both = items.merge(items, on="order_number")
    both = both[both["category_x"] < both["category_y"]]
    counts = both.groupby(["category_x", "category_y"]).size()
    return sorted((*pair, int(count)) for pair, count in counts[counts >= 5].items())


def _classify_products(folder: Path, zone: ZoneInfo) -> Figures:  # noqa: ARG001
    lines = _read_counted(folder, "product_id", "amount_minor")
    sold = lines[lines["kind"] == "SALE"]
    amounts = sold.groupby("product_id")["amount_minor"].sum()
    positive = amounts[amounts > 0].sort_values(ascending=False)
    return classify([int(amount) for amount in positive])


ANALYSES: Mapping[str, Callable[[Path, ZoneInfo], Figures]] = {
    "explain_change": _explain_change,
    "forecast": _forecast_days,
    "retention": _count_retained,
    "rfm": _name_segments,
    "basket_pairs": _count_pairs,
    "concentration": _classify_products,
}

"""The figures of the queries of `tests.bench.analytics` by pandas, as somebody would write them who
has only it: the columns and the months that are needed, and a group for each row."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.windows import resolve_window
from webapp.kit.clock import utc_now

PAID = ["PAID", "PARTIALLY_REFUNDED", "REFUNDED"]
UNSOLD = ["PENDING", "REQUIRES_ACTION", "PAYMENT_FAILED", "CANCELLED"]
Lines = Any
Metric = Callable[[Lines, Any], Any]
PERIODS = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}


def fetch_rows(query: AnalyticsQuery, folder: Path, *, zone: ZoneInfo) -> Any:
    lines = _read_lines(query, folder, zone)
    for each in query.filters:
        column = lines[each.dimension]
        lines = lines[column.isin(each.any_of or [])]
    lines["counted"] = lines["payment_status"].isin(PAID) & ~lines["status"].isin(
        UNSOLD
    )
    lines["sold"] = lines["counted"] & (lines["kind"] == "SALE")
    keys = [_build_key(lines, name, zone) for name in query.group_by]
    if not keys:
        keys = [pd.Series(0, index=lines.index)]
    names = [part for name in query.metrics for part in PARTS.get(name, (name,))]
    grouped = {name: METRICS[name](lines, keys) for name in dict.fromkeys(names)}
    return pd.DataFrame(grouped)


def _read_lines(query: AnalyticsQuery, folder: Path, zone: ZoneInfo) -> Lines:
    columns = {"at", "kind", "status", "payment_status", "order_number"}
    columns |= {"amount_minor", "quantity"}
    columns |= (
        {"customer", "customer_status"} if "customers" in query.metrics else set()
    )
    columns |= {"tax_minor"} if "tax" in query.metrics else set()
    columns |= {"product_id"} if "product" in query.group_by else set()
    columns |= {"category", "country"} & {
        *query.group_by,
        *(each.dimension for each in query.filters),
    }
    window = resolve_window(query.window, now=utc_now(), zone=zone)
    filters = []
    if window.start_instant is not None:
        filters.append(("at", ">=", window.start_instant))
    if window.end_instant is not None:
        filters.append(("at", "<", window.end_instant))
    return pd.read_parquet(
        sorted(map(str, folder.glob("month=*/*.parquet"))),
        columns=sorted(columns),
        filters=filters or None,
        partitioning=None,
    )


def _build_key(lines: Lines, dimension: str, zone: ZoneInfo) -> Any:
    local = lines["at"].dt.tz_convert(zone.key)
    if dimension in PERIODS:
        return local.dt.tz_localize(None).dt.to_period(PERIODS[dimension])
    keys: Mapping[str, Callable[[], Any]] = {
        "hour_of_day": lambda: local.dt.hour,
        "weekday": lambda: local.dt.weekday,
        "product": lambda: lines["product_id"].fillna(""),
        "category": lambda: lines["category"].str.lower().fillna(""),
        "country": lambda: lines["country"],
    }
    return keys[dimension]()


def _sum_where(condition: str, column: str, kind: str | None = None) -> Metric:
    def compute(lines: Lines, keys: Any) -> Any:
        chosen = lines[condition]
        if kind is not None:
            chosen &= lines["kind"] == kind
        return lines[column].where(chosen, 0).groupby(keys).sum()

    return compute


def _count_where(condition: str, column: str, status: str | None = None) -> Metric:
    def compute(lines: Lines, keys: Any) -> Any:
        chosen = lines[condition]
        if status is not None:
            chosen &= lines["customer_status"] == status
        return lines[column].where(chosen).groupby(keys).nunique()

    return compute


def _count_placed(lines: Lines, keys: Any) -> Any:
    return lines["order_number"].where(lines["kind"] == "SALE").groupby(keys).nunique()


def _count_canceled(lines: Lines, keys: Any) -> Any:
    chosen = (lines["kind"] == "SALE") & (lines["status"] == "CANCELLED")
    return lines["order_number"].where(chosen).groupby(keys).nunique()


PARTS: Mapping[str, tuple[str, ...]] = {
    "average_order_value": ("gross_sales", "orders"),
    "refund_rate": ("refunds", "gross_sales"),
    "return_rate": ("returned_units", "units"),
    "cancellation_rate": ("canceled_orders", "placed_orders"),
}
METRICS: Mapping[str, Metric] = {
    "net_revenue": _sum_where("counted", "amount_minor"),
    "gross_sales": _sum_where("sold", "amount_minor"),
    "refunds": _sum_where("counted", "amount_minor", "REFUND"),
    "tax": _sum_where("counted", "tax_minor"),
    "units": _sum_where("sold", "quantity"),
    "returned_units": _sum_where("counted", "quantity", "RETURN"),
    "orders": _count_where("sold", "order_number"),
    "customers": _count_where("sold", "customer"),
    "new_customers": _count_where("sold", "customer", "new"),
    "placed_orders": _count_placed,
    "canceled_orders": _count_canceled,
}

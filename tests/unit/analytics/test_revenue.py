"""The definition of revenue, against an oracle in plain Python without frames."""

from collections import defaultdict
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.facts.revenue import build_refund_lines
from analytics.facts.schemas import ORDER_LINES, REFUNDS
from analytics.semantic.execution import run_query
from tests.support.order_lines import order_facts, order_line, utc_2026
from webapp.insights.query.analytics_query import AnalyticsQuery

LONDON = ZoneInfo("Europe/London")

LINES = st.lists(
    st.builds(
        order_line,
        order_id=st.sampled_from("123"),
        at=st.integers(0, 150 * 24).map(
            lambda hours: utc_2026(1, 1, 0) + timedelta(hours=hours)
        ),
        kind=st.sampled_from(["SALE", "RETURN", "ADJUSTMENT", "REFUND"]),
        status=st.sampled_from(["DELIVERED", "PAID", "CANCELLED", "PENDING"]),
        payment_status=st.sampled_from(["PAID", "REFUNDED", "UNPAID", "AUTHORIZED"]),
        currency=st.sampled_from(["USD", "GBP"]),
        customer=st.sampled_from([None, "ann", "bob"]),
        sku=st.sampled_from(["A", "B"]),
        quantity=st.integers(-9, 9),
        amount_minor=st.integers(-(10**9), 10**9),
    ),
    max_size=30,
)


def counts_as_revenue(line: dict[str, Any]) -> bool:
    return line["payment_status"] in {
        "PAID",
        "PARTIALLY_REFUNDED",
        "REFUNDED",
    } and line["status"] in {"PAID", "PROCESSING", "SHIPPED", "DELIVERED"}


def revenue_by_month(lines: list[dict[str, Any]]) -> dict[tuple[str, str], int]:
    totals: dict[tuple[str, str], int] = defaultdict(int)
    for line in filter(counts_as_revenue, lines):
        local = line["at"].astimezone(ZoneInfo("Europe/London"))
        totals[line["currency"], f"{local:%Y-%m}"] += line["amount_minor"]
    return totals


@settings(max_examples=50, deadline=None)
@pytest.mark.slow
@given(LINES)
def test_revenue_by_month_is_the_sum_of_the_lines_that_count(
    lines: list[dict[str, Any]],
) -> None:
    expected = revenue_by_month(lines)
    for currency in ("USD", "GBP"):
        query = AnalyticsQuery(
            metrics=["net_revenue"], group_by=["month"], currency=currency
        )

        result = run_query(query, order_facts(*lines), home_currency="USD", zone=LONDON)

        reported = {
            (currency, row["month"]): round(float(row["net_revenue"] or 0) * 100)
            for row in result.rows
        }
        paid = {key: value for key, value in expected.items() if key[0] == currency}
        assert {key: reported[key] for key in paid} == paid
        assert sum(reported.values()) == sum(paid.values())


def refund(**overrides: Any) -> dict[str, Any]:
    defaults = {
        "order_id": "1",
        "at": utc_2026(2),
        "status": "DELIVERED",
        "payment_status": "PARTIALLY_REFUNDED",
        "currency": "USD",
        "customer": None,
        "subtotal_minor": 1000,
        "total_minor": 1080,
    }
    return {**defaults, **overrides}


def test_a_full_refund_leaves_no_revenue() -> None:
    full_refund = refund(amount_minor=1080, refunded_so_far_minor=1080)
    [(amount,)] = (
        build_refund_lines(pl.LazyFrame([full_refund], schema=REFUNDS))
        .select("amount_minor")
        .collect()
        .rows()
    )
    assert amount == -1000


@settings(deadline=None)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=8), st.integers(0, 300))
def test_partial_refunds_add_up_to_the_untaxed_part_of_their_sum(
    amounts: list[int], tax: int
) -> None:
    total = sum(amounts)
    subtotal = max(total - tax, 0)
    rows = [
        refund(
            amount_minor=amount,
            refunded_so_far_minor=sum(amounts[: number + 1]),
            subtotal_minor=subtotal,
            total_minor=total,
        )
        for number, amount in enumerate(amounts)
    ]
    lines = build_refund_lines(pl.LazyFrame(rows, schema=REFUNDS)).collect()

    assert lines.schema == ORDER_LINES
    assert lines["amount_minor"].sum() == -subtotal
    assert lines.filter(pl.col("amount_minor") > 0).is_empty()


@pytest.mark.parametrize("status", ["PENDING", "PAYMENT_FAILED", "CANCELLED"])
def test_an_order_that_was_never_a_sale_counts_nowhere(status: str) -> None:
    facts = order_facts(order_line(status=status, payment_status="REFUNDED"))
    query = AnalyticsQuery(metrics=["net_revenue", "orders"])

    result = run_query(query, facts, home_currency="USD", zone=LONDON)

    assert result.totals == {"net_revenue": 0, "orders": 0}

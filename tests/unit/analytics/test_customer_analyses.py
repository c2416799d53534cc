"""Cohorts, segments and lifetime values against plain Python, and that nobody can be known."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.facts.order_facts import OrderFacts
from analytics.facts.schemas import ORDER_LINES
from tests.support.order_lines import order_line
from tests.support.sales_lines import analyze, get_rows
from webapp.insights.analyses.errors import NotEnoughData
from webapp.insights.analyses.results import RfmFindings
from webapp.insights.analyses.small_groups import FEWER, MIN_CUSTOMERS

Json = dict[str, Any]
START = datetime(2026, 1, 1, tzinfo=UTC)
AS_OF = datetime(2026, 6, 10, tzinfo=UTC)
RETENTION, VALUE, RFM = (
    {"analysis": name} for name in ("retention", "lifetime_value", "rfm")
)


def build_facts(lines: list[Json]) -> OrderFacts:
    frame = pl.DataFrame(lines, schema=ORDER_LINES)
    return OrderFacts(frame.lazy(), as_of=AS_OF, source="test")


def build_orders(seed: int, customers: int, orders: int) -> list[Json]:
    """Orders of known customers and guests, some canceled, some returned, some refunded."""
    random = Random(seed)  # noqa: S311
    lines = []
    for number in range(orders):
        customer = random.choice([None, *map(str, range(customers))])
        line = order_line(
            order_id=str(number),
            at=START + timedelta(minutes=random.randrange(159 * 24 * 60)),
            customer=customer,
            status=random.choice(["DELIVERED", "DELIVERED", "CANCELLED"]),
            amount_minor=random.randint(100, 9000),
        )
        lines.append(line)
        if random.random() < 0.2:
            later = line["at"] + timedelta(days=random.randrange(40))
            amount = -random.randint(1, line["amount_minor"])
            lines.append(
                {**line, "at": later, "kind": "REFUND", "sku": None, "quantity": 0}
                | {"amount_minor": amount, "home_amount_minor": amount}
            )
    return lines


def list_counted(lines: list[Json]) -> list[Json]:
    return [
        line
        for line in lines
        if line["customer"] and line["status"] == "DELIVERED" and line["at"] <= AS_OF
    ]


def find_month(line: Json) -> int:
    month: int = line["at"].month
    return month


def compute_cohorts(lines: list[Json]) -> dict[int, set[str]]:
    """The customers whose first order was in the month."""
    first: dict[str, datetime] = {}
    for line in list_counted(lines):
        if line["kind"] == "SALE":
            customer = line["customer"]
            first[customer] = min(first.get(customer, line["at"]), line["at"])
    cohorts = defaultdict(set)
    for customer, at in first.items():
        if at.month < AS_OF.month:
            cohorts[at.month].add(customer)
    return cohorts


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), customers=st.integers(12, 60))
def test_retention_is_that_of_plain_python(seed: int, customers: int) -> None:
    lines = build_orders(seed, customers, 150)
    cohorts = compute_cohorts(lines)
    if all(len(members) < MIN_CUSTOMERS for members in cohorts.values()):
        return

    rows = get_rows(analyze(RETENTION, build_facts(lines)), "cohorts")

    assert [row["cohort"] for row in rows] == [f"2026-0{m}" for m in sorted(cohorts)]
    for month, row in zip(sorted(cohorts), rows, strict=True):
        members = cohorts[month]
        if len(members) < MIN_CUSTOMERS:
            assert row["customers"] == FEWER
            assert set(list(row.values())[2:]) <= {None}
            continue
        assert row["customers"] == len(members)
        for age in range(1, AS_OF.month - month):
            active = {
                line["customer"]
                for line in list_counted(lines)
                if line["kind"] == "SALE" and find_month(line) == month + age
            } & members
            share: object = round(100 * len(active) / len(members), 2)
            is_few = 0 < len(active) < MIN_CUSTOMERS
            assert row[f"month_{age}"] == (FEWER if is_few else share)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), customers=st.integers(12, 60))
def test_lifetime_value_is_that_of_plain_python(seed: int, customers: int) -> None:
    lines = build_orders(seed, customers, 150)
    cohorts = compute_cohorts(lines)
    if all(len(members) < MIN_CUSTOMERS for members in cohorts.values()):
        return

    rows = get_rows(analyze(VALUE, build_facts(lines)), "cohorts")

    for month, row in zip(sorted(cohorts), rows, strict=True):
        members = cohorts[month]
        for age in range(AS_OF.month - month):
            amount = sum(
                line["amount_minor"]
                for line in list_counted(lines)
                if line["customer"] in members
                and month <= find_month(line) <= month + age
            )
            if len(members) >= MIN_CUSTOMERS:
                value = row[f"month_{age}"]
                assert value == pytest.approx(amount / len(members) / 100, abs=0.0051)


def build_leaving_cohort() -> list[Json]:
    """Ten customers a month, who order each month; those of March never again."""
    return [
        order_line(
            order_id=f"{first}-{number}-{month}",
            at=START.replace(month=month, day=10),
            customer=f"{first}-{number}",
        )
        for first in range(1, 5)
        for number in range(10)
        for month in range(first, 6)
        if first != 3 or month == 3
    ]


def test_a_cohort_that_leaves_is_seen() -> None:
    result = analyze(RETENTION, build_facts(build_leaving_cohort()))

    rows = {row["cohort"]: row["month_1"] for row in get_rows(result, "cohorts")}
    assert rows == {"2026-01": 100, "2026-02": 100, "2026-03": 0, "2026-04": 100}
    overall = get_rows(result, "overall")[0]
    assert overall == {"month": 1, "customers": 40, "retained_percent": 75.0}


def test_the_value_of_a_customer_adds_up_and_a_refund_lowers_it() -> None:
    lines = build_leaving_cohort()
    refund: Json = {"kind": "REFUND", "sku": None, "quantity": 0, "amount_minor": -500}
    refund |= {"home_amount_minor": -500, "at": START.replace(month=4, day=20)}
    lines.append({**lines[0], **refund})

    rows = get_rows(analyze(VALUE, build_facts(lines)), "cohorts")

    january = [rows[0][f"month_{age}"] for age in range(5)]
    assert january == [10.0, 20.0, 30.0, 39.5, 49.5]


def test_months_begin_in_the_zone_of_the_request() -> None:
    lines = [
        order_line(
            order_id=str(n), at=datetime(2026, 3, 1, 2, tzinfo=UTC), customer=str(n)
        )
        for n in range(5)
    ]

    def name_cohort(zone: str) -> object:
        result = analyze(RETENTION, build_facts(lines), zone=ZoneInfo(zone))
        return get_rows(result, "cohorts")[0]["cohort"]

    assert name_cohort("UTC") == "2026-03"
    assert name_cohort("America/New_York") == "2026-02"


def test_the_window_chooses_cohorts_and_not_what_they_did_since() -> None:
    window = {"firstDay": "2026-02-01", "lastDay": "2026-02-28"}

    result = analyze(
        {**RETENTION, "window": window}, build_facts(build_leaving_cohort())
    )

    [row] = get_rows(result, "cohorts")
    assert (row["cohort"], row["customers"], row["month_3"]) == ("2026-02", 10, 100)


@pytest.mark.parametrize("request_", [RETENTION, VALUE, RFM])
def test_too_few_customers_are_refused(request_: Json) -> None:
    lines = [order_line(order_id=str(n), customer=str(n)) for n in range(4)]

    with pytest.raises(NotEnoughData, match=r"5 known customers|25 known customers"):
        analyze(request_, build_facts(lines))


def test_guests_are_counted_and_not_known() -> None:
    lines = build_leaving_cohort()
    lines += [order_line(order_id=f"guest {n}") for n in range(7)]

    result = analyze(RETENTION, build_facts(lines))

    assert result.notes[0].startswith("Orders of guests (7) are not part of it")


def test_segments_hold_all_customers_and_their_revenue_once() -> None:
    lines = build_orders(5, 120, 900)

    result = analyze(RFM, build_facts(lines))

    rows = get_rows(result, "segments")
    counted = list_counted(lines)
    with_order = {line["customer"] for line in counted if line["kind"] == "SALE"}
    amount = sum(
        line["amount_minor"] for line in counted if line["customer"] in with_order
    )
    found = result.findings
    assert isinstance(found, RfmFindings)
    assert found.customers == len(with_order) == sum(row["customers"] for row in rows)
    assert sum(round(100 * row["net_revenue"]) for row in rows) == amount
    assert sum(row["customers_percent"] for row in rows) == pytest.approx(100, abs=0.1)


def build_two_groups() -> list[Json]:
    """Thirty who order much and lately, thirty who ordered once in January."""
    often = [
        order_line(
            order_id=f"{n}-{week}",
            at=datetime(2026, 4, 1, tzinfo=UTC) + timedelta(weeks=week, minutes=n),
            customer=f"often {n}",
            amount_minor=10_000,
        )
        for n in range(30)
        for week in range(10)
    ]
    once = [
        order_line(
            order_id=f"once {n}", at=START + timedelta(minutes=n), customer=f"once {n}"
        )
        for n in range(30)
    ]
    return often + once


def test_champions_and_lost_customers_are_apart() -> None:
    rows = get_rows(analyze(RFM, build_facts(build_two_groups())), "segments")

    # Equal figures have the lower score: half of all share the middle one.
    assert {row["segment"]: row["customers"] for row in rows} == {
        "need attention": 30,
        "lost": 30,
    }
    assert rows[0]["orders_per_customer"] == 10
    assert rows[1]["days_since_order"] == 159


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), customers=st.integers(26, 60))
def test_no_segment_is_of_fewer_than_five(seed: int, customers: int) -> None:
    lines = build_orders(seed, customers, 300)
    with_order = set.union(*compute_cohorts(lines).values(), set())
    if len(with_order) < 5 * MIN_CUSTOMERS:
        return

    rows = get_rows(analyze(RFM, build_facts(lines)), "segments")

    assert min(row["customers"] for row in rows) >= MIN_CUSTOMERS


def test_no_result_has_the_key_of_a_customer() -> None:
    facts = build_facts(build_two_groups())
    by_customer = {"analysis": "concentration", "by": "customer"}

    for request in (RETENTION, VALUE, RFM, by_customer):
        text = analyze(request, facts).model_dump_json()

        assert "often 1" not in text
        assert "once 1" not in text


def test_amounts_in_several_currencies_are_converted() -> None:
    lines = build_two_groups()
    for line in lines[:10]:
        line |= {"currency": "EUR", "home_amount_minor": 11_000}

    result = analyze(RFM, build_facts(lines))

    assert result.notes[0].startswith("Amounts are in USD: orders paid in EUR and USD")
    total = sum(row["net_revenue"] for row in get_rows(result, "segments"))
    assert total == (290 * 100) + (10 * 110) + 300

"""The segments of customers as a dimension."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from analytics.analyses.execution import run_analysis
from analytics.facts.customer_segments import SEGMENTS
from analytics.facts.order_facts import OrderFacts
from analytics.semantic.execution import run_query
from tests.support.order_lines import order_facts, order_line
from webapp.insights.analyses.requests import ExplainChangeRequest, RfmRequest
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.errors import ImpossibleQuery
from webapp.insights.query.results import AnalyticsResult

AS_OF = datetime(2026, 6, 15, 12, tzinfo=UTC)
START = datetime(2026, 1, 1, 12, tzinfo=UTC)


def build_facts(customers: int = 150) -> OrderFacts:
    """Customers with one to nine orders each, one of a guest, and a canceled one of a customer who
    has no other."""
    rng = random.Random(5)  # noqa: S311
    lines: list[dict[str, Any]] = []
    for customer in range(customers):
        for _ in range(rng.choice([1, 1, 2, 4, 9])):
            lines.append(
                order_line(
                    order_id=str(len(lines)),
                    order_number=len(lines),
                    at=START + timedelta(days=rng.randrange(165)),
                    customer=f"customer {customer}",
                    amount_minor=rng.randrange(500, 9000),
                )
            )
    return order_facts(
        *lines,
        order_line(order_id="guest", amount_minor=700),
        order_line(
            order_id="canceled", status="CANCELLED", customer="nobody", amount_minor=1
        ),
        as_of=AS_OF,
    )


def run(facts: OrderFacts, **query: object) -> AnalyticsResult:
    parsed = AnalyticsQuery.model_validate(
        {"metrics": ["net_revenue", "customers"], **query}
    )
    return run_query(parsed, facts, home_currency="USD", zone=ZoneInfo("UTC"))


@pytest.fixture(scope="module")
def facts() -> OrderFacts:
    return build_facts()


def test_rows_agree_with_the_analysis_of_segments(facts: OrderFacts) -> None:
    result = run(facts, groupBy=["customer_segment"])
    analysis = run_analysis(
        RfmRequest(), facts, home_currency="USD", zone=ZoneInfo("UTC")
    )

    rows = {row["customer_segment"]: row for row in result.rows}
    assert rows.pop("guest")["net_revenue"] == 7.0
    assert {
        name: (row["customers"], row["net_revenue"]) for name, row in rows.items()
    } == {
        row["segment"]: (row["customers"], row["net_revenue"])
        for row in analysis.tables[0].rows
    }
    assert {*rows} <= {*SEGMENTS}
    assert len(rows) > 4


def test_customers_are_in_the_segment_of_now_whatever_the_window(
    facts: OrderFacts,
) -> None:
    of_champions = {"filters": [{"dimension": "customer_segment", "in": ["champions"]}]}
    whole = run(facts, groupBy=["month"], **of_champions)
    january = run(
        facts,
        window={"firstDay": "2026-01-01", "lastDay": "2026-01-31"},
        **of_champions,
    )

    first = next(row for row in whole.rows if row["month"] == "2026-01")
    assert january.totals["net_revenue"] == first["net_revenue"]
    assert january.totals["net_revenue"] not in {0, whole.totals["net_revenue"]}


def test_orders_after_the_time_of_the_query_say_nothing_of_a_customer(
    facts: OrderFacts,
) -> None:
    as_of = datetime(2026, 3, 1, tzinfo=UTC)
    known = order_facts(
        *(row for row in facts.lines.collect().to_dicts() if row["at"] <= as_of),
        as_of=as_of,
    )

    then = run(facts, groupBy=["customer_segment"], asOf=as_of)

    assert then.rows == run(known, groupBy=["customer_segment"]).rows
    assert then.rows != run(facts, groupBy=["customer_segment"]).rows


def test_customers_whose_orders_do_not_count_have_a_row_of_their_own(
    facts: OrderFacts,
) -> None:
    result = run(facts, metrics=["placed_orders"], groupBy=["customer_segment"])

    rows = {row["customer_segment"]: row["placed_orders"] for row in result.rows}
    assert (rows["no counted order"], rows["guest"]) == (1, 1)


def test_a_change_is_explained_by_segment(facts: OrderFacts) -> None:
    request = ExplainChangeRequest.model_validate(
        {
            "metric": "net_revenue",
            "window": {"firstDay": "2026-05-01", "lastDay": "2026-05-31"},
            "compareTo": "previous",
            "dimensions": ["customer_segment"],
        }
    )

    result = run_analysis(request, facts, home_currency="USD", zone=ZoneInfo("UTC"))

    [changes] = [each for each in result.tables if each.name == "customer_segment"]
    rows = {row["customer_segment"]: row["change"] for row in changes.rows}
    assert {"champions", "at risk", "lost"} <= {*rows}
    assert len({*rows.values()}) > 4


def test_too_few_customers_have_no_segments() -> None:
    with pytest.raises(ImpossibleQuery, match="need 25 known ones") as refused:
        run(build_facts(24), groupBy=["customer_segment"])

    assert "customer_status" in refused.value.possible

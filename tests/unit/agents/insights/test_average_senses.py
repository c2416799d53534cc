"""What is spent on each order, or for each unit, is an average."""

import pytest

from tests.support.insights_questions import read_request


@pytest.mark.parametrize(
    ("text", "metric"),
    [
        ("people spent less per order in September", "average_order_value"),
        ("how much do customers spend per basket?", "average_order_value"),
        ("what did people pay per piece in May?", "average_unit_price"),
        ("each piece sold for more in May than in April", "average_unit_price"),
        ("how much did customers spend in May per order?", "average_order_value"),
    ],
)
def test_spending_per_one_is_its_average(text: str, metric: str) -> None:
    request, unknown = read_request(text)

    assert request.metrics == [metric]
    assert unknown == []


@pytest.mark.parametrize(
    "text", ["how much did people spend per month?", "units per order in May"]
)
def test_other_figures_are_no_average_of_spending(text: str) -> None:
    assert read_request(text)[0].metrics in (["net_revenue"], ["units_per_order"])

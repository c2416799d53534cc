import pytest

from agents.insights.numbers import collect_figures, is_supported

RESULT = {
    "periods": [
        {
            "period": "2026-03-01",
            "revenue": 1234.5,
            "orders": 56,
            "growthPercent": -12.34,
        },
        {
            "period": "2026-04-01",
            "revenue": 2345678.9,
            "orders": 7,
            "growthPercent": None,
        },
    ],
    "receipt": {"asOf": "2026-03-11T17:17:17Z"},
    "topProducts": [{"rank": 1, "name": "Tablet X200", "isActive": True}],
}
FIGURES = collect_figures([RESULT])


@pytest.mark.parametrize(
    "sentence",
    [
        "March 2026 brought $1,234.50 from 56 orders.",
        "Revenue fell by 12.3%.",
        "That is $1.2k.",
        "About 2.3 million in April.",
        "1. Tablet X200",
        "Seven orders came in.",
        "There is nothing to count here.",
    ],
)
def test_a_number_that_a_tool_returned_is_supported(sentence: str) -> None:
    assert is_supported(sentence, FIGURES)


@pytest.mark.parametrize(
    "sentence",
    [
        "March brought $1,235.50.",
        "Revenue fell by 12.5%.",
        "That is $1.3k.",
        "There were 8 orders.",
        "Nine orders came in.",
        "Revenue doubled.",
        "Half of it came from tablets.",
        "In 2027 it will be more.",
        "It rose by 1,234.56.",
        "It rose by 200%.",
        "That is $3.",
        "We had 17 orders.",
    ],
)
def test_a_number_that_no_tool_returned_is_not_supported(sentence: str) -> None:
    assert not is_supported(sentence, FIGURES)


def test_booleans_are_not_figures() -> None:
    assert collect_figures([{"isActive": True, "name": None}]).values == set()

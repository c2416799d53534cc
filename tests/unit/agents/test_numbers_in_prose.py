from decimal import Decimal

import pytest

from agents.insights.numbers import (
    StatedNumber,
    collect_figures,
    find_numbers,
    is_supported,
)

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
    "topProducts": [
        {"rank": 1, "name": "Tablet X200", "isActive": True},
        {"name": "Two-Person Tent"},
        {"name": "Two-Person Tent for Half a Dozen"},
        {"name": "Tea for Two"},
        {"name": "Tea for Two, Half Price"},
        {"name": "Half Moon Lamp"},
        {"name": "Half"},
    ],
}


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
        "As of 2026-03-11T17:17:17Z there were 56.",
        "Revenue fell by \u221212.34 percent.",
        "That is 2.346 million.",
        "That is 0.002 bn, or A$2m.",
        "2345678.9 in all",
        "The Two-Person Tent leads.",
        "The Half Moon Lamp, too.",
        "Tea for Two, Half Price; Tea for Two",
        "Two-Person Tent for Half a Dozen, (Two-Person Tent)",
        "1.2k and 7.",
    ],
)
def test_a_number_that_a_tool_returned_is_supported(sentence: str) -> None:
    assert is_supported(sentence, collect_figures([RESULT]))


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
        "HALVED!",
        "A third of it.",
        "The majority of the orders.",
        "Two-Person Tents",
        "Two persons in a tent",
        "Two",
        "Fifty orders came in.",
        "Hundreds of orders.",
        "That is A$200.",
        "That is US$ 200.",
        "That is 200 percent.",
        "That is 200%.",
        "That is 56 million.",
        "That is 2.3456 million.",
        "2,345,679.9 in all",
        "It rose, and 99 of it.",
        "In 2027 it will be more.",
        "It rose by 1,234.56.",
        "It rose by 200%.",
        "That is $3.",
        "We had 17 orders.",
    ],
)
def test_a_number_that_no_tool_returned_is_not_supported(sentence: str) -> None:
    assert not is_supported(sentence, collect_figures([RESULT]))


def test_booleans_are_not_figures() -> None:
    assert collect_figures([{"isActive": True, "name": None}]).values == set()


def test_figures_are_collected_from_the_whole_result() -> None:
    figures = collect_figures(
        [{"rows": [[{"a": 1, "b": [2.5]}], "3 of 4.5"]}, {"c": 5}]
    )

    assert figures.values == {Decimal(1), Decimal("2.5"), Decimal(5)}
    assert figures.in_text == {Decimal(3), Decimal("4.5")}


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1,234.50", [("1234.50", "0.01", False)]),
        ("$5", [("5", "1", True)]),
        ("-£ 5", [("5", "1", True)]),
        ("C$5.5", [("5.5", "0.1", True)]),
        ("5 %", [("5", "1", True)]),
        ("5 percent", [("5", "1", True)]),
        ("5 percentages", [("5", "1", False)]),
        ("1.2k", [("1200", "100", False)]),
        ("3 thousand", [("3000", "1000", False)]),
        ("1.5M", [("1500000", "100000", False)]),
        ("2 bn", [("2000000000", "1000000000", False)]),
        ("2 metres", [("2", "1", False)]),
        ("Two or a DOZEN", [("2", "1", False), ("12", "1", False)]),
        ("X200, v1.2", []),
        ("at T17:17", []),
        (
            "2026-03-01T17:17:17Z",
            [("2026", "1", False), ("3", "1", False), ("1", "1", False)],
        ),
    ],
)
def test_numbers_are_found_with_their_precision(
    text: str, numbers: list[tuple[str, str, bool]]
) -> None:
    assert list(find_numbers(text)) == [
        StatedNumber(Decimal(value), Decimal(unit), is_measure)
        for value, unit, is_measure in numbers
    ]


@pytest.mark.parametrize(
    ("stated", "figure", "is_rounding"),
    [
        ("$2", 2.5, True),
        ("$3", 2.5, True),
        ("$3", 3.5, False),
        ("$4", 3.5, True),
        ("$2.5", -2.54, True),
        ("$2.5", 2.56, False),
        ("$1.3k", 1250, True),
        ("$1.2k", 1250, True),
        ("$1.2k", 1251, False),
    ],
)
def test_a_figure_may_be_rounded_either_way_at_half(
    stated: str, figure: float, is_rounding: bool
) -> None:
    assert is_supported(stated, collect_figures([{"a": figure}])) is is_rounding

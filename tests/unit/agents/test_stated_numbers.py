from decimal import Decimal

import pytest

from agents.insights.claims.numbers import NumberKind, find_numbers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1,234.50", [("1234.50", "0.01", "plain")]),
        ("$5", [("5", "1", "money")]),
        ("-£ 5", [("5", "1", "money")]),
        ("C$5.5", [("5.5", "0.1", "money")]),
        ("5 EUR", [("5", "1", "money")]),
        ("USD 5", [("5", "1", "money")]),
        ("5 dollars", [("5", "1", "money")]),
        ("5 %", [("5", "1", "percent")]),
        ("5 percent", [("5", "1", "percent")]),
        ("5 percentage points", [("5", "1", "percent")]),
        ("5 percentages", [("5", "1", "plain")]),
        ("1.2k", [("1200", "100", "plain")]),
        ("3 thousand", [("3000", "1000", "plain")]),
        ("1.5M", [("1500000", "100000", "plain")]),
        ("2 bn", [("2000000000", "1000000000", "plain")]),
        ("2 metres", [("2", "1", "plain")]),
        ("Two or a DOZEN", [("2", "1", "plain"), ("12", "1", "plain")]),
        ("X200, v1.2", []),
        ("10-12", [("10", "1", "plain"), ("12", "1", "plain")]),
    ],
)
def test_numbers_are_found_with_their_precision(
    text: str, numbers: list[tuple[str, str, str]]
) -> None:
    found = [(each.value, each.unit, each.kind) for each in find_numbers(text)]

    assert found == [
        (Decimal(value), Decimal(unit), NumberKind(kind))
        for value, unit, kind in numbers
    ]


@pytest.mark.parametrize(
    ("text", "currencies"),
    [
        ("$5", {"USD", "AUD", "CAD"}),
        ("US$5", {"USD"}),
        ("A$5", {"AUD"}),
        ("€5", {"EUR"}),
        ("5 €", {"EUR"}),
        ("$5 CAD", {"CAD"}),
        ("£5", {"GBP"}),
        ("$5 EUR", set()),
        ("5", set()),
    ],
)
def test_a_number_may_be_in_the_currencies_of_its_marks(
    text: str, currencies: set[str]
) -> None:
    assert find_numbers(text)[0].currencies == currencies


@pytest.mark.parametrize(
    ("text", "sign"),
    [("5", 0), ("+5%", 1), ("-5%", -1), ("\u2212$5", -1), ("$-5", -1), ("10-5", 0)],
)
def test_a_sign_is_read(text: str, sign: int) -> None:
    assert find_numbers(text)[-1].sign == sign


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
    assert find_numbers(stated)[0].is_rounding_of(Decimal(str(figure))) is is_rounding

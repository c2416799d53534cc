import pytest

from webapp.devtools.stripe_simulator.forms import Value
from webapp.devtools.stripe_simulator.parameters import (
    Check,
    Shape,
    choice,
    flag,
    group,
    integer,
    listing,
    metadata,
    moments,
    text,
    url,
)
from webapp.devtools.stripe_simulator.problems import StripeProblem


@pytest.mark.parametrize(
    ("check", "raw", "parsed"),
    [
        (integer(minimum=1, maximum=100), "100", 100),
        (integer(), "-3", -3),
        (flag, "true", True),
        (flag, "false", False),
        (choice("a", "b"), "b", "b"),
        (text(max_length=3), "abc", "abc"),
        (url, "https://shop.test/x", "https://shop.test/x"),
        (listing(integer()), {"1": "8", "0": "7", "10": "9"}, [7, 8, 9]),
        (metadata, {"a": "1", "gone": ""}, {"a": "1", "gone": ""}),
        (moments, "17", {"gte": 17, "lte": 17}),
        (moments, {"gt": "1", "lte": "2"}, {"gt": 1, "lte": 2}),
    ],
)
def test_a_good_value_is_parsed(check: Check, raw: Value, parsed: object) -> None:
    assert check("it", raw) == parsed


@pytest.mark.parametrize(
    ("check", "raw", "param"),
    [
        (integer(), "1.5", "it"),
        (integer(), "\u0661", "it"),
        (integer(), "--1", "it"),
        (integer(maximum=100), "101", "it"),
        (integer(), {"a": "1"}, "it"),
        (flag, "True", "it"),
        (choice("a", "b"), "c", "it"),
        (text(max_length=3), "abcd", "it"),
        (text(), "", "it"),
        (url, "shop.test", "it"),
        (listing(text()), "a", "it"),
        (listing(text()), {"a": "b"}, "it"),
        (listing(integer()), {"0": "x"}, "it[0]"),
        (metadata, {str(number): "x" for number in range(51)}, "it"),
        (moments, {"after": "1"}, "it[after]"),
        (group(Shape({"a": flag})), "x", "it"),
        (group(Shape({"a": flag})), {"a": "x"}, "it[a]"),
    ],
)
def test_a_bad_value_is_refused_and_named(check: Check, raw: Value, param: str) -> None:
    with pytest.raises(StripeProblem) as refusal:
        check("it", raw)

    assert refusal.value.error["param"] == param

import pytest

from webapp.devtools.stripe_simulator.errors import StripeApiError
from webapp.devtools.stripe_simulator.forms import Value
from webapp.devtools.stripe_simulator.parameters import (
    ParameterParser,
    ParameterSchema,
    array,
    boolean,
    choice,
    integer,
    metadata,
    nested_object,
    text,
    time_range,
    url,
)


@pytest.mark.parametrize(
    ("parse", "raw", "parsed"),
    [
        (integer(minimum=1, maximum=100), "100", 100),
        (integer(), "-3", -3),
        (boolean, "true", True),
        (boolean, "false", False),
        (choice("a", "b"), "b", "b"),
        (text(max_length=3), "abc", "abc"),
        (url, "https://shop.test/x", "https://shop.test/x"),
        (array(integer()), {"1": "8", "0": "7", "10": "9"}, [7, 8, 9]),
        (metadata, {"a": "1", "gone": ""}, {"a": "1", "gone": ""}),
        (time_range, "17", {"gte": 17, "lte": 17}),
        (time_range, {"gt": "1", "lte": "2"}, {"gt": 1, "lte": 2}),
    ],
)
def test_a_valid_value_is_parsed(
    parse: ParameterParser, raw: Value, parsed: object
) -> None:
    assert parse("it", raw) == parsed


@pytest.mark.parametrize(
    ("parse", "raw", "param"),
    [
        (integer(), "1.5", "it"),
        (integer(), "\u0661", "it"),
        (integer(), "--1", "it"),
        (integer(maximum=100), "101", "it"),
        (integer(), {"a": "1"}, "it"),
        (boolean, "True", "it"),
        (choice("a", "b"), "c", "it"),
        (text(max_length=3), "abcd", "it"),
        (text(), "", "it"),
        (url, "shop.test", "it"),
        (array(text()), "a", "it"),
        (array(text()), {"a": "b"}, "it"),
        (array(integer()), {"0": "x"}, "it[0]"),
        (metadata, {str(number): "x" for number in range(51)}, "it"),
        (time_range, {"after": "1"}, "it[after]"),
        (nested_object(ParameterSchema({"a": boolean})), "x", "it"),
        (nested_object(ParameterSchema({"a": boolean})), {"a": "x"}, "it[a]"),
    ],
)
def test_a_bad_value_is_rejected_and_its_parameter_named(
    parse: ParameterParser, raw: Value, param: str
) -> None:
    with pytest.raises(StripeApiError) as raised:
        parse("it", raw)

    assert raised.value.error["param"] == param

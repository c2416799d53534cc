import pytest

from webapp.devtools.stripe_simulator.errors import StripeApiError
from webapp.devtools.stripe_simulator.forms import Form, parse_form


@pytest.mark.parametrize(
    ("pairs", "form"),
    [
        ([], {}),
        ([("amount", "1")], {"amount": "1"}),
        ([("a[b][c]", "1"), ("a[b][d]", "2")], {"a": {"b": {"c": "1", "d": "2"}}}),
        ([("list[]", "x"), ("list[]", "y")], {"list": {"0": "x", "1": "y"}}),
        ([("list[0]", "x"), ("list[1]", "y")], {"list": {"0": "x", "1": "y"}}),
        ([("list[0][a]", "x")], {"list": {"0": {"a": "x"}}}),
        ([("metadata[0]", "zero")], {"metadata": {"0": "zero"}}),
        ([("twice", "1"), ("twice", "2")], {"twice": "2"}),
        ([("empty", "")], {"empty": ""}),
    ],
)
def test_bracketed_names_are_parsed_into_nested_mappings(
    pairs: list[tuple[str, str]], form: Form
) -> None:
    assert parse_form(pairs) == form


@pytest.mark.parametrize(
    "pairs",
    [
        [("", "1")],
        [("[a]", "1")],
        [("a[", "1")],
        [("a]b", "1")],
        [("a[b]c", "1")],
        [("a[b[c]]", "1")],
        [("a", "1"), ("a[b]", "2")],
        [("a[b]", "1"), ("a[b][c]", "2")],
    ],
)
def test_a_malformed_name_is_rejected(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(StripeApiError):
        parse_form(pairs)

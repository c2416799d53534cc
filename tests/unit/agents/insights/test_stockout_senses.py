import pytest

from agents.local.insights.words.lexicon import Meaning, Role
from tests.unit.agents.insights.sense_cases import match_product, settle_words

DAYS_OUT = (Meaning(Role.METRIC, "out_of_stock_days"),)


@pytest.mark.parametrize(
    ("text", "counted", "sign"),
    [
        ("how many days were we without the Teapot", "days", "without"),
        ("how many days did we go without the Teapot in May", "days", "without"),
        ("how many days was the Teapot out of stock", "days", "out of stock"),
        ("how many days has the Teapot been unavailable", "days", "unavailable"),
        ("how long was the Teapot sold out in May", "how long", "sold out"),
    ],
)
def test_days_without_goods_are_those_out_of_stock(
    text: str, counted: str, sign: str
) -> None:
    settled = settle_words(text, match_product(text, "Teapot"))

    assert settled[counted].meanings == DAYS_OUT
    assert not settled[sign].has(Role.EXCLUDE, Role.GAP, Role.ANALYSIS)


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("how many days did we sell more without the Teapot", "days"),
        ("how many days until the Teapot is out of stock", "days"),
        ("how many days were we without orders for the Teapot", "days"),
        ("how many units without the Teapot", "units"),
        ("on how many days was the Teapot returned", "days"),
    ],
)
def test_other_days_are_counted_as_they_are(text: str, counted: str) -> None:
    settled = settle_words(text, match_product(text, "Teapot"))

    assert settled[counted].meanings != DAYS_OUT

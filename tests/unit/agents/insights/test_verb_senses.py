import pytest

from agents.local.insights.words.lexicon import Meaning, Role
from tests.unit.agents.insights.sense_cases import match_name, settle_words


@pytest.mark.parametrize(
    "text", ["leave Vinyl out", "set Vinyl aside", "take Vinyl out of it"]
)
def test_what_is_parted_is_left_out(text: str) -> None:
    first = next(iter(settle_words(text, match_name(text, "Vinyl")).values()))

    assert first.meanings == (Meaning(Role.EXCLUDE),)


def test_what_goes_out_is_not_left_out() -> None:
    text = "what went out in Vinyl"
    found = settle_words(text, match_name(text, "Vinyl")).values()

    assert not any(each.has(Role.EXCLUDE) for each in found)


def test_payments_of_a_currency_are_what_was_paid() -> None:
    assert not settle_words("revenue, payments in pounds only")["payments"].is_unknown
    assert settle_words("revenue from payments last month")["payments"].is_unknown


@pytest.mark.parametrize(
    ("text", "is_status"),
    [
        ("refunds paid in June", False),
        ("the tax we paid in June", False),
        ("orders paid in June", True),
        ("only orders that are paid", True),
    ],
)
def test_only_orders_have_the_status_paid(text: str, is_status: bool) -> None:
    words = settle_words(text)

    assert (
        next(each for word, each in words.items() if "paid" in word).is_value
        is is_status
    )


@pytest.mark.parametrize(
    ("text", "is_status"),
    [
        ("orders we shipped this year to Oregon", False),
        ("how many orders are shipped", True),
    ],
)
def test_orders_that_go_somewhere_have_no_status(text: str, is_status: bool) -> None:
    assert settle_words(text)["shipped"].is_value is is_status


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("how many puzzles did we shift in august", "shift"),
        ("which products shifted the most units", "shifted"),
        ("what moved best last month", "moved"),
        ("units shifted per category", "shifted"),
    ],
)
def test_goods_that_are_shifted_are_sold(text: str, word: str) -> None:
    mention = settle_words(text)[word]

    assert mention.has(Role.METRIC_VERB)
    assert not mention.has(Role.CHANGE)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("shift in revenue from august to september", "shift"),
        ("how has revenue shifted this year", "shifted"),
        ("did revenue move last month", "move"),
    ],
)
def test_figures_that_shift_change(text: str, word: str) -> None:
    mention = settle_words(text)[word]

    assert mention.has(Role.CHANGE)
    assert not mention.has(Role.METRIC_VERB)


@pytest.mark.parametrize("text", ["Take this year.", "please take 2025"])
def test_nobody_takes_money_in_a_request(text: str) -> None:
    [taken] = [
        each for each in settle_words(text).values() if each.text in {"Take", "take"}
    ]

    assert not taken.has(Role.METRIC_VERB)


def test_money_that_we_took_is_revenue() -> None:
    assert settle_words("what did we take in May")["take"].has(Role.METRIC_VERB)


@pytest.mark.parametrize(
    ("text", "word", "role"),
    [
        ("orders not paid in euros", "not paid", Role.EXCLUDE),
        ("orders not paid in June", "not paid", Role.VALUE),
        ("how many pounds did we take", "how many", Role.HOW_MUCH),
        ("how many orders in pounds", "how many", Role.HOW_MANY),
    ],
)
def test_what_is_said_of_a_currency(text: str, word: str, role: Role) -> None:
    assert settle_words(text)[word].has(role)


@pytest.mark.parametrize(
    ("text", "is_figure"),
    [("did anyone return a parasol", False), ("the return of a parasol", True)],
)
def test_who_returns_something_asks_for_pieces(text: str, is_figure: bool) -> None:
    assert settle_words(text)["return"].has(Role.METRIC) == is_figure

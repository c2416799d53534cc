"""Which of two is meant, what comes after the rows before, and sizes of variants."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.support.insights_dialogue import InsightsAnswer, InsightsDialogue
from tests.support.order_lines import order_facts, order_line

NOW = datetime(2026, 11, 18, 14, 30, tzinfo=UTC)
GOODS = [
    ("Kitchen", "KIT", "Toys"),
    ("Pot", "POT", "Kitchen"),
    *(
        (name, f"{name.upper()}-{size}", "Clothing")
        for name in ("Tee", "Jumper")
        for size in ("M", "XL")
    ),
]


def ask(*messages: str) -> InsightsAnswer:
    lines = [
        order_line(
            order_id=sku,
            sku=sku,
            name=name,
            product_id=name,
            category=category,
            at=NOW - timedelta(days=30),
            amount_minor=1000 + number,
        )
        for number, (name, sku, category) in enumerate(GOODS)
    ]
    dialogue = InsightsDialogue(
        order_facts(*lines, as_of=NOW),
        home_currency="USD",
        zone=ZoneInfo("UTC"),
        now=NOW,
    )
    *_, answer = map(dialogue.ask, messages)
    return answer


def test_the_other_meaning_of_a_name_is_taken() -> None:
    first = ask("revenue of Kitchen")
    other = ask("revenue of Kitchen", "the other one")

    assert first.titles == [
        "Net revenue, everything so far, only category Kitchen, UTC"
    ]
    assert other.titles == ["Net revenue, everything so far, only product Kitchen, UTC"]


def test_both_meanings_of_a_name_are_taken() -> None:
    answer = ask("revenue of Kitchen", "both")

    assert answer.titles == [
        "Net revenue, everything so far, only category Kitchen, UTC",
        "Net revenue, everything so far, only product Kitchen, UTC",
    ]


@pytest.mark.parametrize("message", ["both", "and the other one?"])
def test_without_two_it_is_asked_of_which(message: str) -> None:
    assert ask(message).text.startswith("Both of what?")
    assert ask("revenue by category", message).text.startswith("Both of what?")


def test_both_dates_that_may_be_meant_are_shown() -> None:
    assert (
        ask("orders on 03/11/2026").text == "Is that 3 November 2026 or 11 March 2026?"
    )
    assert ask("orders on 03/11/2026", "both").titles == [
        "Orders, 3 November 2026, UTC",
        "Orders, 11 March 2026, UTC",
    ]


@pytest.mark.parametrize(
    ("messages", "rows"),
    [
        (["top 2 products", "next 1"], "row 3"),
        (["top product", "and the next one?"], "row 2"),
        (["top 2 products", "show me more"], "rows 3 to 4"),
        (["top product", "the rest"], "all but the first"),
    ],
)
def test_rows_go_on_where_those_before_ended(messages: list[str], rows: str) -> None:
    answer = ask(*messages)

    assert f", {rows}, UTC" in answer.titles[0]


def test_rows_that_go_on_are_numbered_from_there() -> None:
    text = ask("top 2 products", "next 2").text

    assert "\n3. " in text
    assert "\n1. " not in text


@pytest.mark.parametrize(
    ("messages", "text"),
    [
        (
            ["top 9 products", "next 9"],
            "There are no more rows: those before were the last.",
        ),
        (["revenue by category", "more"], "These were all the rows that there are."),
        (["next 5"], "Which ones do you mean?"),
    ],
)
def test_where_nothing_is_left_that_is_said(messages: list[str], text: str) -> None:
    answer = ask(*messages)

    assert (answer.text, answer.titles) == (text, [])


@pytest.mark.parametrize("message", ["revenue for the rest of the year", "more"])
def test_words_of_lists_are_named_where_there_is_none(message: str) -> None:
    assert ask(message).titles == []


@pytest.mark.parametrize(
    ("message", "title"),
    [
        (
            "how many XL",
            "Units sold, everything so far, only variant JUMPER-XL or TEE-XL, UTC",
        ),
        (
            "revenue of size M by product",
            "Net revenue by product, everything so far, only variant JUMPER-M or TEE-M, UTC",
        ),
    ],
)
def test_a_size_is_that_of_variants(message: str, title: str) -> None:
    answer = ask(message)

    assert answer.titles == [title]
    assert "for the 2 variants that have it in their SKU." in answer.text


@pytest.mark.parametrize("message", ["how many XXL", "how many M"])
def test_what_is_no_size_is_named(message: str) -> None:
    answer = ask(message)

    assert answer.titles == []
    assert f"“{message.rsplit(maxsplit=1)[-1]}”" in answer.text

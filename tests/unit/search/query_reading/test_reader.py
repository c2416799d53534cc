"""A search text as words and filters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.adapters.search.port import SearchFilters
from webapp.search.query_reading.reader import read_query


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("i am looking for a laptop", "laptop"),
        ("please show me some headphones", "headphones"),
        ("do you have kettles", "kettles"),
        ("i'd like to buy the best tent", "best tent"),
        ("need for speed", "need for speed"),
        ("finding nemo", "finding nemo"),
    ],
)
def test_talk_around_what_is_wanted_is_no_word(text: str, words: str) -> None:
    assert read_query(text).remaining_text == words


def test_the_text_without_a_part_keeps_the_others() -> None:
    reading = read_query("laptop 14 inch under 500 -hp")

    assert reading.remaining_text == "laptop"
    assert [reading.cut_parts([part]) for part in reading.parts] == [
        "laptop under 500 -hp",
        "laptop 14 inch -hp",
        "laptop 14 inch under 500",
    ]
    assert [reading.quote_part(part) for part in reading.parts] == [
        *("14 inch", "under 500", "-hp")
    ]


def test_filters_that_were_chosen_stay_and_the_closer_bound_counts() -> None:
    chosen = SearchFilters(categories=("Laptops",), min_price=100_00, max_price=400_00)

    filters = read_query("laptop 200 to 500").narrow_filters(chosen)

    assert filters.categories == ("Laptops",)
    assert (filters.min_price, filters.max_price) == (200_00, 400_00)


def test_what_is_read_does_not_depend_on_case_or_spaces() -> None:
    reading = read_query("  LAPTOP   Under 500   NOT  HP ")

    assert reading.remaining_text == "LAPTOP"
    assert [reading.quote_part(part) for part in reading.parts] == [
        *("Under 500", "NOT HP")
    ]


@given(st.text(max_size=200))
def test_any_text_is_read_and_its_parts_do_not_overlap(text: str) -> None:
    reading = read_query(text)

    ends = [0, *(part.end for part in reading.parts)]
    starts = [*(part.start for part in reading.parts), len(reading.text)]
    assert all(end <= start for end, start in zip(ends, starts, strict=True))


@given(
    st.lists(
        st.sampled_from(
            [
                "laptop",
                "under",
                "over",
                "500",
                "-",
                "to",
                "24",
                "inch",
                "not",
                "no",
                "-hp",
                ",",
                "€",
                "$",
                "between",
                "and",
                "1,5",
                "kg",
            ]
        ),
        max_size=12,
    )
)
def test_parts_in_any_order_are_read_without_an_error(words: list[str]) -> None:
    reading = read_query(" ".join(words))

    assert len(reading.remaining_text) <= len(" ".join(words))

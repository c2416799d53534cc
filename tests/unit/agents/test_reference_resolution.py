"""Which of the displayed items a customer means."""

from typing import Any

import pytest

from agents.local.reference_resolution import (
    find_variant,
    is_named,
    resolve_items,
    stem_words,
)
from tests.support.tool_results import build_details, build_product, build_variant

COPPER = build_product("Copper Kettle", price=49_00)
GLASS = build_product("Glass Kettle", price=9_00, brand="Nordlys")
LAMP = build_product("Desk Lamp", price=100_00)
DISPLAYED = [item.model_dump(mode="json") for item in (COPPER, GLASS, LAMP)]


def resolve(utterance: str, items: list[dict[str, Any]] = DISPLAYED) -> list[str]:
    return [item["name"] for item in resolve_items(items, utterance)]


@pytest.mark.parametrize(
    ("utterance", "names"),
    [
        ("the first one", ["Copper Kettle"]),
        ("the second one", ["Glass Kettle"]),
        ("number 3", ["Desk Lamp"]),
        ("the last one", ["Desk Lamp"]),
        ("the third and the first", ["Desk Lamp", "Copper Kettle"]),
        ("the second and the fourth", ["Glass Kettle"]),
        ("the fourth one", []),
        ("number 0", []),
        ("the cheapest", ["Glass Kettle"]),
        ("the most expensive one", ["Desk Lamp"]),
        ("the lamp", ["Desk Lamp"]),
        ("the lamps, please", ["Desk Lamp"]),
        ("the nordlys kettle", ["Glass Kettle"]),
        ("the kettle", []),
        ("the kettle lamp", []),
        ("the toaster", []),
        ("it", []),
    ],
)
def test_an_item_is_meant_by_position_price_or_name(
    utterance: str, names: list[str]
) -> None:
    assert resolve(utterance) == names


@pytest.mark.parametrize(
    "utterance", ["the first", "the last one", "the cheapest", "the dearest", "lamp"]
)
def test_nothing_is_meant_when_nothing_is_displayed(utterance: str) -> None:
    assert resolve(utterance, []) == []


def test_it_is_the_only_item() -> None:
    assert resolve("add it", DISPLAYED[:1]) == ["Copper Kettle"]
    assert resolve("add", DISPLAYED[:1]) == []


@pytest.mark.parametrize(
    ("utterance", "expected"),
    [
        ("glass kettle", True),
        ("Kettles from NORDLYS!", True),
        ("the glass kettle by nordlys", True),
        ("kettle", True),
        ("copper kettle", False),
        ("add it", False),
    ],
)
def test_every_search_term_is_in_the_name_or_the_brand(
    utterance: str, *, expected: bool
) -> None:
    assert is_named(DISPLAYED[1], utterance) is expected


def test_an_item_can_have_no_brand() -> None:
    assert not is_named(DISPLAYED[0], "none kettle")
    assert is_named({"name": "Copper Kettle"}, "copper kettle")


def test_words_are_compared_without_case_plural_and_punctuation() -> None:
    assert stem_words("Two (small) Lamps, 'Nordlys'!") == {
        "two",
        "small",
        "lamp",
        "'nordlys'",
    }


def test_the_size_s_is_a_word_and_punctuation_is_none() -> None:
    assert stem_words("S , !") == {"s"}


VARIANTS = build_details(
    "Scarf",
    variants=[
        build_variant("Scarf", "Color=Light Blue", "Size=S"),
        build_variant("Scarf", "Color=Blue", "Size=M"),
        build_variant("Scarf", "Color=Red", "Size=M"),
    ],
)["product"]["variants"]


@pytest.mark.parametrize(
    ("utterance", "index"),
    [
        ("the red one", 2),
        ("red,please", 2),
        ("size s", 0),
        ("light blue", 0),
        ("blue,m", 1),
        ("blue", None),
        ("size m", None),
        ("the green one", None),
        ("the first one", 0),
        ("number 2", 1),
        ("the last one", 2),
        ("the fourth one", None),
        ("the first or the second", None),
        ("the second red one", 2),
        ("blue, the second one", 1),
    ],
)
def test_a_variant_is_meant_by_its_options_or_its_position(
    utterance: str, index: int | None
) -> None:
    expected = None if index is None else VARIANTS[index]

    assert find_variant(VARIANTS, utterance) == expected


def test_the_only_variant_is_meant_by_its_options_too() -> None:
    assert find_variant(VARIANTS[:1], "the green one") is None
    assert find_variant(VARIANTS[:1], "light blue") == VARIANTS[0]


def test_without_variants_none_is_meant() -> None:
    assert find_variant([], "the red one") is None
    assert find_variant([], "the first one") is None

from datetime import UTC, datetime
from typing import Any

import pytest

from webapp.catalog.models import Product, Variant
from webapp.kit.ids import new_id
from webapp.search.document import build_document


def product(**overrides: Any) -> Product:
    defaults: dict[str, Any] = {
        "id": new_id(),
        "name": "Lamp",
        "description": "",
        "brand": None,
        "category": "Light",
        "tags": [],
        "attributes": {},
        "version": 4,
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
        "variants": [variant()],
    }
    return Product(**(defaults | overrides))


def variant(**overrides: Any) -> Variant:
    defaults = {
        "sku": "L-1",
        "options": {},
        "price_minor": 900,
        "on_hand": 2,
        "held": 0,
    }
    return Variant(**(defaults | overrides))


def test_the_cheapest_variant_sets_the_price_and_any_stock_counts() -> None:
    sizes = [
        variant(sku="L-1", price_minor=900, on_hand=2, held=2),
        variant(sku="L-2", price_minor=700, on_hand=3, held=2),
    ]

    document = build_document(product(variants=sizes), units_sold=7)

    assert (document.price_minor, document.in_stock, document.popularity) == (
        700,
        True,
        7,
    )
    assert (document.version, document.codes) == (4, ("L-1", "L-2"))


def test_held_units_are_not_in_stock() -> None:
    sold_out = product(variants=[variant(on_hand=2, held=2)])

    assert build_document(sold_out, units_sold=0).in_stock is False


def test_words_of_attributes_and_options_are_indexed_and_numbers_are_not() -> None:
    lamp = product(
        attributes={"Shade": "Linen", "Watts": 9, "Dim": True, "For": ["Desk", "Bed"]},
        variants=[
            variant(options={"Colour": "Red", "Size": "S"}),
            variant(options={"Colour": "Red", "Size": "L"}),
        ],
    )

    assert build_document(lamp, units_sold=0).attributes == "Linen Desk Bed Red S L"


def test_numbers_that_identify_a_product_are_codes() -> None:
    lamp = product(attributes={"EAN": ["4006381333931"], "Model": "X-10", "Kind": "Y"})

    assert build_document(lamp, units_sold=0).codes == ("L-1", "4006381333931", "X-10")


def test_a_number_of_a_code_is_found_whatever_its_type_and_other_numbers_are_not() -> (
    None
):
    lamp = product(
        attributes={
            "EAN-13": 4006381333931,
            "Part number": {"Europe": 4217.0},
            "Order no": 87654321,
            "Width": 400,
            "Dim": True,
        }
    )

    assert build_document(lamp, units_sold=0).codes == (
        *("L-1", "4006381333931", "4217", "87654321"),
    )


@pytest.mark.parametrize(
    ("attributes", "codes"),
    [
        ({"EAN": 4006381333931.0}, ("4006381333931",)),
        ({"partNumber": 4217}, ("4217",)),
        ({"part_number": "42-315/B"}, ("42-315/B",)),
        ({"Identifiers": {"MPN": "X-10", "Color": "Red"}}, ("X-10",)),
        ({"Bestellnummer": "4006 3813"}, ("4006 3813",)),
        ({"Serial": "1" * 5000}, ("1" * 5000,)),
        ({"Year": 2019, "Watts": 9.5, "Dim": True, "Apart": "two"}, ()),
    ],
)
def test_a_code_is_one_in_any_form_and_depth(
    attributes: dict[str, Any], codes: tuple[str, ...]
) -> None:
    lamp = product(attributes=attributes)

    assert build_document(lamp, units_sold=0).codes == ("L-1", *codes)


def test_values_of_one_word_are_qualities_but_not_the_type_of_the_product() -> None:
    lamp = product(
        attributes={
            "Color": "Black",
            "Ports": "HDMI, USB/VGA",
            "Use": {"Room": ["Desk", "Living room"]},
            "Type": "Lamp",
            "productType": "Light",
            "Shade type": "Linen",
            "Watts": 9,
        },
        variants=[variant(options={"Finish": "Matte"})],
    )

    assert build_document(lamp, units_sold=0).qualities == (
        *("Black", "HDMI", "USB", "VGA", "Desk", "Linen", "Matte"),
    )

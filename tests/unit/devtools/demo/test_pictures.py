"""Pictures are well-formed, safe SVG documents in the product's colors."""

from xml.etree import ElementTree as ET

import pytest

from webapp.devtools.demo.catalog import DemoProduct, load_catalog
from webapp.devtools.demo.palette import COLORS, build_shades, darken, lighten
from webapp.devtools.demo.pictures import render_picture

PRODUCTS = load_catalog()
SVG = "{http://www.w3.org/2000/svg}"


def parse_picture(product: DemoProduct) -> ET.Element:
    return ET.fromstring(render_picture(product))  # noqa: S314 generated here


def test_every_product_has_a_picture_that_parses() -> None:
    for product in PRODUCTS:
        root = parse_picture(product)

        assert root.tag == f"{SVG}svg"
        assert root.attrib["viewBox"] == "0 0 400 400"
        assert root.findtext(f"{SVG}title") == product.name
        assert len(root.findall(f"{SVG}g//")) >= 3, product.slug


def test_pictures_are_small_and_have_no_unfilled_variables() -> None:
    for product in PRODUCTS:
        picture = render_picture(product)

        assert "$" not in picture, product.slug
        assert len(picture) < 6_000, product.slug


def test_no_two_products_look_the_same() -> None:
    assert len({render_picture(product) for product in PRODUCTS}) == len(PRODUCTS)


def test_a_product_looks_the_same_every_time() -> None:
    assert render_picture(PRODUCTS[0]) == render_picture(PRODUCTS[0])


def test_pictures_contain_nothing_that_runs_or_loads() -> None:
    allowed = {"svg", "title", "rect", "circle", "ellipse", "path", "g", "text"}
    tags = {
        element.tag.removeprefix(SVG)
        for product in PRODUCTS
        for element in parse_picture(product).iter()
    }

    assert tags <= allowed


def test_the_cover_of_a_book_shows_its_title() -> None:
    [book] = [p for p in PRODUCTS if p.name == "The Cartographer's Apprentice"]
    texts = [e.text for e in parse_picture(book).iter(f"{SVG}text")]

    assert texts == ["The", "Cartographer's", "Apprentice"]


def test_the_picture_is_stored_where_the_web_server_looks_for_it() -> None:
    [mug] = [p for p in PRODUCTS if p.slug == "kiln-co-stoneware-mug-350-ml"]

    assert mug.picture_path == "media/products/kiln-co-stoneware-mug-350-ml.svg"
    assert mug.image_url == "/media/products/kiln-co-stoneware-mug-350-ml.svg"


def test_the_shades_are_of_the_given_colors() -> None:
    shades = build_shades("teal", "coral")

    assert (shades["main"], shades["accent"]) == (COLORS["teal"], COLORS["coral"])


@pytest.mark.parametrize(
    ("shaded", "expected"),
    [
        (lighten("#000000", 0.5), "#808080"),
        (lighten("#102030", 0), "#102030"),
        (lighten("#102030", 1), "#ffffff"),
        (darken("#808080", 0.5), "#404040"),
        (darken("#dda63a", 1), "#dda63a"),
    ],
)
def test_colors_are_lightened_or_darkened(shaded: str, expected: str) -> None:
    assert shaded == expected

import re
from pathlib import Path
from typing import Literal

import pytest

from webapp.imports import mapping
from webapp.imports.columns import Column
from webapp.imports.errors import WrongMapping
from webapp.imports.mapping import KindRule

SMALL = """
kind = "products"
source = "acme"
id = "no"
name = "title"
price = "price"
"""


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("products", "icecat"),
        ("orders", "online-retail"),
        ("products", None),
        ("orders", None),
    ],
)
def test_the_built_in_mappings_are_valid(
    kind: Literal["products", "orders"], name: str | None
) -> None:
    assert mapping.load_mapping(kind, name).kind == kind


@pytest.mark.parametrize("kind", ["products", "orders"])
def test_the_templates_are_valid_mappings_with_and_without_optional_parts(
    kind: str,
) -> None:
    template = mapping.read_builtin_mapping(f"{kind}-template")
    full = re.sub(r"^# (?=\w[\w.\" -]* = |\[)", "", template, flags=re.MULTILINE)

    assert mapping.parse_mapping(template, kind=kind, name="t").source == "my-shop"
    assert mapping.parse_mapping(full, kind=kind, name="t").source == "my-shop"


@pytest.mark.parametrize(
    ("added", "message"),
    [
        ("color = 'c'", "color: Extra inputs are not permitted"),
        ("stock = { column = 'a', constant = 1 }", "either a column or a constant"),
        ("sku = { column = 'a', remove = '(' }", "is not a regular expression"),
        ("brand = { column = 'a', time_zone = 'Mars' }", "is not a time zone"),
        ("brand =", "is not TOML"),
    ],
)
def test_a_mistake_is_explained_in_a_sentence(added: str, message: str) -> None:
    with pytest.raises(WrongMapping, match=message.replace("(", r"\(")):
        mapping.parse_mapping(SMALL + added, kind="products", name="acme.toml")


def test_the_error_for_an_invalid_path_lists_the_built_in_mappings(
    tmp_path: Path,
) -> None:
    with pytest.raises(WrongMapping, match="icecat, online-retail"):
        mapping.load_mapping("products", str(tmp_path / "none.toml"))


@pytest.mark.parametrize(
    ("kind", "columns", "name"),
    [
        ("products", {"id", "title", "price_cents", "brand"}, "icecat"),
        ("products", {"productId", "name", "price"}, None),
        ("products", {"productId", "name", "id", "title", "price_cents"}, "icecat"),
        (
            "products",
            {"productId", "name", "price", "id", "title", "price_cents"},
            None,
        ),
        ("products", {"id", "title"}, None),
        ("orders", {"id", "title", "price_cents"}, None),
    ],
)
def test_a_built_in_mapping_is_detected_when_the_apis_own_names_do_not_fit(
    kind: Literal["products", "orders"], columns: set[str], name: str | None
) -> None:
    assert mapping.detect_mapping(kind, columns) == name


def test_a_column_can_be_cleaned_translated_and_defaulted() -> None:
    column = Column(
        column="a.b", remove=r"\.0$", values={"NB": "Notebooks"}, default="Other"
    )

    assert column.extract_value({"a": {"b": "NB"}}) == "Notebooks"
    assert column.extract_value({"a": {"b": "17850.0"}}) == "17850"
    assert column.extract_value({"a": {"b": ""}}) == "Other"
    assert column.extract_value({"a": None}) == "Other"
    assert column.extract_value({"a.b": "flat"}) == "flat"


def test_all_conditions_of_a_kind_must_hold() -> None:
    rule = KindRule(kind="RETURN", order="C", quantity="negative")

    assert rule.matches(order="C5", quantity=-1, price_minor=5)
    assert not rule.matches(order="C5", quantity=1, price_minor=5)
    assert not rule.matches(order="5C", quantity=-1, price_minor=5)


def test_missing_required_columns_are_listed_by_name() -> None:
    small = mapping.parse_mapping(SMALL, kind="products", name="acme.toml")

    assert small.find_missing_columns({"no", "price"}) == ["title"]
    assert mapping.load_mapping("orders", None).find_missing_columns(
        {"items", "orderId"}
    ) == ["timestamp"]

"""Products as PostgreSQL writes them are those that the views describe."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from tests.support.factories import RowFactory
from webapp.catalog import service
from webapp.catalog.errors import ProductNotFound
from webapp.catalog.models import Product
from webapp.catalog.views import ProductView
from webapp.db.session import Database
from webapp.kit.paging import BadCursor

Change = Callable[[Product], None]
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3)
    ),
    max_leaves=5,
)


def insert_product(db: Database, change: Change, *, variants: int = 1) -> UUID:
    with db.unit_of_work() as session:
        product = RowFactory(session).product(variants=variants)
        change(product)
        return product.id


def read_view(session: Session, product_id: UUID) -> Any:
    product = service.require_product(session, product_id=product_id)
    return json.loads(ProductView.from_product(product).model_dump_json())


def assert_same(db: Database, product_id: UUID) -> None:
    written = json.loads(service.require_public_json(db, product_id=product_id))
    with db.unit_of_work() as session:
        assert written == read_view(session, product_id)
    page = service.list_public_json(db, category=None, limit=1, last_key=None)
    assert [json.loads(each.json) for each in page.items] == [written]


def set_all(product: Product) -> None:
    product.brand, product.image_url = "Nørdlys", "/media/a.webp"
    product.tags = ["gift", "50 % off", '"']
    product.attributes = {"Care": "30 °C", "Size": {"cm": [1.5, 2, None, True]}}
    product.version = 7
    product.created_at = datetime(2026, 2, 2, 8, 0, 0, 123_999, UTC)
    product.updated_at = datetime(2026, 12, 31, 23, 59, 59, 999_999, UTC)


def sell_and_hold(product: Product) -> None:
    for number, variant in enumerate(product.variants):
        variant.price_minor, variant.held = 1999 - number, number
        variant.options = {"Size": f"{number}", "Couleur": "été"}


@pytest.mark.parametrize(
    ("change", "variants"),
    [
        (lambda _: None, 1),
        (lambda _: None, 0),
        (set_all, 1),
        (sell_and_hold, 3),
        (lambda product: setattr(product.variants[0], "price_minor", 0), 1),
        (lambda product: setattr(product.variants[0], "price_minor", 99_999_999_99), 1),
    ],
)
def test_the_json_is_that_of_the_view(
    database: Database, change: Change, variants: int
) -> None:
    assert_same(database, insert_product(database, change, variants=variants))


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=TEXTS, attributes=st.dictionaries(TEXTS, JSON_VALUES, max_size=3))
def test_any_text_and_attribute_is_written_as_the_view_does(
    database: Database, text: str, attributes: dict[str, Any]
) -> None:
    def change(product: Product) -> None:
        product.description, product.attributes = text, attributes
        product.tags = [text]

    assert_same(database, insert_product(database, change))


def test_a_read_is_one_statement_without_a_transaction(
    database: Database, statements: list[str]
) -> None:
    product_id = insert_product(database, lambda _: None)
    statements.clear()

    service.require_public_json(database, product_id=product_id)
    service.list_public_json(database, category="kitchen", limit=20, last_key=None)

    assert len(statements) == 2


def test_a_withdrawn_product_is_not_found(database: Database) -> None:
    product_id = insert_product(database, lambda p: setattr(p, "is_active", False))

    with pytest.raises(ProductNotFound):
        service.require_public_json(database, product_id=product_id)


def test_a_cursor_that_was_not_given_out_is_refused(database: Database) -> None:
    with pytest.raises(BadCursor):
        service.list_public_json(database, category=None, limit=1, last_key="x")

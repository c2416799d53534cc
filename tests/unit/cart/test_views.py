from datetime import UTC, datetime
from uuid import UUID

from webapp.cart.read_models import CartRow
from webapp.cart.views import CartLineView


def test_a_line_shows_the_product_at_its_current_price() -> None:
    row = CartRow(
        product_id=UUID(int=1),
        variant_id=UUID(int=2),
        name="Lamp",
        sku="L-1",
        category="Light",
        brand=None,
        tags=[],
        image_url="/media/lamp.svg",
        options={"Size": "S"},
        currency="EUR",
        is_active=True,
        quantity=3,
        added_price_minor=4_00,
        seen_price_minor=4_00,
        price_minor=5_00,
        stock=7,
        added_at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    )

    assert CartLineView.from_row(row).model_dump(mode="json", by_alias=True) == {
        "productId": str(UUID(int=1)),
        "variantId": str(UUID(int=2)),
        "name": "Lamp",
        "options": {"Size": "S"},
        "imageUrl": "/media/lamp.svg",
        "quantity": 3,
        "price": 5.0,
        "lineTotal": 15.0,
        "currency": "EUR",
        "stock": 7,
        "addedAt": 1_772_357_400_000,
    }

"""What a client is told when a cart cannot be changed as it asks."""

from uuid import UUID

import pytest

from webapp.cart.errors import NotEnoughStock, NotInCart

LAMP, SHADE = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("available", "message"), [(2, "Only 2 left in stock"), (0, "Sold out just now")]
)
def test_too_few_units_are_counted(available: int, message: str) -> None:
    error = NotEnoughStock(product_id=LAMP, wanted=3, available=available)

    assert error.message == message
    assert error.details == {"product_id": LAMP, "wanted": 3, "available": available}


def test_what_is_not_in_the_cart_is_named() -> None:
    error = NotInCart(product_id=LAMP, variant_id=SHADE)

    assert error.message == "The product is not in the cart"
    assert error.details == {"product_id": LAMP, "variant_id": SHADE}

"""How much of a product may be put in a cart, whatever the entry point."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from tests.support.factories import RowFactory
from webapp.cart import service
from webapp.cart.errors import BadQuantity, NotEnoughStock


@pytest.mark.parametrize("quantity", [-1, 0, 1000])
@pytest.mark.parametrize("put", [service.set_quantity, service.add_quantity])
def test_a_quantity_is_from_1_to_999(
    session: Session,
    make: RowFactory,
    put: Callable[..., None],
    quantity: int,
) -> None:
    owner_id, kettle_id = make.customer().id, make.product(stock=5000).id

    with pytest.raises(BadQuantity):
        put(session, owner_id=owner_id, product_id=kettle_id, quantity=quantity)

    put(session, owner_id=owner_id, product_id=kettle_id, quantity=999)


@pytest.mark.parametrize("put", [service.set_quantity, service.add_quantity])
def test_all_that_is_in_stock_of_a_variant_can_be_put_in_the_cart_and_not_one_more(
    session: Session, make: RowFactory, put: Callable[..., None]
) -> None:
    owner_id, shirt = make.customer().id, make.product(stock=3, variants=2)
    _, medium = shirt.variants
    wanted = {"product_id": shirt.id, "variant_id": medium.id}

    with pytest.raises(NotEnoughStock) as error, session.begin_nested():
        put(session, owner_id=owner_id, quantity=4, **wanted)

    assert error.value.details == {
        "product_id": shirt.id,
        "wanted": 4,
        "available": 3,
    }
    put(session, owner_id=owner_id, quantity=3, **wanted)
    [line] = service.read_contents(session, owner_id=owner_id).lines
    assert (line.variant_id, line.quantity) == (medium.id, 3)

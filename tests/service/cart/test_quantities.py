"""How much of a product may be put in a cart, whatever the entry point."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from tests.support.factories import RowFactory
from webapp.cart import service
from webapp.cart.errors import BadQuantity


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

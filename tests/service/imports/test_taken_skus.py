import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.support.factories import RowFactory
from webapp.catalog.errors import SkuTaken
from webapp.catalog.models import Product
from webapp.imports import repository


def test_what_was_read_before_a_sku_was_taken_is_read_again(
    session: Session, make: RowFactory
) -> None:
    kettle, lamp = make.product(), make.product()
    [taken], [other] = kettle.variants, lamp.variants

    with pytest.raises(SkuTaken), repository.open_savepoint(session, [taken.sku]):
        other.sku = taken.sku
    # As another connection does it: the session does not know.
    session.connection().execute(update(Product).values(name="Torch"))

    assert kettle.name == "Torch"
    assert other.sku != taken.sku

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.support.factories import RowFactory
from webapp.catalog.errors import SkuTaken
from webapp.catalog.models import Product
from webapp.imports import repository


def test_rows_are_read_again_after_a_sku_conflict(
    session: Session, make: RowFactory
) -> None:
    kettle, lamp = make.product(), make.product()
    [taken], [other] = kettle.variants, lamp.variants

    with pytest.raises(SkuTaken), repository.open_savepoint(session, [taken.sku]):
        other.sku = taken.sku
    # Like an update by another connection: the session does not notice it.
    session.connection().execute(update(Product).values(name="Torch"))

    assert kettle.name == "Torch"
    assert other.sku != taken.sku

"""What is sold has a price, whoever enters it."""

import pytest
from sqlalchemy.orm import Session

from tests.support.factories import RowFactory
from webapp.catalog import service
from webapp.catalog.drafts import FlatDraft, ProductDraft, VariantDraft
from webapp.catalog.errors import PriceNeeded
from webapp.kit.money import Currency


def draft(*variants: VariantDraft, flat: FlatDraft | None = None) -> ProductDraft:
    return ProductDraft(
        name="Lamp",
        category="Light",
        currency=Currency.USD,
        variants=variants,
        flat=flat,
    )


@pytest.mark.parametrize(
    "priceless",
    [
        draft(),
        draft(flat=FlatDraft(None, 5)),
        draft(VariantDraft(None, 5)),
        draft(VariantDraft(100, 5), VariantDraft(None, 5)),
    ],
)
def test_a_new_product_needs_a_price(session: Session, priceless: ProductDraft) -> None:
    with pytest.raises(PriceNeeded) as error:
        service.create_product(session, draft=priceless)

    assert (error.value.code, error.value.message) == (
        "PRICE_NEEDED",
        "A new product, and each new variant, needs a price",
    )


@pytest.mark.parametrize(
    "priced", [draft(flat=FlatDraft(0, None)), draft(VariantDraft(0, None))]
)
def test_a_new_product_may_be_free_and_have_no_stock(
    session: Session, priced: ProductDraft
) -> None:
    product = service.create_product(session, draft=priced)

    [variant] = product.variants
    assert (variant.price_minor, variant.stock) == (0, 0)


def test_a_variant_that_is_there_keeps_its_price_and_a_new_one_needs_one(
    session: Session, make: RowFactory
) -> None:
    lamp = make.product(price_minor=22_50)
    kept = VariantDraft(None, 3, variant_id=lamp.variants[0].id)

    service.change_product(session, product_id=lamp.id, draft=draft(kept), version=None)
    assert [each.price_minor for each in lamp.variants] == [22_50]

    with pytest.raises(PriceNeeded):
        service.change_product(
            session,
            product_id=lamp.id,
            draft=draft(kept, VariantDraft(None, 1)),
            version=None,
        )

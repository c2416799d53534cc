"""No price is charged that the customer has not seen."""

from uuid import UUID

import pytest
from sqlalchemy import update

from tests.support.checkout import POLICY, CheckoutHarness
from webapp.cart import service as carts
from webapp.catalog.models import Variant
from webapp.checkout.errors import TotalChanged
from webapp.kit.money import to_minor


@pytest.fixture
def buyer(shop: CheckoutHarness) -> UUID:
    """With two kettles of $15 in the cart."""
    buyer, kettle = shop.customer(), shop.variant(price_minor=15_00)
    shop.fill_cart(buyer, kettle, 2)
    return buyer


def change_price(shop: CheckoutHarness, price_minor: int) -> None:
    with shop.db.unit_of_work() as session:
        session.execute(update(Variant).values(price_minor=price_minor))


def view_cart(shop: CheckoutHarness, owner_id: UUID) -> carts.Cart:
    with shop.db.unit_of_work() as session:
        return carts.view_taxed_cart(session, owner_id=owner_id, taxes=POLICY.taxes)


@pytest.mark.parametrize("price_minor", [150_00, 15_01, 10_00])
@pytest.mark.parametrize("currency", [None, "EUR"])
def test_a_price_that_has_changed_since_is_not_charged(
    shop: CheckoutHarness, buyer: UUID, price_minor: int, currency: str | None
) -> None:
    change_price(shop, price_minor)

    with pytest.raises(TotalChanged) as error:
        shop.place(buyer, currency=currency)
    assert shop.count_orders() == 0

    # The error does not count as seen: a blind retry gets it again.
    with pytest.raises(TotalChanged):
        shop.place(buyer, currency=currency)
    total_minor = to_minor(str(error.value.details["total_amount"]))
    order = shop.place(buyer, currency=currency, expected_total_minor=total_minor)
    assert order.total_minor == total_minor


def test_a_cart_that_was_read_after_the_change_is_ordered(
    shop: CheckoutHarness, buyer: UUID
) -> None:
    change_price(shop, 150_00)
    shown = view_cart(shop, buyer)

    order = shop.place(buyer)

    assert order.total_minor == shown.totals.total_minor == 324_00


def test_the_cart_still_says_that_the_price_has_changed(
    shop: CheckoutHarness, buyer: UUID
) -> None:
    change_price(shop, 150_00)

    for _ in range(2):
        [issue] = view_cart(shop, buyer).issues
        assert issue.code == "PRICE_CHANGED"


def test_a_price_that_changes_again_is_not_charged(
    shop: CheckoutHarness, buyer: UUID
) -> None:
    change_price(shop, 150_00)
    view_cart(shop, buyer)
    change_price(shop, 160_00)

    with pytest.raises(TotalChanged):
        shop.place(buyer)


def test_a_price_that_is_as_it_was_shown_is_charged(
    shop: CheckoutHarness, buyer: UUID
) -> None:
    change_price(shop, 150_00)
    change_price(shop, 15_00)

    assert shop.place(buyer).total_minor == 32_40

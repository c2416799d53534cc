from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from tests.support.factories import RowFactory
from webapp.cart import service
from webapp.cart.errors import MixedCurrencies, NotInCart
from webapp.cart.issues import IssueCode
from webapp.cart.taxes import TaxTable


def test_contents_are_the_lines_and_issues_of_the_cart_in_one_statement(
    session: Session, make: RowFactory, statements: list[str]
) -> None:
    owner_id = make.customer().id
    for product in (make.product(), make.product(name="Lamp")):
        service.set_quantity(
            session, owner_id=owner_id, product_id=product.id, quantity=2
        )
    product.variants[0].on_hand = 1
    session.flush()
    statements.clear()

    contents = service.read_contents(session, owner_id=owner_id)

    assert len(statements) == 1
    assert [line.name for line in contents.lines] == ["Kettle", "Lamp"]
    assert [(issue.code, issue.variant_id) for issue in contents.issues] == [
        (IssueCode.NOT_ENOUGH_STOCK, product.variants[0].id)
    ]
    cart = service.view_taxed_cart(
        session, owner_id=owner_id, taxes=TaxTable(Decimal(8), {})
    )
    assert (cart.lines, cart.issues) == (contents.lines, contents.issues)
    assert (cart.totals.subtotal_minor, cart.totals.tax_minor) == (10_000, 800)


@pytest.mark.parametrize("by_variant", [False, True])
def test_what_one_customer_removes_stays_in_the_cart_of_another(
    session: Session, make: RowFactory, *, by_variant: bool
) -> None:
    owner_id, other_id, kettle = make.customer().id, make.customer().id, make.product()
    for customer_id in (owner_id, other_id):
        service.set_quantity(
            session, owner_id=customer_id, product_id=kettle.id, quantity=2
        )

    service.remove_product(
        session,
        owner_id=owner_id,
        product_id=None if by_variant else kettle.id,
        variant_id=kettle.variants[0].id if by_variant else None,
    )

    assert service.read_contents(session, owner_id=owner_id).lines == ()
    [line] = service.read_contents(session, owner_id=other_id).lines
    assert line.quantity == 2


def test_what_is_not_in_the_cart_cannot_be_removed(
    session: Session, customer_id: UUID
) -> None:
    product_id, variant_id = UUID(int=1), UUID(int=2)

    with pytest.raises(NotInCart) as error:
        service.remove_product(
            session, owner_id=customer_id, product_id=product_id, variant_id=variant_id
        )

    assert error.value.details == {"product_id": product_id, "variant_id": variant_id}


@pytest.mark.parametrize("put", [service.set_quantity, service.add_quantity])
def test_a_product_in_another_currency_than_the_carts_is_refused(
    session: Session, make: RowFactory, customer_id: UUID, put: Callable[..., None]
) -> None:
    for product in (make.product(currency="USD"), make.product(currency="USD")):
        put(session, owner_id=customer_id, product_id=product.id, quantity=1)
    pounds = make.product(currency="GBP")

    with pytest.raises(MixedCurrencies) as error:
        put(session, owner_id=customer_id, product_id=pounds.id, quantity=1)

    assert error.value.message == "The cart is in USD; this costs GBP"
    put(session, owner_id=make.customer().id, product_id=pounds.id, quantity=1)


@pytest.mark.parametrize(
    ("destination", "tax_minor"),
    [
        ({}, 8_00),
        ({"country": "DE"}, 19_00),
        ({"country": "US"}, 8_00),
        ({"country": "US", "state": "CA"}, 7_25),
    ],
)
def test_the_tax_of_a_cart_is_that_of_its_country_and_state(
    session: Session,
    make: RowFactory,
    customer_id: UUID,
    destination: dict[str, str],
    tax_minor: int,
) -> None:
    taxes = TaxTable(Decimal(8), {"DE": Decimal(19), "US-CA": Decimal("7.25")})
    kettle = make.product(price_minor=100_00)
    service.set_quantity(
        session, owner_id=customer_id, product_id=kettle.id, quantity=1
    )

    cart = service.view_taxed_cart(
        session, owner_id=customer_id, taxes=taxes, **destination
    )

    assert cart.totals.tax_minor == tax_minor

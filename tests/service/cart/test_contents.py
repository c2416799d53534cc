from decimal import Decimal

from sqlalchemy.orm import Session

from tests.support.factories import RowFactory
from webapp.cart import service
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

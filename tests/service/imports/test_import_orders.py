from sqlalchemy import select
from sqlalchemy.orm import selectinload

from tests.support.imports import ImportHarness
from webapp.catalog.models import Product
from webapp.imports.models import StagedLine
from webapp.imports.progress import ImportCounts
from webapp.orders.models import Order, OrderEvent, OrderItem

HOLDER = (
    "536365,85123A,T-LIGHT HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom"
)
LANTERN = "536365,71053,METAL LANTERN,2,2010-12-01 08:27:00,3.39,17850.0,United Kingdom"
GUEST = "536366,85123A,,1,2010-12-01 09:00:00,2.95,,France"
TAKEN_BACK = "C536379,85123A,T-LIGHT HOLDER,-1,2010-12-02 09:41:00,2.55,17850.0,France"
SKU = 'sku = "sku"'
WRITTEN_OFF = (
    "A563186,B,Adjust bad debt,1,2011-08-12 14:51:00,-11062.06,,United Kingdom"
)


def orders(importing: ImportHarness) -> dict[str, Order]:
    with importing.db.unit_of_work() as session:
        found = session.scalars(
            select(Order)
            .options(selectinload(Order.items), selectinload(Order.events))
            .order_by(Order.number)
        )
        return {str(order.external_ref).partition(":")[2]: order for order in found}


def lines(order: Order) -> list[tuple[int, str, str, int, int]]:
    return [
        (each.position, each.kind, each.sku, each.quantity, each.line_total_minor)
        for each in order.items
    ]


def test_lines_become_orders_that_are_over(importing: ImportHarness) -> None:
    summary = importing.import_retail_orders(
        HOLDER, GUEST, LANTERN, TAKEN_BACK, WRITTEN_OFF
    )

    found = orders(importing)
    assert summary.counts == ImportCounts(created=5, orders=4, products=3)
    assert list(found) == ["536365", "536366", "C536379", "A563186"]
    split = found["536365"]
    assert lines(split) == [
        (0, "SALE", "85123A", 6, 1530),
        (1, "SALE", "71053", 2, 678),
    ]
    assert (split.status, split.payment_status) == ("DELIVERED", "PAID")
    assert (split.subtotal_minor, split.tax_minor, split.total_minor) == (2208, 0, 2208)
    assert (split.currency, split.customer_ref) == ("GBP", "online-retail:17850")
    assert split.placed_at.isoformat() == "2010-12-01T08:26:00+00:00"
    assert split.shipping_address == {"country": "United Kingdom"}
    assert [(event.type, event.actor) for event in split.events] == [
        ("IMPORTED", "system")
    ]


def test_returns_adjustments_and_guests_stay_what_they_are(
    importing: ImportHarness,
) -> None:
    importing.import_retail_orders(HOLDER, GUEST, TAKEN_BACK, WRITTEN_OFF)

    found = orders(importing)
    guest = found["536366"]
    assert (guest.customer_id, guest.customer_ref) == (None, None)
    assert guest.items[0].name == "T-LIGHT HOLDER"
    assert lines(found["C536379"]) == [(0, "RETURN", "85123A", -1, -255)]
    assert found["C536379"].payment_status == "REFUNDED"
    assert lines(found["A563186"]) == [(0, "ADJUSTMENT", "B", 1, -1106206)]


def test_products_that_only_lines_know_are_created_inactive(
    importing: ImportHarness,
) -> None:
    often = LANTERN.replace("METAL", "WHITE METAL").replace("536365", "536370")

    importing.import_retail_orders(
        LANTERN, often, often, HOLDER, HOLDER.replace("85123A", "85123a")
    )

    with importing.db.unit_of_work() as session:
        found = session.scalars(
            select(Product)
            .options(selectinload(Product.variants))
            .order_by(Product.external_ref)
        ).all()
        assert [
            (p.external_ref, p.name, p.category, p.is_active, p.variants[0].price_minor)
            for p in found
        ] == [
            (
                "online-retail:71053",
                "WHITE METAL LANTERN",
                "Candles & lights",
                False,
                339,
            ),
            ("online-retail:85123A", "T-LIGHT HOLDER", "Candles & lights", False, 255),
            ("online-retail:85123a", "T-LIGHT HOLDER", "Candles & lights", False, 255),
        ]
        items = session.scalars(select(OrderItem)).all()
        assert {each.product_id for each in items} == {each.id for each in found}
        assert all(each.variant_id is not None for each in items)


def test_exact_duplicates_stay_two_lines_and_come_in_once(
    importing: ImportHarness,
) -> None:
    first = importing.import_retail_orders(HOLDER, HOLDER, GUEST)
    before = orders(importing)

    again = importing.import_retail_orders(HOLDER, HOLDER, GUEST)

    assert first.counts == ImportCounts(created=3, orders=2, products=1)
    assert again.counts == ImportCounts(unchanged=3, orders=2)
    assert lines(orders(importing)["536365"]) == [
        (0, "SALE", "85123A", 6, 1530),
        (1, "SALE", "85123A", 6, 1530),
    ]
    assert [(o.number, o.updated_at, len(o.events)) for o in before.values()] == [
        (o.number, o.updated_at, len(o.events)) for o in orders(importing).values()
    ]


def test_a_corrected_file_changes_what_it_corrects(importing: ImportHarness) -> None:
    importing.import_retail_orders(HOLDER, HOLDER, LANTERN, GUEST)

    summary = importing.import_retail_orders(
        HOLDER, LANTERN.replace(",2,", ",3,"), GUEST
    )

    order = orders(importing)["536365"]
    assert summary.counts == ImportCounts(updated=1, unchanged=2, orders=2)
    assert lines(order) == [
        (0, "SALE", "85123A", 6, 1530),
        (1, "SALE", "71053", 3, 1017),
    ]
    assert order.total_minor == 2547
    assert [event.type for event in order.events] == ["IMPORTED", "IMPORTED"]


def test_a_rejected_line_keeps_its_place_for_a_better_one(
    importing: ImportHarness,
) -> None:
    broken = LANTERN.replace("3.39", "0.001")

    first = importing.import_retail_orders(
        HOLDER, broken, GUEST.replace("536366", "536365")
    )
    assert first.counts == ImportCounts(created=2, rejected=1, orders=1, products=1)
    assert importing.read_rejects()[0]["line"] == 3
    assert importing.read_rejects()[0]["reason"] == "price: 0.001 is finer than a cent"

    second = importing.import_retail_orders(
        HOLDER, LANTERN, GUEST.replace("536366", "536365")
    )

    assert second.counts == ImportCounts(created=1, unchanged=2, orders=1, products=1)
    assert [item.position for item in orders(importing)["536365"].items] == [0, 1, 2]


def test_a_line_in_another_currency_than_its_order_is_rejected(
    importing: ImportHarness,
) -> None:
    euros = {"orderId": "1", "timestamp": 1, "sku": "A", "quantity": 1, "price": 5}
    pounds = {**euros, "currency": "GBP"}

    summary = importing.import_orders(
        [{**euros, "currency": "EUR"}, pounds, euros | {"orderId": 2}]
    )

    assert summary.counts == ImportCounts(created=2, rejected=1, orders=2, products=1)
    [reject] = importing.read_rejects()
    assert reject["line"] == 2
    assert reject["reason"] == "currency: GBP in an order that began in EUR"
    assert orders(importing)["1"].total_minor == 500


def test_lines_find_the_products_that_were_imported_before(
    importing: ImportHarness,
) -> None:
    importing.import_products(
        [{"id": "P7", "name": "Kettle", "price": 25, "sku": "K-1"}], toml=SKU
    )
    line = {"orderId": "1", "timestamp": 1, "quantity": 1, "price": 5}

    summary = importing.import_orders(
        [
            {**line, "sku": "K-1"},
            {**line, "sku": "old number", "productId": "P7"},
            {**line, "sku": "unknown"},
        ]
    )

    assert summary.counts == ImportCounts(created=3, orders=1, products=1)
    [order] = orders(importing).values()
    first, second, third = order.items
    assert first.product_id == second.product_id != third.product_id
    assert (first.name, first.category) == ("Kettle", "Other")
    assert first.variant_id == second.variant_id is not None


def test_a_sku_of_another_shop_is_not_taken_for_ours(importing: ImportHarness) -> None:
    importing.import_products(
        [{"id": "1", "name": "Kettle", "price": 1, "sku": "85123A"}], toml=SKU
    )

    importing.import_retail_orders(HOLDER)

    with importing.db.unit_of_work() as session:
        ours = session.scalars(
            select(Product)
            .where(Product.external_ref == "online-retail:85123A")
            .options(selectinload(Product.variants))
        ).one()
        assert ours.variants[0].sku == "online-retail:85123A"
        item = session.scalars(select(OrderItem)).one()
        assert (item.product_id, item.sku) == (ours.id, "85123A")


def test_a_dry_run_reports_the_same_and_leaves_no_trace(
    importing: ImportHarness,
) -> None:
    importing.import_retail_orders(HOLDER)
    changed = HOLDER.replace(",6,", ",7,")

    dry = importing.import_retail_orders(changed, LANTERN, GUEST, "x", dry_run=True)

    assert lines(orders(importing)["536365"]) == [(0, "SALE", "85123A", 6, 1530)]
    with importing.db.unit_of_work() as session:
        assert session.scalars(select(StagedLine)).all() == []
        assert len(session.scalars(select(Product)).all()) == 1
        assert len(session.scalars(select(OrderEvent)).all()) == 1
    real = importing.import_retail_orders(changed, LANTERN, GUEST, "x")
    assert dry.counts == real.counts
    assert real.counts == ImportCounts(
        created=2, updated=1, rejected=1, orders=2, products=1
    )

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from tests.support.imports import ImportHarness
from webapp.catalog.models import Product, Variant
from webapp.imports.models import StagedLine
from webapp.imports.progress import ImportCounts
from webapp.orders.models import Order, OrderEvent, OrderItem

HOLDER = (
    "536365,85123A,T-LIGHT HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom"
)
LANTERN = "536365,71053,METAL LANTERN,2,2010-12-01 08:27:00,3.39,17850.0,United Kingdom"
GUEST = "536366,85123A,,1,2010-12-01 09:00:00,2.95,,France"
RETURNED = "C536379,85123A,T-LIGHT HOLDER,-1,2010-12-02 09:41:00,2.55,17850.0,France"
SKU = 'sku = "sku"'
LINE = {
    "orderId": "1",
    "timestamp": 1,
    "quantity": 1,
    "currency": "USD",
    "price": 1,
}
WRITTEN_OFF = (
    "A563186,B,Adjust bad debt,1,2011-08-12 14:51:00,-11062.06,,United Kingdom"
)


def orders(harness: ImportHarness) -> dict[str, Order]:
    with harness.db.unit_of_work() as session:
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


def test_lines_become_past_orders(harness: ImportHarness) -> None:
    summary = harness.import_retail_orders(
        HOLDER, GUEST, LANTERN, RETURNED, WRITTEN_OFF
    )

    found = orders(harness)
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


def test_returns_adjustments_and_guests_are_imported_as_such(
    harness: ImportHarness,
) -> None:
    harness.import_retail_orders(HOLDER, GUEST, RETURNED, WRITTEN_OFF)

    found = orders(harness)
    guest = found["536366"]
    assert (guest.customer_id, guest.customer_ref) == (None, None)
    assert guest.items[0].name == "T-LIGHT HOLDER"
    assert lines(found["C536379"]) == [(0, "RETURN", "85123A", -1, -255)]
    assert found["C536379"].payment_status == "REFUNDED"
    assert lines(found["A563186"]) == [(0, "ADJUSTMENT", "B", 1, -1106206)]


def test_products_that_only_lines_mention_are_created_inactive(
    harness: ImportHarness,
) -> None:
    often = LANTERN.replace("METAL", "WHITE METAL").replace("536365", "536370")

    harness.import_retail_orders(
        LANTERN, often, often, HOLDER, HOLDER.replace("85123A", "85123a")
    )

    with harness.db.unit_of_work() as session:
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


def test_products_of_lines_beyond_the_limits_of_products_keep_to_them(
    harness: ImportHarness,
) -> None:
    line = {"orderId": "1", "timestamp": 1, "quantity": 1, "currency": "USD"}
    name, sku = "Lamp " * 101, "L" * 101

    summary = harness.import_orders(
        [{**line, "sku": sku, "name": name, "price": "123456789.00"}]
    )

    assert summary.counts.rejected == 0
    with harness.db.unit_of_work() as session:
        [item] = session.scalars(select(OrderItem))
        assert (item.sku, item.name) == (sku, name.strip())
        assert item.unit_price_minor == 123_456_789_00
        product = session.get_one(
            Product, item.product_id, options=[selectinload(Product.variants)]
        )
        [variant] = product.variants
        assert product.name == name[:500].strip()
        assert product.external_ref == f"acme:{sku}"
        assert variant.id == item.variant_id
        assert variant.sku.startswith("E67-")
        assert variant.price_minor == 99_999_999_99


def test_exact_duplicates_stay_two_lines_and_are_imported_once(
    harness: ImportHarness,
) -> None:
    first = harness.import_retail_orders(HOLDER, HOLDER, GUEST)
    before = orders(harness)

    again = harness.import_retail_orders(HOLDER, HOLDER, GUEST)

    assert first.counts == ImportCounts(created=3, orders=2, products=1)
    assert again.counts == ImportCounts(unchanged=3, orders=2)
    assert lines(orders(harness)["536365"]) == [
        (0, "SALE", "85123A", 6, 1530),
        (1, "SALE", "85123A", 6, 1530),
    ]
    assert [(o.number, o.updated_at, len(o.events)) for o in before.values()] == [
        (o.number, o.updated_at, len(o.events)) for o in orders(harness).values()
    ]


def test_a_corrected_file_updates_only_what_it_corrects(harness: ImportHarness) -> None:
    harness.import_retail_orders(HOLDER, HOLDER, LANTERN, GUEST)

    summary = harness.import_retail_orders(HOLDER, LANTERN.replace(",2,", ",3,"), GUEST)

    order = orders(harness)["536365"]
    assert summary.counts == ImportCounts(updated=1, unchanged=2, orders=2)
    assert lines(order) == [
        (0, "SALE", "85123A", 6, 1530),
        (1, "SALE", "71053", 3, 1017),
    ]
    assert order.total_minor == 2547
    assert [event.type for event in order.events] == ["IMPORTED", "IMPORTED"]


def test_a_rejected_line_keeps_its_position_for_a_corrected_one(
    harness: ImportHarness,
) -> None:
    broken = LANTERN.replace("3.39", "0.001")

    first = harness.import_retail_orders(
        HOLDER, broken, GUEST.replace("536366", "536365")
    )
    assert first.counts == ImportCounts(created=2, rejected=1, orders=1, products=1)
    assert harness.read_rejects()[0]["line"] == 3
    assert harness.read_rejects()[0]["reason"] == "price: 0.001 is finer than a cent"

    second = harness.import_retail_orders(
        HOLDER, LANTERN, GUEST.replace("536366", "536365")
    )

    assert second.counts == ImportCounts(created=1, unchanged=2, orders=1, products=1)
    assert [item.position for item in orders(harness)["536365"].items] == [0, 1, 2]


def test_a_line_in_another_currency_than_its_order_is_rejected(
    harness: ImportHarness,
) -> None:
    euros = {"orderId": "1", "timestamp": 1, "sku": "A", "quantity": 1, "price": 5}
    pounds = {**euros, "currency": "GBP"}

    summary = harness.import_orders(
        [{**euros, "currency": "EUR"}, pounds, euros | {"orderId": 2}]
    )

    assert summary.counts == ImportCounts(created=2, rejected=1, orders=2, products=1)
    [reject] = harness.read_rejects()
    assert reject["line"] == 2
    assert reject["reason"] == "currency: GBP in an order that began in EUR"
    assert orders(harness)["1"].total_minor == 500


def test_lines_match_products_that_were_imported_before(
    harness: ImportHarness,
) -> None:
    harness.import_products(
        [{"id": "P7", "name": "Kettle", "price": 25, "sku": "K-1"}], toml=SKU
    )
    line = {"orderId": "1", "timestamp": 1, "quantity": 1, "price": 5}

    summary = harness.import_orders(
        [
            {**line, "sku": "K-1"},
            {**line, "sku": "old number", "productId": "P7"},
            {**line, "sku": "unknown"},
        ]
    )

    assert summary.counts == ImportCounts(created=3, orders=1, products=1)
    [order] = orders(harness).values()
    first, second, third = order.items
    assert first.product_id == second.product_id != third.product_id
    assert (first.name, first.category) == ("Kettle", "Other")
    assert first.variant_id == second.variant_id is not None


def test_two_unknown_products_with_one_sku_are_two_products(
    harness: ImportHarness,
) -> None:
    harness.import_orders(
        [
            {**LINE, "sku": "K-1", "productId": "P7"},
            {**LINE, "sku": "K-1", "productId": "P8"},
        ]
    )

    with harness.db.unit_of_work() as session:
        variants = session.scalars(select(Variant)).all()
    assert sorted(each.sku for each in variants) == ["K-1", "acme:P8"]


def test_an_id_too_long_to_be_indexed_rejects_its_line_only(
    harness: ImportHarness,
) -> None:
    summary = harness.import_orders(
        [
            {**LINE, "sku": "K-1"},
            {**LINE, "sku": "é" * 501},
            {**LINE, "sku": "K-1", "orderId": "2" * 501},
        ]
    )

    assert (summary.counts.created, summary.counts.rejected) == (1, 2)
    with harness.db.unit_of_work() as session:
        assert len(session.scalars(select(OrderItem)).all()) == 1


def test_a_sku_of_another_source_is_not_matched(harness: ImportHarness) -> None:
    harness.import_products(
        [{"id": "1", "name": "Kettle", "price": 1, "sku": "85123A"}], toml=SKU
    )

    harness.import_retail_orders(HOLDER)

    with harness.db.unit_of_work() as session:
        product = session.scalars(
            select(Product)
            .where(Product.external_ref == "online-retail:85123A")
            .options(selectinload(Product.variants))
        ).one()
        assert product.variants[0].sku == "online-retail:85123A"
        item = session.scalars(select(OrderItem)).one()
        assert (item.product_id, item.sku) == (product.id, "85123A")


def test_a_dry_run_reports_the_same_and_writes_nothing(
    harness: ImportHarness,
) -> None:
    harness.import_retail_orders(HOLDER)
    changed = HOLDER.replace(",6,", ",7,")

    dry_run = harness.import_retail_orders(changed, LANTERN, GUEST, "x", dry_run=True)

    assert lines(orders(harness)["536365"]) == [(0, "SALE", "85123A", 6, 1530)]
    with harness.db.unit_of_work() as session:
        assert session.scalars(select(StagedLine)).all() == []
        assert len(session.scalars(select(Product)).all()) == 1
        assert len(session.scalars(select(OrderEvent)).all()) == 1
    real = harness.import_retail_orders(changed, LANTERN, GUEST, "x")
    assert dry_run.counts == real.counts
    assert real.counts == ImportCounts(
        created=2, updated=1, rejected=1, orders=2, products=1
    )


def test_lines_keep_the_brand_tags_and_channel_that_the_file_gives(
    harness: ImportHarness,
) -> None:
    given = {"brand": "Nordlys", "tags": ["new", "gift", "new"], "channel": "store"}
    harness.import_orders(
        [
            {**LINE, "sku": "A", **given},
            {**LINE, "sku": "B", "orderId": "2", "brand": "", "tags": []},
            {**LINE, "sku": "C", "orderId": "3"},
        ]
    )

    recorded = [
        (order.channel, order.items[0].brand, order.items[0].tags)
        for order in orders(harness).values()
    ]
    assert recorded == [
        ("store", "Nordlys", ["new", "gift"]),
        (None, "", []),
        (None, None, None),
    ]


def test_a_file_without_brands_leaves_those_recorded_and_one_with_others_changes_them(
    harness: ImportHarness,
) -> None:
    line = {**LINE, "sku": "A"}
    harness.import_orders([{**line, "brand": "Nordlys", "tags": "a, b"}])

    same = harness.import_orders([line])
    other = harness.import_orders(
        [{**line, "brand": "Acme", "tags": "", "channel": "phone"}]
    )

    [order] = orders(harness).values()
    assert (order.channel, order.items[0].brand, order.items[0].tags) == (
        *("phone", "Acme"),
        [],
    )
    assert (same.counts.unchanged, other.counts.updated) == (1, 1)


def test_a_channel_alone_that_is_new_is_recorded(harness: ImportHarness) -> None:
    harness.import_orders([{**LINE, "sku": "A"}])

    harness.import_orders([{**LINE, "sku": "A", "channel": "phone"}])

    assert orders(harness)["1"].channel == "phone"


def test_tags_beyond_the_limits_of_products_reject_their_line(
    harness: ImportHarness,
) -> None:
    many = [f"tag {n}" for n in range(51)]
    summary = harness.import_orders(
        [
            {**LINE, "sku": "A", "tags": many},
            {**LINE, "sku": "B", "tags": "x" * 201},
            {**LINE, "sku": "C", "brand": "x" * 201},
        ]
    )

    assert summary.counts.rejected == 3
    assert [reject["reason"] for reject in harness.read_rejects()] == [
        "tags: more than 50",
        "tags is longer than 200 characters",
        "brand is longer than 200 characters",
    ]

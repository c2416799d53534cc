from decimal import Decimal
from typing import Any

import pytest

from webapp.imports import mapping
from webapp.imports.attributes import format_attribute_name
from webapp.imports.errors import RowRejected
from webapp.imports.history.reader import OrderLineDraft, OrderReader, RejectedOrderLine
from webapp.imports.mapping import OrderMapping, ProductFormat, ProductMapping
from webapp.imports.products import ProductImportDraft, ProductReader
from webapp.imports.row import Row
from webapp.kit.money import Currency


def icecat_reader() -> ProductReader:
    parsed = mapping.load_mapping("products", "icecat")
    assert isinstance(parsed, ProductMapping)
    return ProductReader(parsed, currency=Currency.EUR)


def order_reader(name: str | None) -> OrderReader:
    parsed = mapping.load_mapping("orders", name)
    assert isinstance(parsed, OrderMapping)
    return OrderReader(parsed, currency=Currency.USD)


def toner(**changes: Any) -> Row:
    values = {
        "id": "39",
        "name": "006R",
        "title": "Xerox 006R toner cartridge Original Black",
        "brand": "Xerox",
        "ean": ["0095", "0096"],
        "description": None,
        "price_cents": 4995,
        "date_released": "2009-12-10T00:00:00Z",
        "image": "http://images.example/39.jpg",
        "product_type": None,
        "attrs": {
            "t_type": "Original",
            "n_quantity_per_pack": Decimal("6.0"),
            "n_quantity_per_pallet": Decimal("90.0"),
            "b_rohs_compliance": True,
            "n_weight__imperial_": Decimal("1.5"),
        },
    }
    return Row(7, {**values, **changes})


def test_a_product_is_read_with_readable_attributes_and_a_derived_category() -> None:
    draft = icecat_reader().parse_row(toner()).product

    assert draft.reference == "icecat:39"
    assert draft.details.list_columns() == {
        "name": "Xerox 006R toner cartridge Original Black",
        "description": "",
        "brand": "Xerox",
        "category": "Ink & toner",
        "currency": "EUR",
        "image_url": "http://images.example/39.jpg",
        "tags": [],
        "attributes": {
            "Type": "Original",
            "Quantity per pack": 6,
            "ROHS compliance": True,
            "Weight (imperial)": 1.5,
            "Part number": "006R",
            "EAN": "0095, 0096",
            "Released": "2009-12-10",
        },
    }
    assert draft.variant.price_minor == 4995
    assert (draft.variant.stock, draft.variant.is_stock_counted) == (25, False)


@pytest.mark.parametrize(
    ("title", "product_type", "category"),
    [
        ("Lenovo V15 Notebook Gray", "Notebook", "Notebooks"),
        ("ACT 5m Cat6 patch cable", None, "Cables & adapters"),
        ("Targus notebook case 15.6 Briefcase", None, "Bags & cases"),
        ("Kensington MicroSaver cable lock", None, "Accessories"),
        ("Canon EF 85mm f/1.8 USM Telephoto lens", None, "Cameras & camcorders"),
        ("Gizmo 3000", None, "Other"),
    ],
)
def test_categories_follow_type_and_title(
    title: str, product_type: str | None, category: str
) -> None:
    row = toner(title=title, product_type=product_type)
    assert icecat_reader().parse_row(row).product.details.category == category


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": ""}, "id is empty"),
        ({"title": None}, "name is empty"),
        ({"title": "x" * 501}, "name: String should have at most 500 characters"),
        ({"price_cents": -5}, "price: Input should be greater than or equal to 0"),
        ({"price_cents": "ask us"}, "price"),
        ({"image": "javascript:alert(1)"}, "imageUrl: String should match pattern"),
    ],
)
def test_an_invalid_product_is_rejected_with_the_reason(
    change: dict[str, Any], reason: str
) -> None:
    with pytest.raises(RowRejected, match=reason):
        icecat_reader().parse_row(toner(**change))


def parse_own(**values: Any) -> ProductImportDraft:
    reader = ProductReader(ProductFormat(), currency=Currency.EUR)
    given = {"productId": "5", "sku": "S", "name": "Cup", "price": "1"}
    return reader.parse_row(Row(3, {**given, **values}))


def test_values_of_json_lines_are_read_like_cells_of_csv() -> None:
    attributes = {"Litres": Decimal("1.7"), "deep": [Decimal("1.1"), None, "é"]}

    draft = parse_own(
        productId=5,
        price=Decimal("19.99"),
        stock=Decimal("6.0"),
        stockSeen=4,
        version=2,
        isActive=False,
        currency=None,
        tags=["a, b"],
        options={"Size": "L"},
        attributes=attributes,
    )

    cells = parse_own(
        price="19.99",
        stock="6",
        stockSeen="4",
        version="2",
        isActive="false",
        currency=None,
        tags='["a, b"]',
        options='{"Size": "L"}',
        attributes='{"Litres": 1.7, "deep": [1.1, null, "é"]}',
    )
    assert draft.product == cells.product


def test_a_file_without_skus_has_flat_products() -> None:
    draft = parse_own(sku=None).product

    assert (draft.reference, draft.variant.sku) == ("shop:5", "shop-5")
    assert not draft.has_siblings
    assert draft.details.category == "Other"


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("product_colour", "Product colour"),
        ("hdmi_ports_quantity", "HDMI ports quantity"),
        ("dimensions__wxdxh_", "Dimensions (wxdxh)"),
        ("ethernet_lan__rj_45__ports", "Ethernet LAN (RJ 45) ports"),
    ],
)
def test_attribute_names_are_formatted_readably(raw: str, name: str) -> None:
    assert format_attribute_name(raw, frozenset({"hdmi", "lan", "rj"})) == name


def retail(**changes: str) -> Row:
    values = {
        "InvoiceNo": "536365",
        "StockCode": "85123A",
        "Description": "T-LIGHT HOLDER",
        "Quantity": "6",
        "InvoiceDate": "2011-07-01 08:26:00",
        "UnitPrice": "2.55",
        "CustomerID": "17850.0",
        "Country": "France",
    }
    return Row(2, {**values, **changes})


def parse_only_line(row: Row) -> OrderLineDraft:
    [line] = order_reader("online-retail").parse_row(row)
    assert isinstance(line, OrderLineDraft)
    return line


def test_an_order_line_is_read_in_the_shops_time_zone() -> None:
    line = parse_only_line(retail())

    assert line.placed_at.isoformat() == "2011-07-01T07:26:00+00:00"
    assert (line.quantity, line.unit_price_minor, line.currency) == (6, 255, "GBP")
    assert line.customer_ref == "online-retail:17850"
    assert line.shipping_address == {"country": "France"}


def test_a_customer_without_a_number_is_a_guest() -> None:
    assert parse_only_line(retail(CustomerID="")).customer_ref is None


@pytest.mark.parametrize(
    ("invoice", "quantity", "price", "kind"),
    [
        ("536365", "6", "2.55", "SALE"),
        ("536365", "6", "0.0", "SALE"),
        ("C536365", "-6", "2.55", "RETURN"),
        ("C536365", "6", "2.55", "ADJUSTMENT"),
        ("536365", "-6", "0.0", "ADJUSTMENT"),
        ("A563185", "1", "11062.06", "ADJUSTMENT"),
        ("A563186", "1", "-11062.06", "ADJUSTMENT"),
    ],
)
def test_sales_returns_and_adjustments_are_distinguished(
    invoice: str, quantity: str, price: str, kind: str
) -> None:
    line = parse_only_line(
        retail(InvoiceNo=invoice, Quantity=quantity, UnitPrice=price)
    )
    assert line.kind == kind


def test_a_rejected_line_still_has_its_order() -> None:
    [line] = order_reader("online-retail").parse_row(retail(UnitPrice="0.001"))

    assert isinstance(line, RejectedOrderLine)
    assert line.order_ref == "536365"
    assert line.reason == "price: 0.001 is finer than a cent"


def test_a_row_may_be_a_whole_order_with_its_lines() -> None:
    order = {
        "orderId": "9",
        "timestamp": 1309509000000,
        "currency": "EUR",
        "status": "CANCELLED",
        "shippingAddress": {"street": "1 Lane", "city": "Bath", "zipCode": "BA1 1AA"},
        "items": [
            {"sku": "A", "quantity": 1, "price": Decimal("1.10")},
            {"sku": "B", "quantity": 0.5, "price": 2},
        ],
    }

    first, second = order_reader(None).parse_row(Row(3, order))

    assert isinstance(first, OrderLineDraft)
    assert (first.sku, first.unit_price_minor, first.status) == ("A", 110, "CANCELLED")
    assert first.shipping_address == order["shippingAddress"]
    assert isinstance(second, RejectedOrderLine)
    assert second.reason == "quantity: 0.5 is not a whole number"


def test_an_order_that_is_not_finished_is_rejected() -> None:
    row = Row(1, {"orderId": "9", "timestamp": 1, "status": "PENDING", "sku": "A"})
    [line] = order_reader(None).parse_row(
        Row(1, {**row.values, "quantity": 1, "price": 1})
    )

    assert isinstance(line, RejectedOrderLine)
    assert line.reason.startswith("status: PENDING is none of")

"""Parses rows into lines of past orders. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.catalog.limits import MAX_LABEL_LENGTH, MAX_TAGS
from webapp.imports import values
from webapp.imports.columns import Column
from webapp.imports.errors import RowRejected
from webapp.imports.mapping import OrderMapping
from webapp.imports.row import Row
from webapp.kit.money import Currency
from webapp.orders.status import OrderStatus

PAST_STATUSES = (OrderStatus.DELIVERED, OrderStatus.SHIPPED, OrderStatus.CANCELLED)
MAX_LINE_TOTAL = 10**15  # minor units


@dataclass(frozen=True, slots=True)
class OrderLineDraft:
    line: int
    order_ref: str
    status: OrderStatus
    placed_at: datetime
    customer_ref: str | None
    currency: Currency
    shipping_address: dict[str, str]
    kind: str
    product_ref: str
    sku: str
    name: str | None
    brand: str | None
    """An empty text where the file has the column, and nothing in it; `None` without one."""
    tags: list[str] | None
    channel: str | None
    quantity: int
    unit_price_minor: int


@dataclass(frozen=True, slots=True)
class RejectedOrderLine:
    """A line that cannot be imported; its position in the order stays free for a fixed one."""

    line: int
    order_ref: str | None
    reason: str
    row: Mapping[str, Any]


class OrderReader:
    def __init__(self, mapping: OrderMapping, *, currency: Currency) -> None:
        self._mapping = mapping
        self._currency = currency

    def parse_row(self, row: Row) -> Iterator[OrderLineDraft | RejectedOrderLine]:
        """Parse the line that a row is, or the lines that it holds."""
        if row.problem is not None:
            yield RejectedOrderLine(row.line, None, row.problem, row.values)
            return
        for line_values in self._split_lines(row.values):
            order_ref = None
            try:
                order_ref = values.require_reference(
                    self._mapping.order.extract_value(line_values), "order"
                )
                yield self._parse_line(row.line, order_ref, line_values)
            except RowRejected as error:
                yield RejectedOrderLine(row.line, order_ref, str(error), line_values)

    def _split_lines(self, row: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Yield a row's lines; nested lines also have the columns of their order."""
        inner = row.get(self._mapping.lines) if self._mapping.lines else None
        if not isinstance(inner, list):
            yield row
            return
        for line in inner:
            yield {**row, **line} if isinstance(line, Mapping) else row

    def _parse_line(
        self, line: int, order_ref: str, row: Mapping[str, Any]
    ) -> OrderLineDraft:
        mapping = self._mapping
        sku = values.require_reference(mapping.sku.extract_value(row), "sku")
        quantity = values.parse_integer(
            mapping.quantity.extract_value(row),
            "quantity",
            decimal=mapping.quantity.decimal or mapping.decimal,
        )
        amount = values.parse_price(
            mapping.price.extract_value(row),
            "price",
            decimal=mapping.price.decimal or mapping.decimal,
            unit=mapping.price.unit,
        )
        price = amount.minor
        if abs(quantity * price) > MAX_LINE_TOTAL:
            raise RowRejected("quantity times price is too large")
        customer = values.extract_reference(mapping.customer, row, "customer")
        return OrderLineDraft(
            line=line,
            order_ref=order_ref,
            status=_parse_status(mapping.status.extract_value(row)),
            placed_at=values.parse_datetime(
                mapping.placed_at.extract_value(row), mapping.placed_at, "placed_at"
            ),
            customer_ref=None if customer is None else f"{mapping.source}:{customer}",
            currency=self._parse_currency(row, amount),
            shipping_address=self._extract_address(row),
            kind=self._classify_line(order_ref, quantity, price),
            product_ref=values.extract_reference(mapping.product, row, "product")
            or sku,
            sku=sku,
            name=values.extract_text(mapping.name, row, "name"),
            brand=_extract_brand(mapping.brand, row),
            tags=_extract_tags(mapping.tags, row),
            channel=values.extract_text(
                mapping.channel, row, "channel", max_length=MAX_LABEL_LENGTH
            ),
            quantity=quantity,
            unit_price_minor=price,
        )

    def _classify_line(self, order_ref: str, quantity: int, price_minor: int) -> str:
        matching = (
            rule.kind
            for rule in self._mapping.kinds
            if rule.matches(order=order_ref, quantity=quantity, price_minor=price_minor)
        )
        return next(matching, "SALE")

    def _parse_currency(self, row: Mapping[str, Any], price: values.Price) -> Currency:
        column = self._mapping.currency
        written = None if column is None else column.extract_value(row)
        given = None if written is None else values.parse_currency(written)
        chosen = values.choose_currency(price, given, default=self._currency)
        return chosen or self._currency

    def _extract_address(self, row: Mapping[str, Any]) -> dict[str, str]:
        return {
            name: text
            for name, column in self._mapping.address.items()
            if (text := values.extract_text(column, row, name)) is not None
        }


def _extract_brand(column: Column | None, row: Mapping[str, Any]) -> str | None:
    if column is None or not column.is_given(row):
        return None
    text = values.extract_text(column, row, "brand", max_length=MAX_LABEL_LENGTH)
    return text or ""


def _extract_tags(column: Column | None, row: Mapping[str, Any]) -> list[str] | None:
    if column is None or not column.is_given(row):
        return None
    text = values.extract_text(column, row, "tags") or ""
    tags = [tag for part in text.split(",") if (tag := part.strip())]
    for tag in tags:
        values.reject_longer(tag, "tags", MAX_LABEL_LENGTH)
    if len(tags) > MAX_TAGS:
        raise RowRejected(f"tags: more than {MAX_TAGS}")
    return list(dict.fromkeys(tags))


def _parse_status(given: Any) -> OrderStatus:
    status = str(given).strip().upper()
    if status not in PAST_STATUSES:
        raise RowRejected(
            f"status: {given!s:.40} is none of {', '.join(PAST_STATUSES)}"
        )
    return OrderStatus(status)

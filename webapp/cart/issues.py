"""Issues of a cart: those that block checkout and those to show the customer. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from uuid import UUID

from webapp.cart.read_models import CartRow
from webapp.kit.money import format_money


class IssueCode(StrEnum):
    PRODUCT_UNAVAILABLE = "PRODUCT_UNAVAILABLE"
    NOT_ENOUGH_STOCK = "NOT_ENOUGH_STOCK"
    MIXED_CURRENCIES = "MIXED_CURRENCIES"
    PRICE_CHANGED = "PRICE_CHANGED"


BLOCKING = frozenset(IssueCode) - {IssueCode.PRICE_CHANGED}


@dataclass(frozen=True)
class Issue:
    code: IssueCode
    message: str
    product_id: UUID
    variant_id: UUID

    @classmethod
    def from_line(cls, line: CartRow, code: IssueCode, message: str) -> Self:
        return cls(code, message, line.product_id, line.variant_id)

    @property
    def blocks_checkout(self) -> bool:
        return self.code in BLOCKING


def find_issues(lines: Sequence[CartRow]) -> Iterator[Issue]:
    for line in lines:
        if not line.is_active:
            yield Issue.from_line(
                line,
                IssueCode.PRODUCT_UNAVAILABLE,
                f"{line.name} is no longer sold",
            )
        elif line.stock < line.quantity:
            yield Issue.from_line(
                line,
                IssueCode.NOT_ENOUGH_STOCK,
                f"{line.name}: {line.stock} left, {line.quantity} in the cart",
            )
        if line.currency != lines[0].currency:
            yield Issue.from_line(
                line,
                IssueCode.MIXED_CURRENCIES,
                f"{line.name} costs {line.currency}; the cart is in {lines[0].currency}",
            )
        if line.price_minor != line.added_price_minor:
            before = format_money(line.added_price_minor, line.currency)
            now = format_money(line.price_minor, line.currency)
            yield Issue.from_line(
                line,
                IssueCode.PRICE_CHANGED,
                f"{line.name} cost {before} when added and costs {now} now",
            )

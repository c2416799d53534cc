"""What stands between a cart and its checkout, and what the customer should know. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from webapp.cart.models import CartLine
from webapp.kit.money import format_money


class IssueCode(StrEnum):
    PRODUCT_UNAVAILABLE = "PRODUCT_UNAVAILABLE"
    NOT_ENOUGH_STOCK = "NOT_ENOUGH_STOCK"
    PRICE_CHANGED = "PRICE_CHANGED"


BLOCKING = frozenset({IssueCode.PRODUCT_UNAVAILABLE, IssueCode.NOT_ENOUGH_STOCK})


@dataclass(frozen=True)
class Issue:
    code: IssueCode
    message: str
    product_id: UUID

    @property
    def blocks_checkout(self) -> bool:
        return self.code in BLOCKING


def issues_of(lines: Iterable[CartLine]) -> Iterator[Issue]:
    for line in lines:
        variant = line.variant
        product = variant.product
        if not product.is_active:
            yield Issue(
                IssueCode.PRODUCT_UNAVAILABLE,
                f"{product.name} is no longer sold",
                product.id,
            )
        elif variant.stock < line.quantity:
            yield Issue(
                IssueCode.NOT_ENOUGH_STOCK,
                f"{product.name}: {variant.stock} left, {line.quantity} in the cart",
                product.id,
            )
        if variant.price_minor != line.price_minor:
            before = format_money(line.price_minor, product.currency)
            now = format_money(variant.price_minor, product.currency)
            yield Issue(
                IssueCode.PRICE_CHANGED,
                f"{product.name} cost {before} when added and costs {now} now",
                product.id,
            )

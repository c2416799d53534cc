"""What a correction does to the stock of a variant. Pure."""

from webapp.catalog.errors import StockGone
from webapp.catalog.models import Variant


def compute_on_hand(
    variant: Variant,
    *,
    stock: int,
    stock_seen: int | None,
    excludes_held_stock: bool = True,
) -> int:
    """Compute the units on hand after the stock was corrected to `stock`.

    With `stock_seen`, the stock that was read, only the difference is applied: what was sold
    since then stays sold. Raises `StockGone` when fewer are left than it removes. Without, the
    stock is set: to units beyond those held for orders, or to all units in the warehouse,
    which are never fewer than those held.
    """
    if stock_seen is not None:
        change = stock - stock_seen
        if variant.stock + change < 0:
            raise StockGone(
                variant.id, sku=variant.sku, fewer=-change, stock=variant.stock
            )
        return variant.on_hand + change
    if excludes_held_stock:
        return stock + variant.held
    return max(stock, variant.held)

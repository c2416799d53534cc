from uuid import UUID

from webapp.kit.errors import Conflict, Invalid, NotFound


class BadQuantity(Invalid):
    code = "BAD_QUANTITY"


class NotEnoughStock(Conflict):
    code = "NOT_ENOUGH_STOCK"

    def __init__(self, *, product_id: UUID, wanted: int, available: int) -> None:
        super().__init__(
            f"Only {available} left in stock" if available else "Sold out just now",
            product_id=product_id,
            wanted=wanted,
            available=available,
        )


class NotInCart(NotFound):
    code = "NOT_IN_CART"

    def __init__(self, *, product_id: UUID | None, variant_id: UUID | None) -> None:
        super().__init__(
            "The product is not in the cart",
            product_id=product_id,
            variant_id=variant_id,
        )


class MixedCurrencies(Conflict):
    code = "MIXED_CURRENCIES"

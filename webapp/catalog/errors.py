from uuid import UUID

from webapp.kit.errors import Conflict, Invalid, NotFound


class ProductNotFound(NotFound):
    code = "PRODUCT_NOT_FOUND"

    def __init__(self, product_id: UUID) -> None:
        super().__init__(
            "The requested product could not be found", product_id=product_id
        )


class VariantNotFound(NotFound):
    code = "VARIANT_NOT_FOUND"

    def __init__(self, product_id: UUID, variant_id: UUID) -> None:
        super().__init__(
            "The product has no such variant",
            product_id=product_id,
            variant_id=variant_id,
        )


class LabelNotFound(NotFound):
    code = "LABEL_NOT_FOUND"

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"No product has ever had the {kind} {name!r}", name=name)


class VariantNeeded(Invalid):
    code = "VARIANT_NEEDED"

    def __init__(self, product_id: UUID, *, variant_ids: list[UUID]) -> None:
        super().__init__(
            "The product comes in several variants: name one with variantId",
            product_id=product_id,
            variant_ids=variant_ids,
        )


class ProductHasVariants(Invalid):
    code = "PRODUCT_HAS_VARIANTS"

    def __init__(self, product_id: UUID, *, fields: list[str]) -> None:
        super().__init__(
            f"{', '.join(fields)}: the product has several variants: "
            "set it for each of them, in variants",
            product_id=product_id,
            fields=fields,
        )


class PriceNeeded(Invalid):
    code = "PRICE_NEEDED"

    def __init__(self) -> None:
        super().__init__("A new product, and each new variant, needs a price")


class SkuTaken(Conflict):
    code = "SKU_TAKEN"

    def __init__(self, skus: list[str]) -> None:
        super().__init__("A SKU names one variant only", skus=skus)


class VariantHeld(Conflict):
    code = "VARIANT_HELD"

    def __init__(self, variant_id: UUID, *, sku: str, held: int) -> None:
        super().__init__(
            f"{sku}: {held} held for unpaid orders: keep the variant until these are paid "
            "or canceled",
            variant_id=variant_id,
            sku=sku,
            held=held,
        )


class StockGone(Conflict):
    code = "STOCK_GONE"

    def __init__(self, variant_id: UUID, *, sku: str, fewer: int, stock: int) -> None:
        super().__init__(
            f"stock: {sku} was sold in the meantime: {stock} left, cannot remove {fewer}",
            variant_id=variant_id,
            sku=sku,
            fewer=fewer,
            stock=stock,
        )


class StaleProduct(Conflict):
    code = "PRODUCT_CHANGED"

    def __init__(self, product_id: UUID, *, sent: int, current: int) -> None:
        super().__init__(
            "The product was changed in the meantime: read it again and repeat the change",
            product_id=product_id,
            sent_version=sent,
            current_version=current,
        )


class NotAPicture(Invalid):
    code = "NOT_A_PICTURE"

    def __init__(self, message: str = "Send a picture: JPEG, PNG or WebP") -> None:
        super().__init__(message)


class UpsertRejected(Exception):
    """One of many products cannot be created or updated; the message is the reason."""

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


class VariantNeeded(Invalid):
    code = "VARIANT_NEEDED"

    def __init__(self, product_id: UUID, *, variant_ids: list[UUID]) -> None:
        super().__init__(
            "The product comes in several variants: name one with variantId",
            product_id=product_id,
            variant_ids=variant_ids,
        )


class SkuTaken(Conflict):
    code = "SKU_TAKEN"


class StaleProduct(Conflict):
    code = "PRODUCT_CHANGED"

    def __init__(self, product_id: UUID, *, sent: int, current: int) -> None:
        super().__init__(
            "The product was changed meanwhile: read it again and repeat the change",
            product_id=product_id,
            sent_version=sent,
            current_version=current,
        )

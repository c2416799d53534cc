"""The catalog: products on sale with their variants, prices and stock."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.catalog import json_repository, repository
from webapp.catalog.drafts import ProductDraft, VariantDraft
from webapp.catalog.errors import (
    PriceNeeded,
    ProductHasVariants,
    ProductNotFound,
    SkuTaken,
    StaleProduct,
    VariantHeld,
    VariantNeeded,
    VariantNotFound,
)
from webapp.catalog.labels import service as labels
from webapp.catalog.labels.service import Spellings
from webapp.catalog.models import Product, StockMovement, StockReason, Variant
from webapp.catalog.read_models import ProductJson, ProductRow, VariantRow
from webapp.catalog.stock_correction import compute_on_hand
from webapp.db.outbox import enqueue
from webapp.db.session import Database
from webapp.kit import paging
from webapp.kit.clock import utc_now
from webapp.kit.ids import new_id
from webapp.kit.paging import Page


def list_products(
    session: Session,
    *,
    category: str | None = None,
    limit: int = paging.DEFAULT_LIMIT,
    last_key: str | None = None,
) -> Page[ProductRow]:
    """List all products, newest first, withdrawn ones too."""
    rows = repository.list_products(
        session,
        category=category,
        after=paging.decode_time_and_id(last_key) if last_key else None,
        limit=limit + 1,
    )
    return paging.cut_page(rows, limit=limit, key=_sort_key)


def list_public_json(
    db: Database, *, category: str | None, limit: int, last_key: str | None
) -> Page[ProductJson]:
    """List products on sale, newest first. Raises `BadCursor`."""
    rows = json_repository.list_products(
        db,
        category=category,
        after=paging.decode_time_and_id(last_key) if last_key else None,
        limit=limit + 1,
    )
    return paging.cut_page(rows, limit=limit, key=_sort_key)


def require_public_json(db: Database, *, product_id: UUID) -> str:
    """A product on sale as the API shows it. Raises `ProductNotFound`."""
    written = json_repository.find_product(db, product_id)
    if written is None:
        raise ProductNotFound(product_id)
    return written


def _sort_key(row: ProductRow | ProductJson) -> paging.SortKey:
    return [row.created_at.isoformat(), str(row.id)]


def list_categories(session: Session) -> Sequence[tuple[str, int]]:
    return repository.list_categories(session)


def require_product(
    session: Session, *, product_id: UUID, active_only: bool = True
) -> ProductRow:
    """Return a product with its variants.

    Raises `ProductNotFound`, also for a withdrawn product when `active_only`.
    """
    product = repository.find_product_row(session, product_id)
    if product is None or (active_only and not product.is_active):
        raise ProductNotFound(product_id)
    return product


def find_products_by_id(
    session: Session, *, ids: Sequence[UUID]
) -> dict[UUID, ProductRow]:
    return {
        product.id: product for product in repository.list_products_by_id(session, ids)
    }


def list_products_after(
    session: Session, *, last_id: UUID | None, limit: int
) -> Sequence[Product]:
    """List products with their variants in id order, withdrawn ones too: from the first, or
    from the one after `last_id`."""
    return repository.list_products_after(session, last_id, limit=limit)


def find_product_ids_by_sku(
    session: Session, *, skus: Iterable[str]
) -> dict[str, UUID]:
    """Find the product of each SKU; SKUs that no variant has are left out."""
    owners = repository.find_sku_owners(session, skus)
    return {sku: owner.product_id for sku, owner in owners.items()}


def choose_variant(product: ProductRow, *, variant_id: UUID | None) -> VariantRow:
    """Choose the variant with this id; without one, the only variant.

    Raises `VariantNeeded`, `VariantNotFound`.
    """
    if variant_id is None:
        if len(product.variants) != 1:
            raise VariantNeeded(
                product.id, variant_ids=[variant.id for variant in product.variants]
            )
        return product.variants[0]
    for variant in product.variants:
        if variant.id == variant_id:
            return variant
    raise VariantNotFound(product.id, variant_id)


def create_product(session: Session, *, draft: ProductDraft) -> Product:
    """Raises `PriceNeeded` and `SkuTaken`."""
    if not draft.variants and draft.flat is None:
        raise PriceNeeded
    spellings = labels.unify_spellings(session, [draft])
    product = Product(id=new_id(), is_active=True, variants=[])
    session.add(product)
    _apply_draft(session, product, draft, spellings)
    enqueue(session, "search.index_products", ids=product.id)
    return product


def change_product(
    session: Session, *, product_id: UUID, draft: ProductDraft, version: int | None
) -> Product:
    """Overwrite a product.

    Raises `ProductNotFound`, `VariantNotFound`, `ProductHasVariants`, `PriceNeeded`,
    `SkuTaken`, `VariantHeld`, `StockGone`, and `StaleProduct` for a `version` that is not the
    current one.
    """
    labels.respell_unshared(session, draft, product_id=product_id)
    spellings = labels.unify_spellings(session, [draft])
    # Without the lock, units sold between reading and writing the stock would reappear.
    repository.lock_variants(session, product_id)
    product = repository.find_product_for_update(session, product_id)
    if product is None:
        raise ProductNotFound(product_id)
    if version is not None and version != product.version:
        raise StaleProduct(product_id, sent=version, current=product.version)
    _apply_draft(session, product, draft, spellings)
    _touch_product(session, product)
    return product


def set_picture(session: Session, *, product_id: UUID, image_url: str) -> Product:
    """The previous picture stays stored: orders show it, and other products may share it."""
    product = repository.find_product_for_update(session, product_id)
    if product is None:
        raise ProductNotFound(product_id)
    product.image_url = image_url
    _touch_product(session, product)
    return product


def withdraw_product(session: Session, *, product_id: UUID) -> None:
    """Take a product off sale; orders and analytics keep it."""
    product = repository.find_product_for_update(session, product_id)
    if product is None or not product.is_active:
        raise ProductNotFound(product_id)
    product.is_active = False
    _touch_product(session, product)


def _touch_product(session: Session, product: Product) -> None:
    product.version += 1
    product.updated_at = utc_now()
    enqueue(session, "search.index_products", ids=product.id)


def _apply_draft(
    session: Session, product: Product, draft: ProductDraft, spellings: Spellings
) -> None:
    for column, value in spellings.respell(draft.list_columns()).items():
        setattr(product, column, value)
    if drafts := _variant_drafts(product, draft):
        _apply_variants(session, product, drafts)


def _variant_drafts(product: Product, draft: ProductDraft) -> Sequence[VariantDraft]:
    flat = draft.flat
    if flat is None:
        return draft.variants
    if not product.variants:
        return [VariantDraft(flat.price_minor, flat.stock)]
    if len(product.variants) > 1:
        given = {"price": flat.price_minor, "stock": flat.stock}
        raise ProductHasVariants(
            product.id, fields=[n for n, x in given.items() if x is not None]
        )
    [only] = product.variants
    return [
        VariantDraft(flat.price_minor, flat.stock, flat.stock_seen, variant_id=only.id)
    ]


def _apply_variants(
    session: Session, product: Product, drafts: Sequence[VariantDraft]
) -> None:
    before = {variant.id: variant.on_hand for variant in product.variants}
    matches = _match_drafts(product, drafts)
    if any(
        match is None and draft.price_minor is None
        for match, draft in zip(matches, drafts, strict=True)
    ):
        raise PriceNeeded
    variants = [match or _new_variant() for match in matches]
    skus = [
        draft.sku or variant.sku
        for variant, draft in zip(variants, drafts, strict=True)
    ]
    _check_skus(session, product.id, skus)
    _free_skus(session, product, dict(zip(variants, skus, strict=True)))
    for position, (variant, draft) in enumerate(zip(variants, drafts, strict=True)):
        variant.position = position
        variant.sku = skus[position]
        if draft.options is not None:
            variant.options = draft.options
        if draft.price_minor is not None:
            variant.price_minor = draft.price_minor
        _set_stock(variant, draft, is_new=variant.id not in before)
    product.variants = variants
    # A stock movement references the row of its variant.
    with repository.translate_sku_conflict(skus):
        session.flush()
    _record_movements(session, variants, before)


def _match_drafts(
    product: Product, drafts: Sequence[VariantDraft]
) -> Sequence[Variant | None]:
    """Match each draft to a variant, by id, else by SKU; `None` is a new variant.

    The only draft of a product with one variant matches that one, whatever SKU it has.
    """
    if len(drafts) == len(product.variants) == 1 and drafts[0].variant_id is None:
        return product.variants
    by_id = {variant.id: variant for variant in product.variants}
    named = {draft.variant_id for draft in drafts}
    by_sku = {v.sku: v for v in product.variants if v.id not in named}
    matches: list[Variant | None] = []
    for draft in drafts:
        if draft.variant_id is None:
            matches.append(by_sku.get(draft.sku or ""))
        elif draft.variant_id in by_id:
            matches.append(by_id.pop(draft.variant_id))
        else:
            raise VariantNotFound(product.id, draft.variant_id)
    return matches


def _new_variant() -> Variant:
    variant_id = new_id()
    return Variant(
        id=variant_id, sku=generate_sku(variant_id), options={}, on_hand=0, held=0
    )


def generate_sku(variant_id: UUID) -> str:
    """Generate the SKU of a variant that was given none."""
    return f"E67-{str(variant_id)[-12:].upper()}"


def _free_skus(session: Session, product: Product, skus: dict[Variant, str]) -> None:
    """Remove dropped variants and give up changed SKUs before other variants take them:
    the unique constraint holds after every statement.

    Raises `VariantHeld`.
    """
    for variant in product.variants:
        if variant not in skus and variant.held:
            raise VariantHeld(variant.id, sku=variant.sku, held=variant.held)
    product.variants = [variant for variant in product.variants if variant in skus]
    for variant in product.variants:
        if variant.sku != skus[variant]:
            variant.sku = str(variant.id)
    session.flush()


def _set_stock(variant: Variant, draft: VariantDraft, *, is_new: bool) -> None:
    if draft.stock is not None:
        seen = None if is_new else draft.stock_seen
        variant.on_hand = compute_on_hand(variant, stock=draft.stock, stock_seen=seen)


def _record_movements(
    session: Session, variants: list[Variant], before: dict[UUID, int]
) -> None:
    for variant in variants:
        is_new = variant.id not in before
        change = variant.on_hand - before.get(variant.id, 0)
        if is_new or change:
            reason = StockReason.OPENED if is_new else StockReason.COUNTED
            session.add(
                StockMovement(
                    variant_id=variant.id, reason=reason, on_hand=change, held=0
                )
            )


def _check_skus(session: Session, product_id: UUID, skus: list[str]) -> None:
    duplicates = sorted({sku for sku in skus if skus.count(sku) > 1})
    with session.no_autoflush:
        owners = repository.find_sku_owners(session, skus)
    foreign = sorted(
        sku for sku, owner in owners.items() if owner.product_id != product_id
    )
    if duplicates or foreign:
        raise SkuTaken(duplicates + foreign)

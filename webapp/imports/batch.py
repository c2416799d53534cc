"""Imports a batch of rows of a product file: parses them, rejects what is invalid or occurs
twice in the file, and passes the rest to the catalog."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.catalog import service as catalog
from webapp.catalog.references import build_own_reference
from webapp.catalog.upsert import upsert_products
from webapp.imports import repository
from webapp.imports.errors import RowRejected
from webapp.imports.outcome import ImportOutcome
from webapp.imports.products import ProductImportDraft, ProductReader
from webapp.imports.row import Row


def import_batch(
    session: Session,
    *,
    run_id: UUID,
    rows: Sequence[Row],
    reader: ProductReader,
    is_dry_run: bool,
) -> ImportOutcome:
    """Create and update the products of a batch of rows. Raises `SkuTaken`."""
    outcome = ImportOutcome()
    drafts = _identify_by_sku(session, list(_parse_rows(rows, reader, outcome)))
    accepted = _reject_duplicates(session, run_id, drafts, outcome)
    results = upsert_products(
        session, [draft.product for draft in accepted], is_dry_run=is_dry_run
    )
    for draft, result in zip(accepted, results, strict=True):
        outcome.add_result(draft.row, result)
    return outcome


def _parse_rows(
    rows: Sequence[Row], reader: ProductReader, outcome: ImportOutcome
) -> Iterator[ProductImportDraft]:
    for row in rows:
        try:
            yield reader.parse_row(row)
        except RowRejected as error:
            outcome.reject(row, str(error))


def _identify_by_sku(
    session: Session, drafts: Sequence[ProductImportDraft]
) -> Sequence[ProductImportDraft]:
    """Refer rows without an id to the product that has their SKU, if there is one."""
    skus = [draft.product.variant.sku for draft in drafts if not draft.has_id]
    if not skus:
        return drafts
    references = {
        sku: build_own_reference(product_id)
        for sku, product_id in catalog.find_product_ids_by_sku(
            session, skus=skus
        ).items()
    }
    return [
        draft
        if draft.has_id or draft.product.variant.sku not in references
        else replace(
            draft,
            product=replace(
                draft.product, reference=references[draft.product.variant.sku]
            ),
        )
        for draft in drafts
    ]


def _reject_duplicates(
    session: Session,
    run_id: UUID,
    drafts: Sequence[ProductImportDraft],
    outcome: ImportOutcome,
) -> list[ProductImportDraft]:
    """Reject the second row of a flat product, and of a SKU, in the whole file."""
    first_lines: dict[str, int] = {}
    for draft in drafts:
        for key in (_product_key(draft), _sku_key(draft)):
            first_lines.setdefault(key, draft.row.line)
    first_lines |= repository.insert_seen_keys(session, run_id, first_lines)
    accepted = []
    for draft in drafts:
        line = draft.row.line
        product_line = first_lines[_product_key(draft)]
        sku_line = first_lines[_sku_key(draft)]
        if product_line != line and not draft.product.has_siblings:
            outcome.reject(draft.row, f"the same id is on line {product_line}")
        elif sku_line != line:
            outcome.reject(draft.row, f"the same SKU is on line {sku_line}")
        elif product_line != line:
            accepted.append(
                replace(draft, product=replace(draft.product, sets_details=False))
            )
        else:
            accepted.append(draft)
    return accepted


def _product_key(draft: ProductImportDraft) -> str:
    return f"product {draft.product.reference}"


def _sku_key(draft: ProductImportDraft) -> str:
    return f"sku {draft.product.variant.sku}"

"""Finds duplicates: an id within a file of flat products, a SKU within the whole shop."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.imports import repository
from webapp.imports.outcome import ImportOutcome
from webapp.imports.products import ProductImportDraft


@dataclass(frozen=True)
class AcceptedDraft:
    """A draft without conflicts."""

    draft: ProductImportDraft
    is_first: bool
    """Whether this row is the first of its product in the file."""
    has_siblings: bool
    """Whether several rows of this file may be variants of one product."""


def reject_conflicts(
    session: Session,
    drafts: Sequence[ProductImportDraft],
    outcome: ImportOutcome,
    *,
    run_id: UUID,
    has_parents: bool,
) -> list[AcceptedDraft]:
    """Return the drafts without conflicts; reject the others with what they conflict with."""
    first_lines: dict[str, int] = {}
    for draft in drafts:
        for key in (_product_key(draft), _sku_key(draft)):
            first_lines.setdefault(key, draft.row.line)
    first_lines |= repository.insert_seen_keys(session, run_id, first_lines)
    skus = [draft.variant.sku for draft in drafts]
    owners = repository.find_sku_owners(session, skus)
    accepted = []
    for draft in drafts:
        line = draft.row.line
        product_line = first_lines[_product_key(draft)]
        sku_line = first_lines[_sku_key(draft)]
        owner = owners.get(draft.variant.sku, (draft.external_ref,))
        if product_line != line and not has_parents:
            outcome.reject(draft.row, f"the same id is on line {product_line}")
        elif sku_line != line:
            outcome.reject(draft.row, f"the same SKU is on line {sku_line}")
        elif draft.external_ref not in owner:
            outcome.reject(draft.row, f"the SKU belongs to {owner[0]}")
        else:
            accepted.append(AcceptedDraft(draft, product_line == line, has_parents))
    return accepted


def _product_key(draft: ProductImportDraft) -> str:
    return f"product {draft.external_ref}"


def _sku_key(draft: ProductImportDraft) -> str:
    return f"sku {draft.variant.sku}"

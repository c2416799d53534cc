"""What may come only once: an id in a file of flat products, a SKU in the whole shop."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.imports import repository
from webapp.imports.outcome import Outcome
from webapp.imports.products import ProductDraft


@dataclass(frozen=True)
class Fitting:
    """A draft that clashes with nothing."""

    draft: ProductDraft
    is_first: bool
    """Whether this row is the first of its product in the file."""
    has_siblings: bool
    """Whether rows of this file may be variants of one product."""


def without_clashes(
    session: Session,
    drafts: Sequence[ProductDraft],
    outcome: Outcome,
    *,
    run_id: UUID,
    has_parents: bool,
) -> list[Fitting]:
    """The drafts that can be taken; the others are rejected with the line they repeat."""
    first_lines: dict[str, int] = {}
    for draft in drafts:
        for key in (_product_key(draft), _sku_key(draft)):
            first_lines.setdefault(key, draft.row.line)
    first_lines |= repository.note_seen(session, run_id, first_lines)
    skus = [draft.variant.sku for draft in drafts]
    owners = repository.owners_of_skus(session, skus)
    fitting = []
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
            fitting.append(Fitting(draft, product_line == line, has_parents))
    return fitting


def _product_key(draft: ProductDraft) -> str:
    return f"product {draft.external_ref}"


def _sku_key(draft: ProductDraft) -> str:
    return f"sku {draft.variant.sku}"

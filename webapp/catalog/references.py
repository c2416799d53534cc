"""References by which a product is identified from outside: by another shop, or a file. Pure."""

from collections.abc import Iterable
from uuid import UUID

OWN_SOURCE = "shop"
"""The source of files from this shop itself: their ids are product ids."""


def build_own_reference(product_id: object) -> str:
    """Build `shop:ID`, which identifies a product whatever `external_ref` it has."""
    return f"{OWN_SOURCE}:{product_id}"


ProductReferences = tuple[str, ...]


def list_references(product_id: UUID, external_ref: str | None) -> ProductReferences:
    """List the references a file may use for a product; the one to display comes first."""
    own = build_own_reference(product_id)
    return (own,) if external_ref is None else (external_ref, own)


def parse_own_ids(references: Iterable[str]) -> list[UUID]:
    """Parse the product ids out of those references that have one."""
    ids = []
    for reference in references:
        source, _, given = reference.partition(":")
        if source == OWN_SOURCE:
            try:
                ids.append(UUID(given))
            except ValueError:
                continue  # not a UUID: treated as an external reference
    return ids

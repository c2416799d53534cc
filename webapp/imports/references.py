"""How files name products. Pure."""

from collections.abc import Iterable
from uuid import UUID

OWN_SOURCE = "shop"
"""The source of what comes from this very shop: its ids are our own."""


def build_own_reference(product_id: object) -> str:
    """`shop:ID` names a product by its id, whatever `external_ref` it has."""
    return f"{OWN_SOURCE}:{product_id}"


ProductReferences = tuple[str, ...]


def list_references(product_id: UUID, external_ref: str | None) -> ProductReferences:
    """What a file may call a product; the name that people know it by comes first."""
    own = build_own_reference(product_id)
    return (own,) if external_ref is None else (external_ref, own)


def parse_own_ids(references: Iterable[str]) -> list[UUID]:
    """The ids in those references that can name a product of this shop by its id."""
    found = []
    for reference in references:
        source, _, given = reference.partition(":")
        if source == OWN_SOURCE:
            try:
                found.append(UUID(given))
            except ValueError:
                continue  # an id of its own making: an external reference like others
    return found

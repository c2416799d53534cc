"""Resolves which of the displayed items a customer means. Pure."""

from collections.abc import Sequence

from agents.local.dialogue_state import Json
from agents.local.references import (
    find_positions,
    has_pronoun,
    wants_cheapest,
    wants_most_expensive,
)
from agents.local.search_terms import extract_search_terms


def resolve_items(items: Sequence[Json], utterance: str) -> list[Json]:
    """Items meant, by position, by price or by name; empty when that is not clear."""
    if positions := find_positions(utterance):
        return [
            item
            for position in positions
            if (item := _get_item(items, position)) is not None
        ]
    return _by_price(items, utterance) or _by_name(items, utterance)


def describe_missing(items: Sequence[Json], utterance: str) -> str | None:
    """A sentence about the positions that an utterance names and the list does not have."""
    missing = [
        position
        for position in find_positions(utterance)
        if _get_item(items, position) is None
    ]
    if not items or not missing:
        return None
    numbers = " or ".join(str(position) for position in missing)
    size = "only one entry" if len(items) == 1 else f"{len(items)} entries"
    return f"There is no number {numbers}: the list has {size}."


def _get_item(items: Sequence[Json], position: int) -> Json | None:
    index = position - 1 if position > 0 else len(items) + position
    return items[index] if 0 <= index < len(items) else None


def _by_price(items: Sequence[Json], utterance: str) -> list[Json]:
    def price(item: Json) -> float:
        return float(item["price"])

    if items and wants_cheapest(utterance):
        return [min(items, key=price)]
    return [max(items, key=price)] if items and wants_most_expensive(utterance) else []


def _by_name(items: Sequence[Json], utterance: str) -> list[Json]:
    """The only item with every search term in its name; for "it", the only item there is."""
    if not extract_search_terms(utterance):
        return list(items) if len(items) == 1 and has_pronoun(utterance) else []
    named = [item for item in items if is_named(item, utterance)]
    return named if len(named) == 1 else []


def stem_words(text: str) -> set[str]:
    """Words without case and plural, precise enough to compare names."""
    words = (word.strip(".,!?()") for word in text.casefold().split())
    return {word.rstrip("s") or word for word in words if word}


def is_named(item: Json, utterance: str) -> bool:
    """Whether every search term of the utterance is in the item's name or brand."""
    wanted = stem_words(extract_search_terms(utterance))
    return bool(wanted) and wanted <= stem_words(
        f"{item['name']} {item.get('brand') or ''}"
    )


def find_variant(variants: Sequence[Json], utterance: str) -> Json | None:
    """The variant whose options the utterance matches best, else the one at the position it
    names; `None` when that is none or several."""
    words = stem_words(utterance.replace(",", " "))
    scores = [
        len(stem_words(" ".join(v["options"].values())) & words) for v in variants
    ]
    best = max(scores, default=0)
    if best > 0 and scores.count(best) == 1:
        return variants[scores.index(best)]
    positions = find_positions(utterance)
    return _get_item(variants, positions[0]) if len(positions) == 1 else None

"""Which of the things on the screen a customer means. Pure."""

from collections.abc import Sequence

from agents.local.dialogue_state import Json
from agents.local.references import (
    find_positions,
    has_pronoun,
    wants_cheapest,
    wants_most_expensive,
)
from agents.local.search_terms import extract_search_terms


def resolve_items(items: Sequence[Json], said: str) -> list[Json]:
    """The things meant: by place, by price, by name; nothing when it is not clear."""
    if places := find_positions(said):
        return [item for place in places if (item := _at(items, place)) is not None]
    return _by_price(items, said) or _by_name(items, said)


def _at(items: Sequence[Json], place: int) -> Json | None:
    index = place - 1 if place > 0 else len(items) + place
    return items[index] if 0 <= index < len(items) else None


def _by_price(items: Sequence[Json], said: str) -> list[Json]:
    def price(item: Json) -> float:
        return float(item["price"])

    if items and wants_cheapest(said):
        return [min(items, key=price)]
    return [max(items, key=price)] if items and wants_most_expensive(said) else []


def _by_name(items: Sequence[Json], said: str) -> list[Json]:
    """The only thing that bears every word that was named; "it", if there is but one."""
    if not extract_search_terms(said):
        return list(items) if len(items) == 1 and has_pronoun(said) else []
    named = [item for item in items if is_named(item, said)]
    return named if len(named) == 1 else []


def stem_words(text: str) -> set[str]:
    """Words without case and plural, near enough to compare names by."""
    return {word.strip(".,!?()").rstrip("s") for word in text.casefold().split()}


def is_named(item: Json, said: str) -> bool:
    """Whether everything the customer named is in the thing's name or brand."""
    wanted = stem_words(extract_search_terms(said))
    return bool(wanted) and wanted <= stem_words(
        f"{item['name']} {item.get('brand') or ''}"
    )


def find_variant(variants: Sequence[Json], said: str) -> Json | None:
    """The variant whose options the sentence names best, or its place in the list;
    `None` when that is none or several."""
    words = stem_words(said.replace(",", " "))
    named = [len(stem_words(" ".join(v["options"].values())) & words) for v in variants]
    best = max(named, default=0)
    if best > 0 and named.count(best) == 1:
        return variants[named.index(best)]
    places = find_positions(said)
    return _at(variants, places[0]) if len(places) == 1 else None

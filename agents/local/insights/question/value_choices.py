"""Chooses which value a name is meant for, where several dimensions have one of that name."""

import re
from collections.abc import Iterator

from agents.local.dialogue_state import Json
from agents.local.insights.question.draft import Draft
from agents.local.insights.senses.goods import NAMED
from agents.local.insights.words.lexicon import DIMENSION_ROLES, Meaning, Role
from agents.local.insights.words.mentions import Mention
from webapp.insights.query.values import MatchKind

PREFERENCE = (
    "category", "brand", "tag", "product", "country", "state", "variant",
)  # fmt: skip
"""Of values with the same name, where no word says which is meant."""
PLACES = frozenset({"country", "state"})
CURRENT = "current_category"
"""Its values are named like those of categories."""
IN_NAME = re.compile(
    r"(?i)in (?:(?:its|the|their|his|her) )?(?:product )?(?:title|name|label)s?"
)
""" "Products with Garden in the title": whatever else is called so."""
PRODUCTS = Meaning(Role.DIMENSIONS, "product")


def choose_value(draft: Draft, index: int) -> tuple[str, Json]:
    """The dimension of a value, and what a filter takes: `in` or `contains`."""
    return rank_values(draft, index)[0]


def rank_values(draft: Draft, index: int) -> list[tuple[str, Json]]:
    """What a name may mean, the likeliest first; the other one first, if that is asked for."""
    mention = draft.mentions[index]
    if (meaning := mention.find(Role.VALUE)) is not None and not mention.values:
        return [(meaning.of, {"in": [meaning.name]})]
    behind = draft.mentions[index + 1 : index + 2]
    if any(IN_NAME.fullmatch(each.text) for each in behind):
        return [("product", {"contains": mention.text.casefold(), "names": []})]
    label = find_label(draft, index)
    labeled = {
        each.name
        for each in (draft.mentions[label].meanings if label is not None else ())
        if each.role in DIMENSION_ROLES
    }
    listed = _list_places(draft, index)
    ranked = sorted(
        mention.values,
        key=lambda each: (
            each.dimension not in labeled,
            -listed.count(each.dimension),
            _rank_dimension(each.dimension),
        ),
    )
    found: dict[str, Json] = {}
    for each in ranked:
        if each.kind is MatchKind.PART:
            part = {"contains": each.value, "names": each.names}
            found.setdefault(each.dimension, part)
        else:
            # A size is that of several variants.
            values = found.setdefault(each.dimension, {"in": []}).get("in", [])
            if each.value not in values:
                values.append(each.value)
    if "category" in found and find_current(draft, index) is not None:
        found = {CURRENT: found["category"]}
    choices = list(found.items())
    is_other = draft.has(Role.OTHER) and len(choices) > 1
    return [choices[1], choices[0], *choices[2:]] if is_other else choices


def _list_places(draft: Draft, index: int) -> list[str]:
    """Of what the other places of a list are: "NY + CA" are states, "FR, DE and CA" countries."""
    return [
        dimension
        for step in (-1, 1)
        for each in _iterate_list(draft, index, step)
        for dimension in each.dimensions & PLACES
    ]


def _iterate_list(draft: Draft, index: int, step: int) -> Iterator[Mention]:
    """The names that are listed before or behind one."""
    place, joins = index + step, False
    while 0 <= place < len(draft.mentions):
        mention = draft.mentions[place]
        if mention.is_value and joins:
            yield mention
            joins = False
        elif mention.has(Role.JOIN, Role.COMPARE, Role.ALSO):
            joins = True
        elif mention.is_value or not mention.has(Role.FILLER, *DIMENSION_ROLES):
            return
        place += step


def _rank_dimension(name: str) -> int:
    return PREFERENCE.index(name) if name in PREFERENCE else len(PREFERENCE)


def find_label(draft: Draft, index: int) -> int | None:
    """The dimension that is named with a value: "category Kitchen", "the Kitchen category"."""
    after, before = index + 1, draft.find_before(index)
    if before is not None and draft.mentions[before].text.casefold() in NAMED:
        before = draft.find_before(before)
    if after < len(draft.mentions) and draft.mentions[after].has(*DIMENSION_ROLES):
        # "Crime products" are of the category, not the product.
        is_product = draft.mentions[after].find(Role.DIMENSIONS) == PRODUCTS
        return None if is_product else after
    if before is not None and draft.mentions[before].has(*DIMENSION_ROLES):
        # "Books in Crime" are of the category, too.
        return None if _is_product_in(draft, before, index) else before
    return None


def _is_product_in(draft: Draft, label: int, index: int) -> bool:
    words = {each.text.casefold() for each in draft.mentions[label + 1 : index]}
    is_product = any(each.name == "product" for each in draft.mentions[label].meanings)
    return is_product and not words.isdisjoint({"in", "from", "within", "of"})


def find_current(draft: Draft, index: int) -> int | None:
    """Where a category is called the one of now: "current category Kitchen", "the current category
    is not Kitchen", "the current categories Kitchen and Garden"."""
    after = draft.mentions[index + 1 : index + 2]
    if any(_names_current(each) for each in after):
        return index + 1
    for place in range(index - 1, -1, -1):
        mention = draft.mentions[place]
        if _names_current(mention):
            return place
        is_between = mention.is_value or mention.has(
            Role.FILLER, Role.JOIN, Role.EXCLUDE, Role.ONLY
        )
        if not is_between or mention.has(*DIMENSION_ROLES):
            return None
    return None


def _names_current(mention: Mention) -> bool:
    return any(
        each.name == CURRENT and each.role in DIMENSION_ROLES
        for each in mention.meanings
    )

"""Chooses what words of goods are, and which of them are names: "Crime titles", "the toy called
First Light", "80 books or records". Pure."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from agents.local.insights.senses.rules import Place, at_each, find_metric, settle_all
from agents.local.insights.words.lexicon import DIMENSION_ROLES, FILLER, Meaning, Role
from agents.local.insights.words.mentions import Mention
from webapp.insights.query.definitions import METRICS, PERIODS
from webapp.insights.query.values import MatchKind

KINDS = frozenset({
    "album", "article", "book", "game", "item", "line", "model", "novel", "piece", "product",
    "record", "set", "single", "sku", "thing", "title", "toy", "vinyl", "volume",
})  # fmt: skip
""" "The book “Returns”": what the name is of, and nothing else."""
PRODUCT_NOUNS = frozenset(
    f"{noun}{ending}"
    for noun in (
        "album", "article", "book", "game", "item", "line", "novel", "record", "title", "toy",
        "vinyl",
    )
    for ending in ("", "s")
) | {"goods", "piece of music"}  # fmt: skip
""" "Crime books", "the titles in Crime": products, where it is said of which category."""
GROUPS_OF_GOODS = frozenset({"category", "brand", "tag"})
NAMED = frozenset({"called", "named", "titled", "entitled", "by the name of"})
QUOTES = "\"'“”„«»\u2018\u2019"
DETERMINERS = frozenset({"the", "our", "a", "of the"})
FIRSTS = frozenset({"order", "orders", "purchase", "purchases", "half"})
REQUESTED = frozenset({"you", "we", "i", "please", "let's", "lets"})
""" "Could you set", "please list": what follows is a verb."""
SETTING = frozenset({"set", "put"})
CURRENT = frozenset({"current", "present", "actual", "existing", "momentary"})
NAMING = frozenset({
    "name", "names", "title", "titles", "product name", "product names", "product title",
})  # fmt: skip
HAVING = frozenset({"have", "has", "having", "with", "in", "in them", "in it", "had"})
MAX_NAMING = 4
"""Words from a name to what it has."""
BOUNDING = (Role.OVER, Role.UNDER, Role.AT_LEAST, Role.AT_MOST)
MIN_WORD = 3
"""Letters of a word that tells, by its case, how others are written."""
MEANT_WITH_CAPITALS = (
    Role.METRIC, *DIMENSION_ROLES, Role.JOIN, Role.COMPARE, Role.BY, Role.EXCLUDE, Role.ONLY,
    Role.GAP, Role.ANALYSIS, Role.SUPERLATIVE, Role.WHICH, Role.HOW_MANY, Role.HOW_MUCH,
)  # fmt: skip
ANY_OF = frozenset({"any", "every", "each", "all", "the", "our", "all the", "all our"})


def settle_goods(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    described = _settle_descriptions(text, mentions)
    return settle_all(_settle_longer_names(text, described), SETTLING)


def _settle_longer_names(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """ "Garden Swing", "Kitchen Table": names of which only the first word is known, so that the
    other one has no meaning of its own."""
    settled = list(mentions)
    if not any(each.text.islower() and len(each.text) > MIN_WORD for each in mentions):
        return settled  # All words have capitals.
    for index, (before, mention) in enumerate(pairwise(mentions), 1):
        is_next = text[before.end : mention.start] == " "
        is_name = before.values and before.text[:1].isupper() and mention.text.istitle()
        is_free = (
            mention.time is None and mention.number is None and not mention.is_value
        )
        if is_next and is_name and is_free and not mention.has(*MEANT_WITH_CAPITALS):
            settled[index] = replace(mention, meanings=())
    return settled


def _settle_descriptions(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """ "The book “Returns”", "the toy called First Light", "the crime novel “Dead in December”":
    the words before a whole name say what it is of."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        if not _is_whole_product(mention):
            continue
        is_called = index > 0 and mentions[index - 1].word in NAMED
        end = begin = index - is_called
        while begin and _is_description(mentions[begin - 1]):
            begin -= 1
        is_definite = begin > 0 and mentions[begin - 1].word in DETERMINERS
        if is_called or is_definite or _is_quoted(text, mentions, index):
            settled[begin:end] = [each.read_as() for each in mentions[begin:end]]
    return settled


def _is_whole_product(mention: Mention) -> bool:
    return any(
        each.dimension == "product" and each.kind is MatchKind.WHOLE
        for each in mention.values
    )


def _is_description(mention: Mention) -> bool:
    kinds = mention.dimensions if mention.text == mention.text.casefold() else set()
    is_group = "category" in kinds or (bool(kinds) and kinds <= {"product", "tag"})
    return mention.word in KINDS or is_group


def _is_quoted(text: str, mentions: Sequence[Mention], index: int) -> bool:
    between = text[mentions[index - 1].end : mentions[index].start] if index else ""
    return bool(between.strip()) and between.strip() in QUOTES


@at_each
def _settle_firsts(at: Place) -> Mention:
    """ "The first 3 months", "their first order", "with the top sellers first": no part of a name
    such as "First Light"."""
    is_part = any(each.kind is MatchKind.PART for each in at.mention.values)
    is_placed = at.before.has(Role.SUPERLATIVE) or _follows_first(at.after)
    is_order = at.mention.text == "first" and is_part and is_placed
    return replace(at.mention, values=()) if is_order else at.mention


def _follows_first(after: Mention) -> bool:
    is_period = any(each.name in PERIODS for each in after.meanings)
    return after.number is not None or is_period or after.word in FIRSTS


@at_each
def _settle_requests(at: Place) -> Mention:
    """ "Could you set May against June": nothing that is called a set."""
    is_name = at.mention.is_part and at.mention.text.islower()
    if not (is_name and at.before.word in REQUESTED):
        return at.mention
    kept = FILLER if at.mention.word in SETTING else ()
    return replace(at.mention, meanings=kept, values=())


def _settle_nouns(mentions: Sequence[Mention]) -> list[Mention]:
    """ "The three books in Crime", "which books or records", "any book with more than 80 units":
    products."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        at = Place(settled, index)
        joins = at.before.has(Role.JOIN)
        ranked = at.before.has(Role.SUPERLATIVE) and at.before.word != "all-time"
        is_record = mention.word == "record" and (joins or ranked)
        if not (is_record or _is_noun(mention)):
            continue
        if joins and index > 1 and _is_product(settled[index - 2]):
            settled[index - 1 : index + 1] = [at.before.read_as(), mention.read_as()]
        elif _is_in_group(at) or _lists_rows(at):
            is_plural = mention.word.endswith("s")
            role = Role.DIMENSIONS if is_plural else Role.DIMENSION
            settled[index] = mention.read_as(Meaning(role, "product"))
    return settled


def _is_noun(mention: Mention) -> bool:
    is_part = mention.dimensions == {"product"}
    return mention.word in PRODUCT_NOUNS and (mention.is_unknown or is_part)


def _is_product(mention: Mention) -> bool:
    return any(
        each.name == "product" and each.role in DIMENSION_ROLES
        for each in mention.meanings
    )


def _is_in_group(at: Place) -> bool:
    """ "Crime titles", "the books in the Crime category"."""
    behind = [each for each in at.behind[:3] if each.word != "the"]
    is_of = len(behind) > 1 and behind[0].word in {"in", "of", "from"}
    near = [at.before, behind[1]] if is_of else [at.before]
    return any(
        each.dimension in GROUPS_OF_GOODS for mention in near for each in mention.values
    )


def _lists_rows(at: Place) -> bool:
    bounds = (*BOUNDING, Role.OR_MORE, Role.OR_LESS)
    is_bounded = any(each.has(*bounds) for each in at.mentions)
    if at.index == 0:
        return is_bounded
    is_ranked = at.before.has(Role.WHICH, Role.SUPERLATIVE, Role.BY)
    is_counted = at.before.number is not None and (
        at.index > 1 and at.mentions[at.index - 2].has(Role.SUPERLATIVE)
    )
    return is_ranked or is_counted or (is_bounded and at.before.word in ANY_OF)


@at_each
def _settle_current(at: Place) -> Mention:
    """ "Current stock on hand": it is never that of another time, if none is named."""
    metric = METRICS.get(find_metric(at.after))
    is_stock = metric is not None and metric.family == METRICS["stock"].family
    is_current = at.mention.word in CURRENT and at.mention.is_unknown
    return at.mention.read_as() if is_current and is_stock else at.mention


@at_each
def _settle_naming(at: Place) -> Mention:
    """ "Whose names have bear in them", "with the word bear in the title": what the name has."""
    is_naming = at.mention.word in NAMING and not at.mention.is_value
    near = at.behind[:MAX_NAMING]
    has_part = any("product" in each.dimensions for each in near)
    has_sign = any(each.word in HAVING or each.has(Role.ONLY) for each in near)
    return at.mention.read_as() if is_naming and has_part and has_sign else at.mention


@at_each
def _settle_returning(at: Place) -> Mention:
    """ "More things come back to us": goods do so, and no customers."""
    said = (each for each in reversed(at.mentions[: at.index]) if not _is_idle(each))
    subject = next(said, None)
    is_of_goods = subject is not None and (
        subject.word in THINGS or "product" in {each.name for each in subject.meanings}
    )
    comes_back = at.mention.get_name(Role.METRIC_VERB) == "returned_units"
    is_both = comes_back and at.mention.has(Role.ANALYSIS)
    return at.mention.drop(Role.ANALYSIS) if is_both and is_of_goods else at.mention


def _is_idle(mention: Mention) -> bool:
    return mention.has(Role.FILLER) and mention.word not in THINGS


THINGS = frozenset({"things", "thing", "stuff", "goods", "pieces", "units"})
SETTLING = (
    _settle_returning,
    _settle_firsts,
    _settle_requests,
    _settle_nouns,
    _settle_current,
    _settle_naming,
)

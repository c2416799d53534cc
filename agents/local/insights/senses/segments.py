"""Chooses what words of customer segments are: what figures are of, or the analysis `rfm`, which is
of the segments themselves. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from agents.local.insights.senses.rules import NOTHING, find_metric
from agents.local.insights.words.lexicon import DIMENSION_ROLES, Meaning, Role
from agents.local.insights.words.mentions import Mention

SEGMENT = "customer_segment"
ANALYSIS = "rfm"
OF_SEGMENTS = frozenset({ANALYSIS, "retention"})
"""Analyses whose words say who is in a segment: "from the loyal ones to those we lose"."""
LISTED = {
    **dict.fromkeys(("loyal", "loyal customers", "loyal ones", "loyals"), "loyal"),
    **dict.fromkeys(("new", "new customers", "new ones"), "new"),
    **dict.fromkeys(("lost", "lost ones"), "lost"),
    **dict.fromkeys(("guest", "guests", "guest customers"), "guest"),
}
"""Name a segment where they are listed with one; alone, they say who ordered before."""
QUALITIES = frozenset({
    "at risk", "at-risk", "promising", "need attention", "needs attention", "needing attention",
    "that need attention", "hibernating",
})  # fmt: skip
"""Can be said of something else: "products that need attention"."""
CHANGING = (
    Role.BY, Role.BREAKDOWN, Role.EXCLUDE, Role.INSTEAD_OF, Role.ALSO, Role.AGAIN, Role.ONLY,
)  # fmt: skip
"""Say that words change the figures before: "by segment instead", "without the segments"."""
OF_THE = frozenset({"of", "the", "our", "of the", "of our"})
RELATIVE = frozenset({"that", "which", "are", "is", "were", "was"})


def settle_segments(
    mentions: Sequence[Mention], *, follows: bool = False, analysis: str | None = None
) -> list[Mention]:
    """`follows` says that there are figures before, `analysis` of which one."""
    settled = _name_listed(_drop_qualities(mentions))
    if not any(map(_is_segment, settled)):
        return settled
    narrows = follows and analysis != ANALYSIS and _narrows_figures(settled)
    if _is_sorted(settled) or not (_asks_for_figures(settled) or narrows):
        return [_read_as_analysis(each) for each in settled]
    return _count_people([_read_as_split(each) for each in settled])


def _is_segment(mention: Mention) -> bool:
    return SEGMENT in {*mention.dimensions, mention.get_name(*DIMENSION_ROLES)}


def _drop_qualities(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Promising products", "orders at risk": of whom figures are is not said."""
    return [
        replace(each, meanings=tuple(m for m in each.meanings if m.of != SEGMENT))
        if each.word in QUALITIES and _is_of_others(mentions, index)
        else each
        for index, each in enumerate(mentions)
    ]


def _is_of_others(mentions: Sequence[Mention], index: int) -> bool:
    """Whether what the words are said of stands next to them, and is no customers."""
    at = index - 1
    while at >= 0 and mentions[at].word in RELATIVE:
        at -= 1
    before = mentions[at] if at >= 0 else NOTHING
    after = next(iter(mentions[index + 1 :]), NOTHING)
    return any(
        find_metric(each) not in {"", "customers"}
        or (each.has(*DIMENSION_ROLES) and not _is_segment(each))
        for each in (before, after)
    )


def _name_listed(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Champions, loyal and new customers": segments all of them."""
    settled = list(mentions)
    for order in (range(len(settled)), reversed(range(len(settled)))):
        is_listed = False
        for index in order:
            mention = settled[index]
            if is_listed and mention.word in LISTED:
                value = Meaning(Role.VALUE, LISTED[mention.word], SEGMENT)
                settled[index] = mention.read_as(value)
            is_sign = mention.has(Role.JOIN, Role.COMPARE) or mention.word == "the"
            is_listed = SEGMENT in settled[index].dimensions or (is_listed and is_sign)
    return settled


def _is_sorted(mentions: Sequence[Mention]) -> bool:
    """Whether customers are to be put into segments: "segment our customers by revenue"."""
    return any(
        each.get_name(Role.ANALYSIS) == ANALYSIS and not _is_segment(each)
        for each in mentions
    )


def _asks_for_figures(mentions: Sequence[Mention]) -> bool:
    """Whether others are asked for than how many customers are in a segment."""
    is_of_one = any(SEGMENT in each.dimensions for each in mentions)
    if is_of_one and any(each.has(Role.OVERVIEW) for each in mentions):
        return True  # "How did the champions do in May?"
    return any(
        find_metric(each) not in {"", "customers"}
        or each.has(Role.METRIC_VERB, Role.HOW_MUCH)
        or each.get_name(Role.ANALYSIS) not in {None, *OF_SEGMENTS}
        for each in mentions
        if not _is_segment(each)
    )


def _narrows_figures(mentions: Sequence[Mention]) -> bool:
    """ "Only champions", "and by segment?": of the figures before."""
    if any(each.has(Role.HOW_MANY, Role.WHICH) for each in mentions):
        return False
    is_split = any(each.has(*CHANGING) for each in mentions)
    return is_split or any(SEGMENT in each.dimensions for each in mentions)


def _read_as_analysis(mention: Mention) -> Mention:
    if not _is_segment(mention) or mention.has(Role.GAP):
        return mention
    return mention.read_as(Meaning(Role.ANALYSIS, ANALYSIS))


def _read_as_split(mention: Mention) -> Mention:
    return mention.drop(Role.ANALYSIS, Role.GAP) if _is_segment(mention) else mention


def _count_people(mentions: Sequence[Mention]) -> list[Mention]:
    """ "How many champions ordered" are customers, as if that word stood between."""
    counted: list[Mention] = []
    is_counted = False
    for mention in mentions:
        if is_counted and SEGMENT in mention.dimensions:
            counted.append(mention.read_as(Meaning(Role.METRIC, "customers")))
        counted.append(mention)
        is_counted = mention.has(Role.HOW_MANY) or (
            is_counted and mention.word in OF_THE
        )
    return counted

"""Settles what words of a change mean by those around them: "take the US out". Pure."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from agents.local.insights.edits.corrections import (
    settle_corrections,
    settle_instead,
    settle_numbers,
    settle_other_times,
)
from agents.local.insights.edits.limits import settle_limits
from agents.local.insights.edits.places import (
    OPEN,
    WINDOWS,
    ask_again,
    list_kinds,
    replace_meanings,
    silence_mention,
    skip_open,
)
from agents.local.insights.edits.words import BACK
from agents.local.insights.words.lexicon import Meaning, Role
from agents.local.insights.words.mentions import Mention

PARTED = frozenset({
    "take", "leave", "cut", "filter", "throw", "strip", "kick", "pull", "chuck", "weed", "screen",
    "keep", "put", "move", "drop", "count", "get", "just leave", "only leave",
})  # fmt: skip
"""Verbs that leave something out with a particle behind it: "take the US out"."""
LEAVING = frozenset({"leave", "keep", "just leave", "only leave"})
"""Verbs that keep it: "leave Germany in the list"."""
PARTICLES = frozenset({"out", "off", "away", "aside", "out of"})
SPLITTING = frozenset({
    "split", "break", "divide", "slice", "carve", "cut", "separate", "breaking", "splitting",
})  # fmt: skip
"""Verbs with a particle behind their object: "split this year's revenue up by country"."""
SWAPS = frozenset({"swap", "replace", "exchange", "switch", "change", "trade"})
FIGURES = frozenset({"metric", "figure", "measure", "kpi", "column", "value"})
BY_OTHER = frozenset({"for", "with", "by", "to", "into"})
COPULAS = frozenset({
    "is", "are", "isn't", "aren't", "was", "were", "don't", "doesn't", "do", "does", "can", "can't",
    ",",
})  # fmt: skip
SETS = frozenset({"orders", "customers", "net_revenue"})
MONEY = frozenset({"money", "cash", "value", "amount", "sum", "amounts", "sums"})
COUNTS = frozenset({"units", "orders", "returned_units", "refunded_orders"})
IN_MONEY = frozenset({"in money", "in cash", "in value", "in money terms", "moneywise"})
UNFILTERING = re.compile(
    r"no matter which|not (?:only|just|merely)|filter|limit|restrict|narrow|confin|constrain"
)
""" "Without limiting it to the UK": whatever is named behind it is not left out."""
WINNERS = {
    "winner": "descending", "leader": "descending", "champion": "descending",
    "front-runner": "descending", "loser": "ascending",
}  # fmt: skip
"""Are said of a list alone: "just the winner"."""


def settle_edits(mentions: Sequence[Mention]) -> list[Mention]:
    settled = list(mentions)
    for settle in SETTLING:
        settled = settle(settled)
    return settled


def _settle_particles(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Split this year's revenue up by country" is no rise."""
    settled = list(mentions)
    is_split = False
    for index, mention in enumerate(mentions):
        words = mention.text.casefold().split()
        is_split |= words[0] in SPLITTING
        if is_split and words[0] in {"up", "down", "out"} and len(words) == 1:
            after = mentions[index + 1 : index + 2]
            if not after or after[0].has(Role.BY, Role.BREAKDOWN, Role.FILLER):
                silence_mention(settled, index)
    for index, mention in enumerate(settled):
        is_verb = mention.is_unknown and mention.text.casefold() in SPLITTING
        if is_verb and any(each.has(Role.BY) for each in settled[index + 1 :]):
            silence_mention(settled, index)
    return settled


def _settle_parted(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Take the US out of that list", "leave only Germany in"."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        verb = mention.text.casefold()
        if verb not in PARTED:
            continue
        run = list(_list_run(mentions, index + 1))
        if not run:
            continue
        behind = run[-1] + 1
        after = mentions[behind].text.casefold() if behind < len(mentions) else ""
        if after in PARTICLES:
            settled[index] = replace_meanings(mention, Meaning(Role.EXCLUDE))
            silence_mention(settled, behind)
        elif verb in LEAVING:
            settled[index] = replace_meanings(mention, Meaning(Role.ONLY))
    return settled


def _list_run(mentions: Sequence[Mention], at: int) -> Iterator[int]:
    """The places of the names from a place on, with what joins them."""
    found: list[int] = []
    for index in range(at, len(mentions)):
        mention = mentions[index]
        is_set = bool(found) and _names_set(mention)
        if mention.is_value:
            found.append(index)
        elif is_set:
            found[-1] = index  # "Take the German orders out".
        elif not mention.has(*OPEN, Role.DIMENSION, Role.DIMENSIONS) or (
            mention.text.casefold() in PARTICLES
        ):
            break
    yield from found


def _names_set(mention: Mention) -> bool:
    """Whether a figure stands for what is counted with it: "the German orders"."""
    return any(
        each.role is Role.METRIC and each.name in SETS for each in mention.meanings
    )


def _settle_rest(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Keep France, drop the rest" is only France; the others beside "without the US" are said
    already."""
    settled = list(mentions)
    if not _has_names(mentions):
        return settled
    for index, mention in enumerate(mentions):
        if not mention.has(Role.REST):
            continue
        before = index - 1
        while before >= 0 and settled[before].has(Role.FILLER):
            before -= 1
        leaves = before >= 0 and settled[before].has(Role.EXCLUDE, Role.FORGET)
        excludes = any(each.has(Role.EXCLUDE) for each in settled[: max(before, 0)])
        if leaves and not _has_names(settled[before:index]):
            settled[before] = replace_meanings(settled[before], Meaning(Role.ONLY))
            silence_mention(settled, index)
        elif excludes:
            silence_mention(settled, index)
    return settled


def _has_names(mentions: Sequence[Mention]) -> bool:
    return any(each.is_value for each in mentions)


def _settle_exclusions(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Forget the US", "but without Germany", "and not Jazz"; "Jazz is not mine, leave it out"."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        after = skip_open(mentions, index + 1)
        is_name = after is not None and mentions[after].is_value
        words = mention.text.casefold()
        is_not = words in {"but without", "and not"}
        if is_name and (
            (mention.has(Role.FORGET) and not UNFILTERING.search(words)) or is_not
        ):
            settled[index] = replace_meanings(mention, Meaning(Role.EXCLUDE))
    back = next((n for n, each in enumerate(settled) if _points_back(each)), None)
    return settled if back is None else _move_exclusion(settled, back)


def _points_back(mention: Mention) -> bool:
    return Meaning(Role.EXCLUDE, BACK) in mention.meanings


def _move_exclusion(mentions: Sequence[Mention], back: int) -> list[Mention]:
    """Before the names that it is of, without what is said of them."""
    names = [n for n, each in enumerate(mentions[:back]) if each.is_value]
    if not names or _has_names(mentions[back + 1 :]):
        return list(mentions)
    between = mentions[names[-1] + 1 : back]
    if (
        between
        and between[0].text.casefold() not in COPULAS
        and not between[0].has(Role.EXCLUDE, Role.DIMENSION, Role.DIMENSIONS)
    ):
        return list(mentions)
    if any(each.time or each.number or each.has(Role.METRIC) for each in between):
        return list(mentions)
    first = names[-1]
    while first - 1 in names or (
        first and mentions[first - 1].has(Role.JOIN) and first - 2 in names
    ):
        first -= 1 if first - 1 in names else 2
    at = mentions[first].start
    moved = replace(mentions[back], start=at, end=at, meanings=(Meaning(Role.EXCLUDE),))
    return [
        *mentions[:first],
        moved,
        *mentions[first : names[-1] + 1],
        *mentions[back + 1 :],
    ]


def _settle_swaps(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Swap new for returning", "replace revenue with orders": the second instead of the first."""
    for index, mention in enumerate(mentions):
        if mention.text.casefold() not in SWAPS:
            continue
        for place in range(index + 1, len(mentions)):
            word = mentions[place].text.casefold().split()[0]
            starts = place if mentions[place].time and word in BY_OTHER else place + 1
            other = skip_open(mentions, starts)
            if word in BY_OTHER and other is not None and place > index + 1:
                named = mentions[index + 1 : place]
                if _are_alike(named, mentions[other]):
                    return [
                        *ask_again(mentions, index, starts),
                        *_drop_rows(named, mentions[other]),
                    ]
                return list(mentions)
    return list(mentions)


def _drop_rows(before: Sequence[Mention], after: Mention) -> list[Mention]:
    """ "Switch category to country": without the rows by the first, whatever others there are."""
    rows = [
        each for each in before if list_kinds([each]) == {"dimension"} and not each.time
    ]
    if len(rows) != 1 or list_kinds([after]) != {"dimension"}:
        return []
    return [replace(rows[0], meanings=(Meaning(Role.EXCLUDE),)), rows[0]]


def _are_alike(before: Sequence[Mention], after: Mention) -> bool:
    """Whether one can be in place of the other; "the month" stands for that which was said."""
    kinds, others = list_kinds(before), list_kinds([after])
    words = {each.text.casefold() for each in before}
    is_named = kinds == {"dimension"} and bool(others & {"time", "value"})
    is_figure = "metric" in others and not words.isdisjoint(FIGURES)
    return bool(kinds & others) or is_named or is_figure


OPPOSITES = {
    Role.UNDER: Role.AT_LEAST,
    Role.AT_MOST: Role.OVER,
    Role.OVER: Role.AT_MOST,
    Role.AT_LEAST: Role.UNDER,
}
"""What is kept, by what is left out."""


def _settle_bounds(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Drop everything below 5000": what is at least that stays."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        if not mention.has(Role.EXCLUDE) or mention.has(*OPPOSITES):
            continue
        at = index + 1
        passes = (
            *OPEN, Role.EVERY_VALUE, Role.DIMENSIONS, Role.DIMENSION, Role.METRIC,
            Role.METRIC_VERB,
        )  # fmt: skip
        while (
            at < len(mentions)
            and mentions[at].has(*passes)
            and not mentions[at].has(*OPPOSITES)
        ):
            at += 1
        role = next(
            (
                each
                for each in OPPOSITES
                if at < len(mentions) and mentions[at].has(each)
            ),
            None,
        )
        if (
            role is not None
            and at > index + 1
            and any(each.number for each in mentions[at + 1 : at + 2])
        ):
            silence_mention(settled, index)
            settled[at] = replace_meanings(mentions[at], Meaning(OPPOSITES[role]))
    return settled


def _settle_top(mentions: Sequence[Mention]) -> list[Mention]:
    """ "The 3 products on top", "which category is at the top": the best ones."""
    orders = (
        Role.SUPERLATIVE, Role.RISE, Role.FALL, Role.SORT, Role.DESCENDING, Role.ASCENDING,
    )  # fmt: skip
    said = [each for each in mentions if not each.has(*OPEN)]
    if len(said) == 1 and (winner := WINNERS.get(said[0].text.casefold())):
        return [
            replace_meanings(each, Meaning(Role.SUPERLATIVE, "any", winner))
            if each is said[0]
            else each
            for each in mentions
        ]
    names_rows = any(
        each.has(Role.DIMENSION, Role.DIMENSIONS, Role.WHICH) for each in mentions
    )
    if not names_rows or any(each.has(*orders) for each in mentions):
        return list(mentions)
    top = Meaning(Role.SUPERLATIVE, "any", "descending")
    return [
        replace_meanings(each, top) if each.has(Role.AT_THE_TOP) else each
        for each in mentions
    ]


def _settle_additions(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Add Wales back", "no Vinyl either": what the words behind a name say of the verb."""
    settled = list(mentions)
    for index, (before, mention) in enumerate(pairwise(mentions), 1):
        if mention.word in {"back", "back again"} and before.is_value:
            settled[index] = mention.read_as(Meaning(Role.RESTORE))
            if mentions[index - 2 : index - 1] and mentions[index - 2].has(
                Role.METRIC_VERB
            ):
                silence_mention(settled, index - 2)  # "Bring Wales back".
        excludes = any(each.has(Role.EXCLUDE) for each in mentions[:index])
        if mention.word == "either" and excludes:
            settled[index] = mention.read_as()
    return settled


def _settle_alone(mentions: Sequence[Mention]) -> list[Mention]:
    """ "If you look at Germany alone", "in October alone": only that."""
    settled = list(mentions)
    for index, (before, mention) in enumerate(pairwise(mentions), 1):
        is_named = before.is_value or isinstance(before.time, WINDOWS)
        if mention.text.casefold() in {"alone", "solo"} and is_named:
            settled[index] = replace_meanings(mention, Meaning(Role.ONLY))
        behind = mentions[index + 1 :]
        is_last = all(each.has(Role.FILLER, Role.AGAIN) for each in behind)
        if mention.text.casefold() == "out" and before.is_value and is_last:
            settled[index] = replace_meanings(mention, Meaning(Role.EXCLUDE, BACK))
    return settled


def _settle_money(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Units, not the money": what is in place of it is said."""
    settled = list(mentions)
    figures = [each for each in mentions if each.has(Role.METRIC)]
    # "Units in October, not in euros" leaves out orders.
    are_counts = all(
        each.get_name(Role.METRIC) in COUNTS for each in figures
    ) and not any(each.time or each.values for each in mentions)
    for index, mention in enumerate(mentions):
        after = skip_open(mentions, index + 1)
        is_money = after is not None and (
            mentions[after].text.casefold() in MONEY
            or (are_counts and _names_money(mentions[after]))
        )
        is_denied = mention.has(Role.EXCLUDE, Role.INSTEAD_OF)
        if after is not None and is_money and is_denied and figures:
            silence_mention(settled, index)
            silence_mention(settled, after)
    return settled


def _names_money(mention: Mention) -> bool:
    """ "In units instead of euros"."""
    value = mention.find(Role.VALUE)
    is_plural = mention.text.casefold().endswith("s") or mention.word == "sterling"
    return value is not None and value.of == "currency" and is_plural


Settle = Callable[[Sequence[Mention]], list[Mention]]
SETTLING: Sequence[Settle] = (
    settle_limits,
    _settle_top,
    _settle_alone,
    _settle_additions,
    _settle_money,
    _settle_swaps,
    settle_numbers,
    settle_corrections,
    settle_other_times,
    settle_instead,
    _settle_bounds,
    _settle_particles,
    _settle_parted,
    _settle_rest,
    _settle_exclusions,
)

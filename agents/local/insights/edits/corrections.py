"""Settles what is put in place of something else in one breath: "not Q3, Q2", "3, not 1",
"returning instead of new". Pure."""

from collections.abc import Sequence

from agents.local.insights.edits.places import (
    OPEN,
    WINDOWS,
    ask_again,
    list_kinds,
    replace_meanings,
    skip_open,
)
from agents.local.insights.edits.words import BACK
from agents.local.insights.words.lexicon import Meaning, Role
from agents.local.insights.words.mentions import Mention

DENIALS = frozenset(
    {"not", "and not", "but not", "rather than", "instead of", "no longer"}
)
""" "60, not 30"."""


def settle_other_times(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Forget October, give me September": not the first of two times."""
    times = [n for n, each in enumerate(mentions) if isinstance(each.time, WINDOWS)]
    if len(times) != 2:
        return list(mentions)
    for index, mention in enumerate(mentions):
        after = skip_open(mentions, index + 1)
        is_instead = mention.has(Role.FORGET, Role.INSTEAD_OF) or (
            after is not None and _is_instead_of(mention, mentions[after])
        )
        if is_instead and after in times:
            return ask_again(mentions, index, after + 1)
    return list(mentions)


def _is_instead_of(mention: Mention, time: Mention) -> bool:
    """ "Instead of the last 30 days": the "of" is a part of the time."""
    return mention.word in {"instead", "in place"} and time.word.startswith("of ")


def settle_instead(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Returning instead of new", "with categories instead of products": not the second. "Not from
    guests and not Kitchen", "from France and not Kitchen" leave something else out."""
    for index, mention in enumerate(mentions):
        after = skip_open(mentions, index + 1)
        if (
            not mention.has(Role.INSTEAD_OF)
            or mention.has(Role.EXCLUDE)
            or after is None
        ):
            continue
        if _leaves_out(mentions, index, after):
            excluding = replace_meanings(mention, Meaning(Role.EXCLUDE))
            return [*mentions[:index], excluding, *mentions[index + 1 :]]
        kinds = list_kinds([mentions[after]]) - {"metric"}
        others = list_kinds([*mentions[:index], *mentions[after + 1 :]])
        if kinds & others:
            return ask_again(mentions, index, after + 1)
    return list(mentions)


def _leaves_out(mentions: Sequence[Mention], index: int, denied: int) -> bool:
    """Whether a value that is denied stands for no other one that is named."""
    if mentions[index].word != "and not" or not mentions[denied].is_value:
        return False
    if any(each.has(Role.EXCLUDE) for each in mentions[:index]):
        return True
    dimensions = {value.dimension for value in mentions[denied].values}
    others = [each for n, each in enumerate(mentions) if n != denied]
    return all(
        dimensions.isdisjoint(value.dimension for value in each.values)
        for each in others
    ) and any(each.is_value for each in others)


def settle_corrections(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Not Q3, Q2": the second of two times; "not Germany but France"."""
    for index, mention in enumerate(mentions):
        if not mention.has(Role.EXCLUDE) or mention.text.casefold() != "not":
            continue
        behind = mentions[index + 1 : index + 4]
        joins = {each.text.casefold() for each in behind[1:2]}
        others = behind[1:] if joins.isdisjoint({",", "but"}) else behind[2:]
        if not others or others[0].text.casefold().split()[0] in {"or", "nor", "and"}:
            continue  # "Not on Saturday or Sunday": neither of them.
        are_times = all(
            isinstance(each.time, WINDOWS) for each in (behind[0], others[0])
        )
        are_names = behind[0].is_value and others[0].is_value and "but" in joins
        if are_times or are_names:
            return ask_again(mentions, index, index + 2)
    return list(mentions)


def settle_numbers(mentions: Sequence[Mention]) -> list[Mention]:
    """ "3 for each, not 1", "60 days rather than 30", "not 30 days, 60": the number that is denied
    says nothing, beside the one that is meant."""
    numbers = [n for n, each in enumerate(mentions) if _is_count(each)]
    if len(numbers) != 2:
        return list(mentions)
    first, second = numbers
    for index, mention in enumerate(mentions):
        denied = skip_open(mentions, index + 1)
        if not _denies_number(mention) or denied not in numbers:
            continue
        end = denied + 1
        unit = mentions[end : end + 1] if _has_unit(mentions, denied) else []
        behind = mentions[end + len(unit) :]
        if denied == second and all(each.has(Role.FILLER) for each in behind):
            before = mentions[:index]
            while before and before[-1].word in {",", "and", "but"}:
                before = before[:-1]
            # "Make it 60 instead of 30 days": of days as well.
            of_first = [] if _has_unit(mentions, first) else unit
            return [*before[: first + 1], *of_first, *before[first + 1 :], *behind]
        if denied == first and (index == 0 or mentions[index - 1].has(*OPEN)):
            of_second = [] if _has_unit(mentions, second) else unit
            again = replace_meanings(mention, Meaning(Role.AGAIN, BACK))
            kept = [
                each
                for each in mentions[end + len(unit) : second]
                if each.word not in {",", "but"}
            ]
            rest = mentions[second + 1 :]
            return [
                *mentions[:index],
                again,
                *kept,
                mentions[second],
                *of_second,
                *rest,
            ]
    return list(mentions)


def _is_count(mention: Mention) -> bool:
    number = mention.number
    return number is not None and number.until is None


def _denies_number(mention: Mention) -> bool:
    return mention.word in DENIALS or mention.has(Role.INSTEAD_OF)


def _has_unit(mentions: Sequence[Mention], index: int) -> bool:
    """ "30 days": not only 30."""
    return any(
        each.has(Role.DIMENSIONS, Role.DIMENSION, Role.METRIC)
        for each in mentions[index + 1 : index + 2]
    )

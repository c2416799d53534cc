"""Finds the words of a question that say something and have no use."""

from collections.abc import Iterator

from agents.local.insights.question.draft import Draft
from agents.local.insights.words.lexicon import Role

SILENT = (
    Role.FILLER, Role.JOIN, Role.WHICH, Role.HOW_MANY, Role.HOW_MUCH, Role.ONLY, Role.BY,
    Role.AGAIN, Role.ALSO, Role.CHART, Role.ANAPHOR, Role.BREAKDOWN, Role.YES,
    Role.EVERY_VALUE, Role.OVERVIEW, Role.BETWEEN, Role.INSTEAD_OF,
)  # fmt: skip


def list_leftovers(draft: Draft) -> Iterator[int]:
    """Places of the mentions that say something, and have no use."""
    for index, mention in enumerate(draft.mentions):
        if index in draft.used:
            continue
        # "Months with that much or more": of what was said elsewhere.
        is_open = mention.has(Role.OR_MORE, Role.OR_LESS) and _is_much(draft, index)
        if is_open or not mention.has(*SILENT):
            yield index


def _is_much(draft: Draft, index: int) -> bool:
    return draft.get_text(index - 1).split()[-1:] in (["much"], ["many"])

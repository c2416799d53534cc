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
        if index not in draft.used and not mention.has(*SILENT):
            yield index

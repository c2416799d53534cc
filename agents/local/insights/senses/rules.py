"""Rules that choose what a word means by those next to it, and how they are run. Pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.mentions import Mention

NOTHING = Mention("", 0, 0)
"""Stands before the first mention, and behind the last one."""
SUBJECTS = frozenset({"we", "you", "they", "us", "did we", "have we", "i", "we've"})
Settle = Callable[[Sequence[Mention]], list[Mention]]


@dataclass(frozen=True)
class Place:
    """A mention among those of its question."""

    mentions: Sequence[Mention]
    index: int

    @property
    def mention(self) -> Mention:
        return self.mentions[self.index]

    @property
    def before(self) -> Mention:
        return self.mentions[self.index - 1] if self.index else NOTHING

    @property
    def after(self) -> Mention:
        return next(iter(self.behind), NOTHING)

    @property
    def behind(self) -> Sequence[Mention]:
        """All of those after it."""
        return self.mentions[self.index + 1 :]


def at_each(rule: Callable[[Place], Mention]) -> Settle:
    """A rule for one mention as one for all; it sees the others as they were before it."""

    def settle(mentions: Sequence[Mention]) -> list[Mention]:
        return [rule(Place(mentions, index)) for index in range(len(mentions))]

    return settle


def settle_all(mentions: Sequence[Mention], rules: Sequence[Settle]) -> list[Mention]:
    settled = list(mentions)
    for settle in rules:
        settled = settle(settled)
    return settled


def find_metric(mention: Mention) -> str:
    """The name of the metric that it is; an empty one of another word."""
    meaning = mention.find(Role.METRIC)
    return "" if meaning is None else meaning.name


def is_within(mention: Mention, found: re.Match[str]) -> bool:
    """Whether some of its words are among those that were found in the text."""
    return mention.start < found.end() and found.start() < mention.end

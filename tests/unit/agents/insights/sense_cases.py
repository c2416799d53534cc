"""What the tests of word senses share: a text with its mentions settled, and names in it."""

from datetime import date

from agents.local.insights.senses.word_senses import settle_senses
from agents.local.insights.words.mention_finder import find_mentions
from agents.local.insights.words.mentions import Mention
from agents.local.language.today import Today
from webapp.insights.query.values import MatchKind, ValueMatch
from webapp.kit.weeks import WeekStart


def settle_words(text: str, *names: ValueMatch) -> dict[str, Mention]:
    found = find_mentions(
        text, today=Today(date(2026, 11, 18), WeekStart.MONDAY), matches=names
    )
    return {each.text: each for each in settle_senses(text, found)}


def match_name(
    text: str, name: str, dimension: str = "category", kind: MatchKind = MatchKind.WHOLE
) -> ValueMatch:
    start = text.index(name)
    return ValueMatch(
        dimension=dimension, value=name, start=start, end=start + len(name), kind=kind
    )


def match_product(
    text: str, name: str, kind: MatchKind = MatchKind.WHOLE
) -> ValueMatch:
    return match_name(text, name, "product", kind)

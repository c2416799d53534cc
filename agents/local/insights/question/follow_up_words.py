"""What words of a message mean where there are figures before it. Pure."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from agents.local.insights.edits.senses import IN_MONEY
from agents.local.insights.question.draft import Draft
from agents.local.insights.question.related_metrics import DEFAULT_METRIC, WORTH_OF
from agents.local.insights.words.lexicon import Meaning, Role
from agents.local.insights.words.mentions import Mention
from agents.local.language.calendar_names import MONTHS, WEEKDAYS
from agents.local.language.readings import Ambiguous, DaySpan, TimeGrain, Weekdays
from webapp.insights.query.definitions import METRICS, PERIODS

CHANGED_TIME = re.compile(
    rf"(?i)\b(?:change|switch|swap|move|turn|replace) (?:the |from )?"
    rf"(?:{'|'.join(MONTHS)}|q[1-4]|20\d\d) (?:to|into|with|for|by) "
)
""" "Change October to September": no range of months."""
_DAY = rf"(?:{'|'.join([*WEEKDAYS, 'weekend'])})"
DAYS_ONLY = re.compile(
    rf"(?:(?:on|in|at|from|to|the|a)\s)*{_DAY}\.?"
    rf"(?:(?:\s*(?:\+|&|,|/|-|\u2013)\s*|\s(?:and|or|to|through|till|until)\s)+{_DAY}\.?)*"
)
""" "Sat + Sun", "Mon to Fri"; "last Saturday" is one day."""
DIFFERENCE = re.compile(
    r"(?i)\b(difference|change|growth|increase)( to| with| on| over)"
    r"(?= (?:the )?(?:last|previous|prior|year before|month before|week before|yesterday|20\d\d"
    rf"|q[1-4]|{'|'.join(MONTHS)})\b)"
)
ONE_FIGURE = re.compile(r"(?i)\b(?:one|single) (?:figure|number)\b")
REQUESTED = frozenset({
    "me", "us", "show", "give", "get", "see", "have", "tell", "show me", "give me", "i", "list",
})  # fmt: skip
JUST = frozenset({"just", "solely", "exclusively", "merely", "purely", "strictly"})
OF_THOSE = frozenset({"of those", "of these", "of them"})
SETS = frozenset({
    "order", "orders", "purchases", "customers", "customer", "buyers", "shoppers", "sales", "items",
    "pieces", "transactions", "checkouts", "baskets", "clients",
    "orders placed", "placed orders", "orders made", "orders paid",
})  # fmt: skip
"""What figures are counted of, as much as figures themselves."""
OF_SET = frozenset({
    "from", "by", "of", "in", "to", "with", "for", "placed", "placed by", "placed in", "paid",
    "paid in", "made", "made by", "made in", "shipped", "shipped to", "sent to", "that", "which",
    "who", "where", "came from", "come from", "coming from", "going to", "containing",
})  # fmt: skip
"""Between a set and what restricts it."""
COMMANDS = frozenset({"take", "make", "bring", "turn", "move", "shift", "get"})
"""Verbs of what was earned that are also commands."""
OPENING = frozenset({
    "please", "pls", "no", "now", "then", "just", "ok", "okay", "sorry", "can", "could", "would",
    "you", "let's", "lets", "let", "us", "i", "can you", "could you", "would you", "thanks",
})  # fmt: skip
SUBJECTS = frozenset({"did", "we", "they", "you", "us", "do"})
ASKING = (Role.HOW_MANY, Role.HOW_MUCH, Role.WHICH)
THE = frozenset({"the", "that", "this", "whole", "entire", "full"})
THEIR = frozenset({"their", "its"})
POINTED = frozenset(
    {"it", "that", "those", "these", "they", "them", "this", "all that"}
)
""" "What were those worth?"."""
BACK_WORDS = frozenset({"of those", "of them", "of these", "their", "them"})
LISTING = frozenset({
    "list", "show", "name", "count", "see", "give", "rank", "sort", "send", "get", "have",
    "enumerate",
})  # fmt: skip
""" "Could you list them" is of what the question itself names."""


def hide_changed_time(text: str) -> str:
    """ "Change October to September": the same text with nothing but the second of the times;
    "the difference to September" is a change versus that. No letter is at another place."""
    text = CHANGED_TIME.sub(lambda found: " " * len(found[0]), text)
    return DIFFERENCE.sub(
        lambda found: "change".ljust(len(found[1])) + " vs".ljust(len(found[2])), text
    )


def settle_follow_up(
    mentions: Sequence[Mention], figures: Sequence[str], *, is_long: bool
) -> list[Mention]:
    """What the words mean where `figures` are the metrics before; `is_long` says that they are of
    more than two weeks."""
    named = _name_figure(_settle_commands(_ask_for_one(mentions)), figures)
    settled = _name_people(_keep_figure(named, figures))
    return _settle_weekdays(settled) if is_long else settled


def _name_people(mentions: Sequence[Mention]) -> list[Mention]:
    """ "How much of it came from new customers": whose it is, and not how many these are."""
    settled = list(mentions)
    for index, (before, mention) in enumerate(pairwise(mentions), 1):
        is_whose = before.word.split()[-1] in {"from", "by", "with", "through", "via"}
        if is_whose and mention.has(Role.VALUE):
            settled[index] = mention.drop(Role.METRIC)
    return settled


def _settle_weekdays(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Only Sat + Sun", "drop Mon to Fri", of figures by month: these days of every week."""
    settled = list(mentions)
    if not any(each.has(Role.ONLY, Role.EXCLUDE) for each in mentions):
        return settled
    for index, mention in enumerate(mentions):
        days = _list_weekdays(mention) if DAYS_ONLY.fullmatch(mention.word) else None
        if days is None:
            continue
        settled[index] = replace(mention, time=days)
        behind = mentions[index + 1 : index + 2]
        if any(each.word in {"day", "days"} for each in behind):
            settled[index + 1] = replace(behind[0], time=None).read_as()
    return settled


def _list_weekdays(mention: Mention) -> Weekdays | None:
    match mention.time:
        case DaySpan(first=date() as first, last=date() as last):
            count = min((last - first).days + 1, 7)
            days = {(first + timedelta(days=n)).isoweekday() for n in range(count)}
            return Weekdays(tuple(sorted(days)))
        case Ambiguous(readings=readings):
            return next((each for each in readings if isinstance(each, Weekdays)), None)
    return None


def _settle_commands(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Wrong year, take 2025 instead", "now make the limit 5": nobody took or made anything, where
    a command begins with the verb."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        begins = (Role.AGAIN, Role.JOIN, Role.ALSO, Role.YES)
        if mention.has(*begins) or mention.word in OPENING:
            continue
        if mention.word in COMMANDS and mention.has(Role.METRIC_VERB):
            behind = mentions[index + 1 : index + 2]
            if not any(each.word in SUBJECTS for each in behind):
                settled[index] = mention.drop(Role.METRIC_VERB)
        break
    return settled


def _keep_figure(mentions: Sequence[Mention], figures: Sequence[str]) -> list[Mention]:
    """ "Now only with orders from France", "without the orders of May", of units before: what they
    are counted of, and no other figure. "Only the orders, please" asks for these."""
    settled = list(mentions)
    is_of_orders = list(figures) == ["orders"]
    if is_of_orders and any(each.word in OF_THOSE for each in mentions):
        # "Of those, how many people checked out as a guest": who placed the orders.
        settled = [
            each.read_as() if each.word == "people" else each for each in mentions
        ]
    if not figures or any(each.has(*ASKING) for each in mentions):
        return settled
    for index, mention in enumerate(mentions):
        word = mention.word.removeprefix("the ")
        before = _find_said(mentions, range(index - 1, -1, -1))
        after = _find_said(mentions, range(index + 1, len(mentions)), skip=OF_SET)
        is_limited = before is not None and _limits_rows(before)
        is_restricted = after is not None and _restricts_rows(after)
        if word in SETS and mention.has(Role.METRIC) and is_limited and is_restricted:
            settled[index] = mention.read_as()
    return settled


def _find_said(
    mentions: Sequence[Mention], places: range, *, skip: Collection[str] = ()
) -> Mention | None:
    """The first one that is more than a filler."""
    for place in places:
        each = mentions[place]
        is_filler = each.has(Role.FILLER) and not _limits_rows(each)
        if is_filler and each.word in REQUESTED:
            return each  # "Just show me": politely.
        if not is_filler and each.word not in skip:
            return each
    return None


def _limits_rows(mention: Mention) -> bool:
    return mention.has(Role.ONLY, Role.EXCLUDE) or mention.word in JUST


def _restricts_rows(mention: Mention) -> bool:
    return mention.is_value or (
        mention.time is not None and not isinstance(mention.time, TimeGrain)
    )


def _ask_for_one(mentions: Sequence[Mention]) -> list[Mention]:
    """ "One number, please", of rows before, is their sum; beside a question it says nothing."""
    says = (Role.METRIC, Role.METRIC_VERB, Role.DIMENSION, Role.DIMENSIONS, Role.BY)
    said = [
        each
        for before, each in pairwise([None, *mentions])
        if each and not (before and before.text.casefold() in THE and _is_period(each))
    ]
    if any(each.has(*says) or each.time or each.is_value for each in said):
        return list(mentions)
    total = (Meaning(Role.SUM_UP),)
    return [
        replace(each, meanings=total)
        if each.has(Role.TALK) and ONE_FIGURE.search(each.text)
        else each
        for each in mentions
    ]


def _is_period(mention: Mention) -> bool:
    return any(
        each.role is Role.DIMENSION and each.name in PERIODS
        for each in mention.meanings
    )


def _name_figure(mentions: Sequence[Mention], figures: Sequence[str]) -> list[Mention]:
    """ "Which of them has the worst rate?", of refund rates: a word of the name of the figure
    before is that figure. "In money", where no other is named, is revenue."""
    names = {
        word for name in figures for word in METRICS[name].label.casefold().split()
    }
    has_figure = any(
        each.has(Role.METRIC, Role.METRIC_VERB, Role.HOW_MANY) for each in mentions
    )
    counts = any(each.has(Role.METRIC, Role.HOW_MANY) for each in mentions)
    has_number = any(each.number for each in mentions)
    worth = WORTH_OF.get(figures[0], DEFAULT_METRIC) if figures else DEFAULT_METRIC
    found = []
    before = ""
    for mention in mentions:
        word = mention.text.casefold()
        meanings = mention.meanings
        is_value = word in IN_MONEY or (word == "value" and before in THEIR)
        is_worth = word == "worth" and before in POINTED and not has_number
        if mention.is_unknown and word in names:
            meanings = (Meaning(Role.FILLER),)
        elif (is_value and not has_figure) or (is_worth and not counts):
            meanings = (Meaning(Role.METRIC, worth),)
        found.append(replace(mention, meanings=meanings))
        before = word
    return found


def points_back(draft: Draft) -> bool:
    """Whether "their" and "them" are of what was said before: not in "our products with their
    revenue", nor in "on which days did we take over 3000, could you list them"."""
    words = [each.text.casefold() for each in draft.mentions]
    places = draft.list_places(BACK_WORDS)
    if not places:
        return False
    is_own = not draft.follows and bool(draft.request.metrics)
    listed = [n for n in places if n and words[n] == "them" and words[n - 1] in LISTING]
    is_said = any(each.has(Role.DIMENSIONS) for each in draft.mentions[: places[0]])
    if not draft.follows:
        # "Someone wants the Marble Run, how many of them have we got".
        is_said |= any(each.values for each in draft.mentions[: places[0]])
    return not (is_said or (is_own and listed == places))

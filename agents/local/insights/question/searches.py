"""Finds what was searched for in a question: "how often was gift card searched". Pure.

What visitors type may be any words: those that have another meaning in a question, too, and those
that nobody ever searched for, which the query then names back.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from agents.local.dialogue_state import Json
from agents.local.insights.words.lexicon import Meaning, Role
from agents.local.insights.words.mention_finder import find_mentions
from agents.local.insights.words.mentions import Mention
from agents.local.language.today import Today
from webapp.insights.query.definitions import METRICS, Additivity, Grain, find_family
from webapp.insights.query.values import MatchKind, ValueMatch

FAMILY = find_family(Grain.SEARCH)
QUERY = "search_query"
ANALYSIS = "search_insights"
QUOTED = re.compile(
    r"[\"\u201c\u201e](?P<double>[^\"\u201c-\u201e]+)[\"\u201c\u201d]"
    r"|(?<!\w)['\u2018](?P<single>[^'\u2018\u2019]+)['\u2019](?!\w)"
)
INTRODUCING = frozenset(
    {
        "for", "of", "was", "were", "is", "did", "does", "do", "has", "have", "term", "query",
        "phrase", "word", "searched", "search", "vs", "versus", "and", "or", "than", "compared",
    }
)  # fmt: skip
"""Words before the text of a search: "searches for", "how often was", "the term"."""
INTRODUCING_NAMES = INTRODUCING | {"on", "about", "to", "with"}
"""Before words that have no other meaning: "clicks on lego", but not "searches on mobile"."""
USING = frozenset({
    "used", "use", "uses", "using", "usage", "entered", "performed", "executed", "submitted",
    "conducted", "carried", "logged", "users", "visitors", "frequently", "search",
    "box", "bar", "field", "function", "engine", "page", "results", "feature", "algorithm",
    "ranking", "layout", "design", "tool", "plugin", "filter", "filters", "term", "phrase", "word",
    "keyword", "volume",
})  # fmt: skip
"""Words about searches that are searched for only where they are quoted or called a term."""
SEARCHING = frozenset({"visitors", "visitor", "users", "shoppers"})
"""Who searches, where that is not what is counted."""
THEIRS = frozenset({"of", "for", "in", "on", "across", "among"})
ARTICLES = frozenset({"the", "a", "an"})
INNER = ARTICLES | {"of", "and", "&", "with", "for"}
"""Words that may be within a text, and neither begin nor end it."""
WORD = re.compile(r"[^\W_]+|&")


def find_asked_mentions(
    text: str, today: Today, matches: Sequence[ValueMatch], *, is_of_searches: bool
) -> list[Mention]:
    """In a question about searches, what was searched for has no other meaning."""
    names = [each for each in matches if each.dimension != QUERY]
    mentions = find_mentions(text, today=today, matches=names)
    if not (
        speaks_of_searches(mentions) or (is_of_searches and _names_no_metric(mentions))
    ):
        return mentions
    texts = _find_search_texts(text, mentions, matches, may_begin=is_of_searches)
    others = [
        each
        for each in names
        if all(each.end <= other.start or other.end <= each.start for other in texts)
    ]
    found = find_mentions(text, today=today, matches=[*others, *texts])
    return _settle_searches(found)


def speaks_of_searches(mentions: Sequence[Mention]) -> bool:
    """Whether the figures that are asked for are of searches, and of nothing else."""
    meanings = [meaning for mention in mentions for meaning in mention.meanings]
    metrics = {each.name for each in meanings if each.role is Role.METRIC}
    verbs = {each.name for each in meanings if each.role is Role.METRIC_VERB}
    names_query = any(each.name in {QUERY, ANALYSIS} for each in meanings)
    is_of_searches = any(map(is_search_metric, metrics | verbs))
    return all(map(is_search_metric, metrics)) and (is_of_searches or names_query)


def is_search_metric(name: str) -> bool:
    return name in METRICS and METRICS[name].family == FAMILY


def is_about_searches(query: Json) -> bool:
    """Whether a query has figures of searches alone."""
    metrics = query.get("metrics", ())
    return bool(metrics) and all(map(is_search_metric, metrics))


def _names_no_metric(mentions: Iterable[Mention]) -> bool:
    return not any(each.has(Role.METRIC, Role.METRIC_VERB) for each in mentions)


def _find_search_texts(
    text: str,
    mentions: Sequence[Mention],
    matches: Iterable[ValueMatch],
    *,
    may_begin: bool = False,
) -> list[ValueMatch]:
    """The texts of searches in a question about them: what is quoted, words that nothing else in
    the question explains, and search queries that there are. `may_begin` where the question goes on
    with what was said of another text: "lego?"."""
    spans = [match.span(match.lastgroup or 0) for match in QUOTED.finditer(text)]
    for span in _iterate_runs(text, mentions, may_begin=may_begin):
        _add_span(spans, span)
    for each in matches:
        if each.dimension == QUERY and _is_meant(text, mentions, each):
            _add_span(spans, (each.start, each.end))
    return [
        ValueMatch(
            dimension=QUERY,
            value=text[start:end].strip(),
            start=start,
            end=end,
            kind=MatchKind.WHOLE,
        )
        for start, end in sorted(spans)
    ]


def _add_span(spans: list[tuple[int, int]], new: tuple[int, int]) -> None:
    if all(new[1] <= start or end <= new[0] for start, end in spans):
        spans.append(new)


def _is_open(mention: Mention) -> bool:
    """Whether nothing but a search explains the words: names of goods are no split of searches."""
    if mention.text.casefold() in USING:
        return False
    is_name = bool(mention.values) and not mention.has(Role.METRIC, Role.DIMENSION)
    return mention.is_unknown or is_name or mention.has(Role.GAP)


def _iterate_runs(
    text: str, mentions: Sequence[Mention], *, may_begin: bool
) -> Iterator[tuple[int, int]]:
    """Words that follow each other from one that is introduced as a text on."""
    at = 0
    while at < len(mentions):
        last = _find_run_end(mentions, at)
        if last is None:
            at += 1
            continue
        run = mentions[at : last + 1]
        is_name = any(not each.has(Role.GAP) for each in run if _is_open(each))
        words = INTRODUCING_NAMES if is_name else INTRODUCING
        before = _find_word_before(text, run[0].start)
        if before in words or (before is None and may_begin):
            yield run[0].start, run[-1].end
        at = last + 1


def _find_run_end(mentions: Sequence[Mention], first: int) -> int | None:
    """The place of the last open mention of the run that begins there, if one does."""
    if not _is_open(mentions[first]):
        return None
    last = first
    for place in range(first + 1, len(mentions)):
        mention = mentions[place]
        if _is_open(mention) or mention.number is not None:
            last = place
        elif mention.text.casefold() not in INNER:
            break
    return last


def _find_word_before(text: str, start: int) -> str | None:
    """The word before a place, over articles."""
    words = [match[0].casefold() for match in WORD.finditer(text[:start])]
    while words and words[-1] in ARTICLES:
        words.pop()
    return words[-1] if words else None


def _is_meant(text: str, mentions: Sequence[Mention], match: ValueMatch) -> bool:
    """Whether words that were searched for are no words of the question: somebody may have searched
    for "month"."""
    within = [
        each for each in mentions if each.start < match.end and match.start < each.end
    ]
    is_introduced = _find_word_before(text, match.start) in INTRODUCING
    is_cut = any(each.start < match.start or match.end < each.end for each in within)
    is_time = any(each.time is not None for each in within)
    return not (is_cut or is_time) and (is_introduced or any(map(_is_open, within)))


def _settle_searches(mentions: Sequence[Mention]) -> list[Mention]:
    """ "How many people searched for lego": what counts is the searches, where it is said what
    for; and there is nothing to examine."""
    settled = [_settle_use(mentions, index) for index in range(len(mentions))]
    mentions = settled[:]
    texts = [index for index, each in enumerate(mentions) if _is_text(each)]
    for index, mention in enumerate(mentions) if texts else ():
        meanings = [each for each in mention.meanings if each.name != ANALYSIS]
        is_verb = mention.text.casefold().endswith(" for") and not mention.has(
            Role.AGAIN
        )
        is_emptied = bool(mention.meanings) and not meanings
        if is_emptied or (index + 1 in texts and is_verb):
            meanings = [Meaning(Role.METRIC_VERB, "searches")]
        settled[index] = replace(mention, meanings=tuple(meanings))
    return settled


def _settle_use(mentions: Sequence[Mention], index: int) -> Mention:
    """ "How often was the search used", "the click rate of searches": no figure of their own."""
    mention = mentions[index]
    is_counted = index > 0 and mentions[index - 1].has(Role.HOW_MANY)
    if mention.text.casefold() in SEARCHING and not is_counted:
        return replace(mention, meanings=(Meaning(Role.FILLER),))
    is_use = mention.is_unknown and mention.text.casefold() in USING
    is_set = mention.find(Role.METRIC) == Meaning(Role.METRIC, "searches") and (
        _find_possessor(mentions, index) in THEIRS
        and any(_is_ratio(each) for each in mentions[: index - 1])
    )
    return (
        replace(mention, meanings=(Meaning(Role.FILLER),))
        if is_use or is_set
        else mention
    )


def _find_possessor(mentions: Sequence[Mention], index: int) -> str | None:
    """The word before, over "our" and "the"."""
    words = [each.text.casefold() for each in mentions[:index]]
    while words and words[-1] in ARTICLES | {"our", "all", "all the", "all our"}:
        words.pop()
    return words[-1] if words else None


def _is_ratio(mention: Mention) -> bool:
    meaning = mention.find(Role.METRIC)
    return (
        meaning is not None
        and is_search_metric(meaning.name)
        and METRICS[meaning.name].additivity is Additivity.RATIO
    )


def _is_text(mention: Mention) -> bool:
    return any(each.dimension == QUERY for each in mention.values)

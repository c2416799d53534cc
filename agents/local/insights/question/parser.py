"""Parses a question to the parts of a query, and to what was not understood of it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from agents.local.insights.analyses.bare_changes import ask_for_causes
from agents.local.insights.analyses.details import read_level, settle_analysis
from agents.local.insights.analyses.named_analyses import read_analysis
from agents.local.insights.analyses.qualifiers import settle_qualifiers
from agents.local.insights.edits.senses import settle_edits
from agents.local.insights.edits.words import NEXT_TO
from agents.local.insights.question.bounds import read_bounds
from agents.local.insights.question.complete_periods import read_complete_periods
from agents.local.insights.question.derived_columns import read_derived
from agents.local.insights.question.dimensions import read_dimensions
from agents.local.insights.question.draft import Draft, Request
from agents.local.insights.question.extreme_days import read_extreme_days
from agents.local.insights.question.follow_up_words import (
    hide_changed_time,
    points_back,
    settle_follow_up,
)
from agents.local.insights.question.further_rows import (
    read_further,
    read_lone_number,
    settle_further,
)
from agents.local.insights.question.gaps import is_said_better, read_gaps, read_strange
from agents.local.insights.question.leftovers import list_leftovers
from agents.local.insights.question.metrics import drop_implied_filters, read_metrics
from agents.local.insights.question.pairs import read_pair
from agents.local.insights.question.question import Question
from agents.local.insights.question.rankings import read_rankings
from agents.local.insights.question.recurring_filters import (
    list_counted_days,
    pair_hours_of_week,
)
from agents.local.insights.question.related_metrics import DEFAULT_METRIC
from agents.local.insights.question.repeat_buyers import read_repeat_buyers
from agents.local.insights.question.searches import find_asked_mentions
from agents.local.insights.question.shown_asides import is_shown, list_unshown
from agents.local.insights.question.times import read_times
from agents.local.insights.question.times_in_years import place_in_years
from agents.local.insights.question.value_choices import choose_value, find_label
from agents.local.insights.question.value_filters import (
    group_all_values,
    read_values,
    sum_listed,
)
from agents.local.insights.senses.averages import settle_spending, silence_goods
from agents.local.insights.senses.extreme_days import settle_extreme_days
from agents.local.insights.senses.fruitless_searches import settle_fruitless
from agents.local.insights.senses.negations import settle_negations
from agents.local.insights.senses.nouns import settle_nouns
from agents.local.insights.senses.outcomes import settle_outcomes
from agents.local.insights.senses.segments import settle_segments
from agents.local.insights.senses.word_senses import settle_senses
from agents.local.insights.talk.asides import PartedMentions, part_mentions
from agents.local.insights.words.lexicon import Meaning, Role
from agents.local.insights.words.mention_finder import find_mentions
from agents.local.insights.words.mentions import Mention, Number
from agents.local.language.calendar_names import SEASONS
from agents.local.language.readings import TimeGrain
from agents.local.language.time_expressions import find_time_expressions
from agents.local.language.today import Today
from webapp.insights.query.values import MatchKind, ValueMatch

THEY = frozenset({"they", "those", "these", "the two", "both", "them", "the same"})
OF_PEOPLE = frozenset({"customer_status", "customer_type", "country", "state"})
WHO = frozenset({"who", "who's", "whos"})
PEOPLE = frozenset({"people", "those", "anyone", "everyone"})
ARTICLES = frozenset({"a", "the", "any", "this", "that", "our"})
POINTED = frozenset({"it", "they", "that", "this", "those", "these", "them"})


def parse_question(
    text: str,
    *,
    today: Today,
    matches: Sequence[ValueMatch],
    is_of_searches: bool = False,
    follows: bool = False,
    analysis: str | None = None,
    figures: Sequence[str] = (),
    is_long: bool = False,
) -> Question:
    """`matches` are the values of the shop that the text names; `is_of_searches` says that the
    question before was about searches, `follows` that there are figures before, `figures` which
    metrics these are, `is_long` that they are of more than two weeks, and `analysis` of which
    one."""
    searched = hide_changed_time(text) if follows else text
    asked = find_asked_mentions(searched, today, matches, is_of_searches=is_of_searches)
    asked = settle_extreme_days(text, asked)
    denied = settle_negations(text, settle_fruitless(text, asked))
    became = settle_outcomes(text, denied)
    spent = silence_goods(settle_spending(settle_nouns(became)))
    segmented = settle_segments(spent, follows=follows, analysis=analysis)
    found = settle_qualifiers(ask_for_causes(text, segmented), analysis)
    if follows:
        found = settle_follow_up(found, figures, is_long=is_long)
    parted = part_mentions(text, found)
    mentions = _settle_mentions(text, parted, today)
    draft = Draft(mentions, _find_colons(text, mentions), follows)
    _read_parts(draft, today, analysis)
    _use_comparison(draft)
    _use_both(draft)
    read_lone_number(draft, today=today)
    pair = read_pair(draft)
    _use_sums(draft)
    _use_filters(draft)
    settle_analysis(draft, today=today)
    _note_times(draft, matches)
    _note_names(draft, today)
    _read_overview(draft)
    strange = read_strange(draft, parted.left_out)
    return Question(
        request=draft.request,
        mentions=tuple(mentions),
        unknown=(*(mentions[index] for index in list_leftovers(draft)), *strange),
        gaps=tuple(each for each in draft.gaps if not is_said_better(draft, each)),
        questions=tuple(draft.questions),
        notes=tuple(draft.notes),
        is_personal=_is_personal(draft),
        points_back=points_back(draft) or draft.request.goes_on,
        has_choice=draft.has_choice,
        pair=pair,
        left_out=(
            *list_unshown(text, parted.left_out, draft),
            *_list_named(found, draft),
        ),
        is_talk=parted.is_talk,
        telling=tuple(parted.telling),
        said=tuple(found),
    )


def _list_named(found: Iterable[Mention], draft: Draft) -> list[str]:
    """ "For the UK tax return": talk with a name in it, which may be meant as a filter."""
    return [
        each.text
        for each in found
        if each.has(Role.TALK)
        and each.values
        and not is_shown(each, draft.request, draft.mentions)
    ]


def _read_parts(draft: Draft, today: Today, analysis: str | None) -> None:
    """In this order: what reads a word first leaves it to none of the others."""
    read_gaps(draft)
    read_further(draft)
    read_repeat_buyers(draft)
    read_analysis(draft, analysis)
    read_values(draft)
    read_times(draft, today=today)
    read_level(draft)
    read_bounds(draft)
    read_metrics(draft)
    read_dimensions(draft)
    list_counted_days(draft, today)
    read_complete_periods(draft)
    pair_hours_of_week(draft)
    drop_implied_filters(draft)
    group_all_values(draft)
    sum_listed(draft)
    read_rankings(draft)
    read_extreme_days(draft)
    read_derived(draft)


def _settle_mentions(text: str, parted: PartedMentions, today: Today) -> list[Mention]:
    talk = [each for clause in parted.left_out for each in clause]
    asked = place_in_years(parted.asked, talk, today)
    senses = settle_senses(text, asked)
    settled = settle_edits(senses)
    return settle_further(_settle_pairs(_settle_drops(settled)))


def _settle_drops(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Sales drop in August", "the biggest drop in August", "the April drop" are not without
    August."""
    settled = list(mentions)
    for index, (before, mention) in enumerate(pairwise(mentions), 1):
        is_said = before.has(Role.METRIC) or before.is_value
        is_noun = before.has(Role.SUPERLATIVE) or before.word in ARTICLES
        is_noun |= before.time is not None and mention is mentions[-1]
        if mention.has(Role.FALL) and (is_said or is_noun):
            kept = (each for each in mention.meanings if each.role is not Role.EXCLUDE)
            settled[index] = replace(mention, meanings=tuple(kept))
    said = [n for n, each in enumerate(mentions) if not each.has(Role.FILLER)]
    if len(said) > 1 and mentions[said[1]].has(Role.SUPERLATIVE):
        # "Drop the smallest three": a command, and no fall.
        first = mentions[said[0]]
        if first.has(Role.EXCLUDE) and first.has(Role.FALL):
            settled[said[0]] = first.drop(Role.FALL)
    return settled


def _settle_pairs(mentions: Sequence[Mention]) -> list[Mention]:
    """ "The two best months" are a number of rows, "compare the two" says nothing."""
    settled = list(mentions)
    is_ranked = any(each.has(Role.SUPERLATIVE) for each in mentions)
    for index, (mention, after) in enumerate(pairwise(mentions)):
        counts = after.has(Role.SUPERLATIVE) or (
            is_ranked and after.has(Role.DIMENSIONS) and not after.is_value
        )
        if mention.text.casefold() == "the two" and counts:
            settled[index] = replace(mention, meanings=(), number=Number(Decimal(2)))
    return settled


def _find_colons(text: str, mentions: Sequence[Mention]) -> list[int]:
    return [
        index
        for index, (before, after) in enumerate(pairwise(mentions), 1)
        if ":" in text[before.end : after.start]
    ]


def _use_comparison(draft: Draft) -> None:
    """The word of a comparison that has what it compares."""
    request = draft.request
    has_other = request.compare_to or request.compare_shift or request.variants
    if draft.follows and draft.list_places(THEY):
        draft.use(*draft.list_unused(Role.COMPARE))  # "How did they compare last year?"
    is_list = [set(each) == {"dimension", "in"} for each in request.filters] == [True]
    is_only = request == Request(filters=request.filters)
    if draft.follows and is_list and is_only and list(draft.list_unused(Role.COMPARE)):
        request.side_by_side = True
        draft.use(*draft.list_unused(Role.COMPARE))
    adds = any(Meaning(Role.ALSO, NEXT_TO) in each.meanings for each in draft.mentions)
    # "Gross vs net revenue": the figures themselves.
    compares_figures = len(request.metrics) > 1 or (draft.follows and adds)
    if has_other or request.compare_unit or request.group_by or compares_figures:
        draft.use(*draft.list_unused(Role.COMPARE))


def _use_both(draft: Draft) -> None:
    """The word of two things that are there: "both Kitchen and Garden", "both years"."""
    request = draft.request
    pairs = [
        request.metrics, request.group_by, request.windows, request.variants,
        *(each.get("in", []) for each in request.filters),
        [each for each in (request.window, request.compare_to) if each],
    ]  # fmt: skip
    is_of_rows = draft.follows and request.wants_share
    if is_of_rows or any(len(each) == 2 for each in pairs):
        draft.use(*draft.list_unused(Role.BOTH))


def _use_sums(draft: Draft) -> None:
    """ "Germany and France in one figure", "just the total": where no rows are wanted, that is what
    it is."""
    if not draft.request.group_by and (draft.follows or draft.request.metrics):
        draft.use(*draft.list_unused(Role.SUM_UP))
    for index in list(draft.list_unused(Role.SUM_UP)):
        if draft.is_before(index, Role.BY) or _splits_rows(draft, index + 1):
            draft.use(index)  # "The overall total per month": of each of the rows.
    if draft.has(Role.SUM_UP) and draft.request.is_empty:
        # "Lump the two together", of the sentence before.
        draft.use(*draft.list_unused(Role.SUM_UP))
        draft.request.sums = True


def _splits_rows(draft: Draft, index: int) -> bool:
    return any(
        isinstance(each.time, TimeGrain) for each in draft.mentions[index : index + 1]
    )


def _use_filters(draft: Draft) -> None:
    """ "Drop the filter", "put Wales back in", "drill into Kitchen": of the figures before."""
    if draft.follows:
        draft.use(*draft.list_unused(Role.FORGET, Role.DRILL, Role.RESTORE))


def _is_personal(draft: Draft) -> bool:
    return any(
        mention.has(Role.PERSONAL)
        and not (_is_relative(draft, index) or _asks_for_rows(draft, index))
        for index, mention in enumerate(draft.mentions)
    )


def _is_relative(draft: Draft, index: int) -> bool:
    """ "Customers who ordered", "who buys more, new or returning": not who they are."""
    before = draft.mentions[index - 1] if index else None
    word = draft.mentions[index].text.casefold()
    if word == "whose" and before is not None:
        return before.has(Role.DIMENSION, Role.DIMENSIONS, Role.EVERY_VALUE)
    if word not in WHO:
        return False
    # "Vinyl or Jazz, who wins": one of these.
    is_choice = any(len(each.get("in", ())) > 1 for each in draft.request.filters)
    filtered = (each["dimension"] for each in draft.request.filters)
    of_people = not OF_PEOPLE.isdisjoint([*filtered, *draft.request.group_by])
    if is_choice or of_people:
        return True
    return before is not None and (
        before.has(Role.METRIC) or before.is_value or before.text.casefold() in PEOPLE
    )


def _asks_for_rows(draft: Draft, index: int) -> bool:
    """ "Who was the winner among the categories": which of them."""
    if draft.get_text(index) not in WHO:
        return False
    ranks = False
    passing = (Role.FILLER, Role.BY, Role.SUPERLATIVE, Role.RISE, Role.FALL)
    for mention in draft.mentions[index + 1 :]:
        names = {each.name for each in mention.meanings if each.role is Role.DIMENSIONS}
        if ranks and not names.isdisjoint(draft.request.group_by):
            return True
        if not (mention.has(*passing) or mention.time):
            return False
        ranks |= mention.has(Role.SUPERLATIVE, Role.RISE, Role.FALL)
    return False


def _note_times(draft: Draft, matches: Iterable[ValueMatch]) -> None:
    """ "October revenue": says that it is the month, where a product is called so."""
    names = {
        (each.start, each.end): each.dimension
        for each in matches
        if each.kind is MatchKind.WHOLE and each.dimension != "variant"
    }
    times = [each for each in draft.mentions if each.time is not None]
    for mention in times if len(times) == 1 else ():
        dimension = names.get((mention.start, mention.end))
        if dimension is not None:
            draft.notes.append(
                f"I took “{mention.text}” for the time; there is a {dimension} of that name, too."
            )


def _note_names(draft: Draft, today: Today) -> None:
    """ "Revenue last month": says that it is the brand, where there is one that is called so."""
    for index, mention in enumerate(draft.mentions):
        if not mention.is_value or not mention.values or find_label(draft, index):
            continue
        times = find_time_expressions(mention.text, today=today)
        if any(len(each.text) == len(mention.text) for each in times):
            dimension = choose_value(draft, index)[0]
            draft.notes.append(
                f"I took “{mention.text}” for the {dimension} of that name; it may be a time, too."
            )
        elif _reads_as_words(mention, today):
            dimension = choose_value(draft, index)[0]
            draft.notes.append(
                f"I took “{mention.text}” for the {dimension} of that name; without it these are "
                "words of the question."
            )


def _reads_as_words(mention: Mention, today: Today) -> bool:
    """ "Summer sales", where a tag is called so: a time and a figure as well."""
    words = find_mentions(mention.text, today=today, matches=())
    figures = [each.has(Role.METRIC) for each in words]
    rows = (Role.DIMENSION, Role.DIMENSIONS, Role.SUPERLATIVE)
    is_known = all(
        each.time is not None or each.has(Role.METRIC, *rows) for each in words
    )
    seasons = not SEASONS.keys().isdisjoint(mention.word.split())
    return len(mention.word.split()) > 1 and any(figures) and (is_known or seasons)


def _read_overview(draft: Draft) -> None:
    if draft.request.analysis is None and _is_overview(draft):
        draft.request.metrics.append(DEFAULT_METRIC)


def _is_overview(draft: Draft) -> bool:
    request = draft.request
    has_subject = bool(request.window or request.filters or request.windows)
    asks = draft.has(Role.OVERVIEW) and not request.metrics
    if draft.follows and any(
        first.has(Role.OVERVIEW) and second.text.casefold() in POINTED
        for first, second in pairwise(draft.mentions)
    ):
        return False  # "How was it in May": the figures before.
    is_phrase = any(
        mention.has(Role.OVERVIEW) and len(mention.text.split()) > 2
        for mention in draft.mentions
    )
    return asks and (has_subject or is_phrase)

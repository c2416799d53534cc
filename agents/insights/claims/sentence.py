"""A sentence of an answer, read: its names, times, metrics and numbers, and what is said of which.

What has been read is masked in `rest`, so that a name ("Half Moon Lamp") or a date makes no claim.
Pure.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from agents.insights.claims.dates import Calendar, find_periods
from agents.insights.claims.lexicon import (
    DIMENSION_NAMES,
    DIMENSION_WORD,
    METRIC_NAMES,
    METRIC_WORD,
)
from agents.insights.claims.mentions import (
    ClaimScope,
    NameMention,
    PeriodMention,
    Reference,
    Subject,
)
from agents.insights.claims.names import NameIndex, find_names, mask_parts
from agents.insights.claims.numbers import StatedNumber, find_numbers

MARKUP = re.compile(
    r"\*\*|__|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)|~~|^\s*#+\s*|^\s*>\s*"
)
LIST_NUMBER = re.compile(r"^\s*(?P<number>\d+)[.)]\s")
CLAUSE = re.compile(
    r"[;:\u2014]|\s\u2013\s|\s-\s|,\s+(?:and|while|whereas|but"
    r"|with|followed by|then|although|though|as)\b|\b(?:while|whereas"
    r"|but|although|though)\b|(?<=[)])[,;]?\s"
)
JOINT = re.compile(
    r"(?i)\s*(?:,|&|/|\+|,?\s*(?:and|or|nor|as well as|plus|then)\b)\s*(?:the\s+"
    r"|in\s+|by\s+|for\s+|from\s+)?"
)
FORWARD = re.compile(
    r"(?i)\s*(?:(?!(?:compared|versus|vs|than|ahead|against|followed"
    r"|behind|and|but)\b)[a-z%]+\s+){0,5}?"
    r"(?:from|for|in|by|of|through|via|on|during|(?:belong(?:s"
    r"|ed)|went|goes|shipped|sold|sent) to|at)\s+(?:the\s+|all\s+"
    r"|our\s+)?"
)
ADJACENT = re.compile(r"(?i)\s*\(?(?:the\s+)?")
FRONTED = re.compile(r"(?i)(?:\bwith|\bat)\s+(?:[a-z]+\s+){0,2}$")
FRONTED_GAP = re.compile(r"[^,.;:]{0,40},\s*(?:the\s+)?")
NEXT_TO = re.compile(r"(?i)(?:['\u2019]s)?[\s(:]*(?:[a-z]+\s+){0,2}")
PART_OF_METRIC = re.compile(
    r"(?i)\s*(?:(?:in|of|worth of|total|paid|net|the|its|their"
    r"|all|our|overall|these|those)\s+){0,3}"
)


@dataclass(frozen=True)
class Group:
    """Subjects that are listed together: "Kitchen, Garden and Toys"."""

    members: tuple[Subject, ...]

    @property
    def start(self) -> int:
        return self.members[0].start

    @property
    def end(self) -> int:
        return self.members[-1].end

    @property
    def axis(self) -> str:
        """What the members are values of."""
        first = self.members[0]
        if isinstance(first, PeriodMention):
            return "period"
        return min(first.dimensions, default="")


@dataclass(frozen=True)
class TermMention:
    start: int
    end: int
    names: frozenset[str]
    """Of the metrics or dimensions that it may mean."""


@dataclass(frozen=True)
class Context:
    """What the sentences before say about the one that follows."""

    scopes: tuple[ClaimScope, ...] = ()
    """What they were about: "It was the best month"."""
    header: tuple[str, ...] = ()
    """The cells of the header of a table that goes on."""


@dataclass(frozen=True)
class ParsedSentence:
    text: str
    rest: str
    """The text with its names and times masked."""
    subjects: tuple[Subject, ...]
    numbers: tuple[StatedNumber, ...]
    context: Context
    """What the sentences before were about."""
    list_number: int | None = None
    clauses: tuple[tuple[int, int], ...] = field(default=())

    @property
    def is_table_row(self) -> bool:
        return self.text.lstrip().startswith("|")

    @property
    def is_heading(self) -> bool:
        """Whether it announces figures and says none."""
        is_open = self.text.rstrip().endswith((":", "|")) or self.text.startswith("#")
        return is_open and not self.subjects

    @property
    def names(self) -> list[NameMention]:
        return [each for each in self.subjects if isinstance(each, NameMention)]

    @property
    def periods(self) -> list[PeriodMention]:
        return [each for each in self.subjects if isinstance(each, PeriodMention)]

    @cached_property
    def metrics(self) -> list[TermMention]:
        return [
            TermMention(*match.span(), METRIC_NAMES[_fold_term(match[0])])
            for match in METRIC_WORD.finditer(self.rest)
        ]

    @cached_property
    def dimensions(self) -> list[TermMention]:
        return [
            TermMention(
                *match.span(), frozenset({DIMENSION_NAMES[match[0].casefold()]})
            )
            for match in DIMENSION_WORD.finditer(self.rest)
        ]

    @cached_property
    def groups(self) -> list[Group]:
        return list(_group_subjects(self.text, self.subjects))

    def find_clause(self, at: int) -> tuple[int, int]:
        if self.is_table_row:
            return 0, len(self.text)
        found = (each for each in self.clauses if each[0] <= at < each[1])
        return next(found, (0, len(self.text)))


def parse_sentence(
    written: str,
    index: NameIndex,
    calendar: Calendar,
    context: Context,
) -> ParsedSentence:
    text = MARKUP.sub("", written.strip())
    list_number = LIST_NUMBER.match(text)
    names = [each for each in find_names(text, index) if each.start >= 0]
    rest = mask_parts(text, [(each.start, each.end) for each in names])
    if list_number:
        rest = mask_parts(rest, [list_number.span("number")])
    periods = find_periods(rest, calendar)
    rest = mask_parts(rest, [(each.start, each.end) for each in periods])
    subjects: list[Subject] = [*names, *periods]
    subjects.sort(key=lambda each: each.start)
    return ParsedSentence(
        text,
        rest,
        tuple(subjects),
        tuple(find_numbers(rest)),
        context,
        int(list_number["number"]) if list_number else None,
        tuple(_split_clauses(rest)),
    )


def _fold_term(text: str) -> str:
    return " ".join(text.casefold().split())


def _split_clauses(rest: str) -> Iterator[tuple[int, int]]:
    at = 0
    for match in CLAUSE.finditer(rest):
        if match.start() > at:
            yield at, match.start()
            at = match.start()
    yield at, len(rest)


def _group_subjects(text: str, subjects: Sequence[Subject]) -> Iterator[Group]:
    members: list[Subject] = []
    for each in subjects:
        if members and not _is_listed_with(text, members[-1], each):
            yield Group(tuple(members))
            members = []
        members.append(each)
    if members:
        yield Group(tuple(members))


def _is_listed_with(text: str, one: Subject, other: Subject) -> bool:
    if JOINT.fullmatch(text[one.end : other.start]) is None:
        return False
    if isinstance(one, NameMention) and isinstance(other, NameMention):
        return bool(one.dimensions & other.dimensions)
    return (
        isinstance(one, PeriodMention)
        and isinstance(other, PeriodMention)
        and one.reference is other.reference
    )


def list_scopes(
    sentence: ParsedSentence, start: int, end: int, *, is_change: bool = False
) -> list[list[ClaimScope]]:
    """What a claim at a place may be said of: alternatives, each with the scopes of which all must
    bear it out. A change is not said of the time that it is a change from."""
    axes: dict[str, list[Group]] = {}
    for group in sentence.groups:
        first = group.members[0]
        if isinstance(first, PeriodMention) and (
            _is_aside(first, is_change)
            or not _bears_figures(sentence, group, start, end)
        ):
            continue
        if isinstance(first, PeriodMention) or first.targets:
            axes.setdefault(_find_axis(axes, group), []).append(group)
    alternatives: list[list[Group]] = [[]]
    names_in_clause = _has_names(sentence, start)
    for axis, groups in axes.items():
        chosen = _choose_groups(sentence, groups, start, end)
        if axis != "period" and names_in_clause:
            chosen = [each for each in chosen if _is_near(sentence, each, start, end)]
        if chosen:
            alternatives = [[*each, group] for each in alternatives for group in chosen]
    return [_combine_groups(each) for each in alternatives]


def _bears_figures(
    sentence: ParsedSentence, group: Group, start: int, end: int
) -> bool:
    """Whether figures can be of a time: of one compared with, those right beside it."""
    first = group.members[0]
    if not isinstance(first, PeriodMention) or first.reference is Reference.SUBJECT:
        return True
    if group.start >= end:
        return is_ahead(sentence, end, group)
    return NEXT_TO.fullmatch(sentence.rest[group.end : start]) is not None


def _is_aside(period: PeriodMention, is_change: bool) -> bool:
    if period.reference is Reference.ASIDE:
        return True
    return is_change and period.reference is Reference.COMPARED


def _find_axis(axes: dict[str, list[Group]], group: Group) -> str:
    """That of an earlier group of the same dimension, if there is one."""
    first = group.members[0]
    if isinstance(first, PeriodMention):
        return "period"
    for axis, groups in axes.items():
        for other in groups:
            one = other.members[0]
            if isinstance(one, NameMention) and one.dimensions & first.dimensions:
                return axis
    return group.axis


def _has_names(sentence: ParsedSentence, at: int) -> bool:
    low, high = sentence.find_clause(at)
    return any(low <= each.start < high and each.targets for each in sentence.names)


def _is_near(sentence: ParsedSentence, group: Group, start: int, end: int) -> bool:
    low, high = sentence.find_clause(start)
    return low <= group.start < high or is_ahead(sentence, end, group)


def _choose_groups(
    sentence: ParsedSentence, groups: Sequence[Group], start: int, end: int
) -> list[Group]:
    """The groups of one kind that a claim at a place may be said of."""
    if sentence.is_table_row:
        return list(groups)
    low, _ = sentence.find_clause(start)
    before = [each for each in groups if each.end <= start]
    after = [
        each
        for each in groups
        if each.start >= end
        and (_shares_clause(sentence, start, each) or is_ahead(sentence, end, each))
    ]
    inside = [each for each in before if each.start >= low]
    if after and is_ahead(sentence, end, after[0]):
        return [after[0]]
    if after and _is_adjacent(sentence, end, after[0]):
        return [after[0], *before[-1:]]
    if not inside and after and _shares_clause(sentence, start, after[0]):
        before = []
    return before[-1:] or [
        each for each in after[:1] if not _is_of_later_number(sentence, end, each)
    ]


def _is_of_later_number(sentence: ParsedSentence, end: int, group: Group) -> bool:
    """Whether a time stands behind another number, or right before one: it is of that."""
    is_period = isinstance(group.members[0], PeriodMention)
    return is_period and any(
        end <= n.start < group.start or 0 < n.start - group.end < 4
        for n in sentence.numbers
    )


def _is_adjacent(sentence: ParsedSentence, end: int, group: Group) -> bool:
    gap = sentence.rest[end : group.start]
    if "(" in gap and not sentence.rest[group.end :].lstrip().startswith(")"):
        return False
    return ADJACENT.fullmatch(gap) is not None


def _shares_clause(sentence: ParsedSentence, at: int, group: Group) -> bool:
    low, high = sentence.find_clause(at)
    return low <= group.start < high


def is_ahead(sentence: ParsedSentence, end: int, group: Group) -> bool:
    """Whether "for", "from", "in" or the like bind what ends there to the group that follows."""
    if group.start < end:
        return False
    gap = sentence.rest[end : group.start]
    if FORWARD.fullmatch(gap):
        return True
    head = sentence.rest[:end].rstrip("0123456789.,%$\u20ac\u00a3kKmM ")
    return bool(FRONTED.search(f"{head} ") and FRONTED_GAP.fullmatch(gap))


def _combine_groups(groups: Sequence[Group]) -> list[ClaimScope]:
    """A scope for each combination of the members of groups."""
    scopes = [ClaimScope()]
    for group in groups:
        scopes = [
            _narrow_scope(scope, member) for scope in scopes for member in group.members
        ]
    return scopes


def _narrow_scope(scope: ClaimScope, member: Subject) -> ClaimScope:
    if isinstance(member, NameMention):
        return ClaimScope((*scope.names, member), scope.period)
    return ClaimScope(scope.names, member)


def find_counted_metrics(sentence: ParsedSentence) -> frozenset[str] | None:
    """The metrics that numbers of the sentence count: "20 orders"."""
    counted = [
        each.names
        for each in sentence.metrics
        if _counts_another(sentence, each, len(sentence.rest))
    ]
    return frozenset().union(*counted) or None


def _counts_another(sentence: ParsedSentence, term: TermMention, at: int) -> bool:
    """Whether a metric is only the noun of another number: "from 20 orders"."""
    return any(
        number.end != at
        and PART_OF_METRIC.fullmatch(sentence.rest[number.end : term.start])
        and number.end <= term.start
        for number in sentence.numbers
    )


OBJECT = re.compile(
    r"(?i)\s*(?:(?:that|those|in|of|for|the|from|with|by|both)\s+){0,3}"
)


def find_object(
    sentence: ParsedSentence, end: int, *, with_periods: bool = False
) -> Group | None:
    """What a comparison compares with: the rows that stand right behind it."""
    group = next((each for each in sentence.groups if each.start >= end), None)
    if group is None or not OBJECT.fullmatch(sentence.rest[end : group.start]):
        return None
    first = group.members[0]
    if isinstance(first, PeriodMention):
        return group if with_periods else None
    return group if first.targets else None


def find_rival(sentence: ParsedSentence, at: int, other: Group) -> Group | None:
    """What is compared with a group: one of the same kind, before the comparison or behind."""
    same = [
        group
        for group in sentence.groups
        if group is not other and _is_alike(group.members[0], other.members[0])
    ]
    before = [group for group in same if group.end <= at]
    behind = [group for group in same if group.start >= other.end]
    return next(iter(before[-1:] or behind[:1]), None)


def _is_alike(one: Subject, other: Subject) -> bool:
    if isinstance(one, NameMention) and isinstance(other, NameMention):
        return bool(one.dimensions & other.dimensions)
    return isinstance(one, PeriodMention) and isinstance(other, PeriodMention)


def find_metrics(
    sentence: ParsedSentence, start: int, end: int, fitting: frozenset[str]
) -> frozenset[str] | None:
    """The metrics that a claim at a place may be about, of those that fit it; None if none is
    named."""
    mentions = [
        each
        for each in sentence.metrics
        if each.names & fitting
        and (each.start < end or not _counts_another(sentence, each, end))
        and not (each.start < start and _counts_another(sentence, each, start))
    ]
    low, high = sentence.find_clause(start)
    after = [each for each in mentions if each.start >= end]
    if after and PART_OF_METRIC.fullmatch(sentence.rest[end : after[0].start]):
        return after[0].names & fitting
    before = [each for each in mentions if each.end <= start]
    near = [each for each in before if each.start >= low][-1:]
    near = near or [each for each in after if each.start < high][:1]
    chosen = near or before[-1:] or after[:1]
    return chosen[0].names & fitting if chosen else None

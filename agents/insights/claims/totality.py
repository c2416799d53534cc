"""Whether what is said of all, of none or of one alone is so of the rows. Pure."""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from agents.insights.claims.directions import DirectionClaim, find_directions
from agents.insights.claims.evidence import NO_SUPPORT, Evidence, SelectedRow, Support
from agents.insights.claims.lexicon import (
    DIMENSION_NAMES,
    DIMENSION_WORD,
    METRIC_NAMES,
    METRIC_WORD,
)
from agents.insights.claims.mentions import ClaimScope, NameMention
from agents.insights.claims.numbers import StatedNumber
from agents.insights.claims.sentence import ParsedSentence, find_metrics, list_scopes
from agents.insights.claims.tables import EvidenceTable, FigureKind, TableRow
from webapp.insights.query.definitions import METRICS, PERIODS

DIMENSION = DIMENSION_WORD.pattern
METRIC = METRIC_WORD.pattern
VALUES = frozenset({FigureKind.VALUE})
EVERY = re.compile(
    rf"(?i)(?<![\w-])(?P<before>(?:across|for|of|over|from|in|by"
    rf"|among|at|per|on|with|to|throughout|between|through|covers?"
    rf"|covering|includes?|shows?|has)\s+)?"
    rf"(?P<word>all|every|each|both)\b(?:\s+(?:of\s+)?(?:the\s+"
    rf"|our\s+|these\s+|those\s+)?(?:other\s+)?(?:\d+\s+|two\s+"
    rf"|three\s+|four\s+|five\s+|six\s+|seven\s+)?(?P<noun>{DIMENSION}"
    rf"|{METRIC}|of them|of these|one|others?|rows?))?"
)
NONE = re.compile(
    rf"(?i)(?<![\w-])(?P<word>no|zero|not a single|not one|without any"
    rf"|not any|did not (?:have|get|receive|record|see|place) any"
    rf"|had not any|had not one)\s+(?:\w+\s+)?(?P<noun>{METRIC}"
    rf"|{DIMENSION}|one|data|figures|records|activity|other \w+)"
)
NOTHING = re.compile(
    r"(?i)(?<![\w-])(?:nothing (?:was |were )?(?:sold|(?:came|comes) (?:in"
    r"|from)|happened|ordered|was sold|was ordered|sells)|(?:sold"
    r"|ordered|earned|brought|made) nothing|none of (?:them|the"
    r"|these|our)\b|did not sell|didn['\u2019]t sell|never sold"
    r"|sold none|nobody (?:bought|ordered)|no one (?:bought|ordered))"
)
ONLY = re.compile(
    r"(?i)(?<![\w-])(?:(?P<only>only|solely|exclusively|entirely|the sole|alone)\b)"
)
PREDICATE = re.compile(
    r"(?i)\b(?:sold|had|have|placed|brought|saw|made|recorded|generated"
    r"|received|bought|ordered|sell|contributed)\b"
)
MORE_THAN = re.compile(r"(?i)(?:more than|over|above|exceed(?:ed|s|ing)?|at least)\s*$")
LESS_THAN = re.compile(r"(?i)(?:less than|under|below|fewer than|at most)\s*$")
WITHOUT = re.compile(r"(?i)\b(?:without|with no|that had no|that has no|with zero)\b")
UNVERIFIED = re.compile(
    r"(?i)\b(?:everywhere|across the board|without exception|always"
    r"|never|nowhere)\b"
)
NON_CLAIM = re.compile(
    r"(?i)^\W*(?:\u00a4+|all|every|each)?\W*(?:(?:all|every) (?:figures"
    r"|amounts|numbers|values|times|dates|days|percentages)\b)"
)


def check_totality(sentence: ParsedSentence, evidence: Evidence) -> Iterator[Support]:
    if NON_CLAIM.match(sentence.rest):
        return
    yield from _check_every(sentence, evidence)
    yield from _check_none(sentence, evidence)
    yield from _check_only(sentence, evidence)
    if UNVERIFIED.search(sentence.rest):
        directions = find_directions(sentence)
        if directions and _find_all_rows(sentence, evidence, directions[0], None):
            return
        yield NO_SUPPORT


def _check_every(sentence: ParsedSentence, evidence: Evidence) -> Iterator[Support]:
    for match in EVERY.finditer(sentence.rest):
        noun = (match["noun"] or "").casefold()
        if match["before"] or not noun or match["word"].casefold() == "both":
            continue
        if noun in METRIC_NAMES and noun not in DIMENSION_NAMES:
            yield from _check_all_of_metric(sentence, evidence, noun)
        else:
            yield from _check_all_rows(sentence, evidence, DIMENSION_NAMES.get(noun))


def _check_all_rows(
    sentence: ParsedSentence, evidence: Evidence, dimension: str | None
) -> Iterator[Support]:
    if directions := find_directions(sentence):
        yield _find_all_rows(sentence, evidence, directions[0], dimension)
    elif NONE.search(sentence.rest) or NOTHING.search(sentence.rest):
        return
    elif _list_figures(sentence):
        yield _find_all_numbers(sentence, evidence, dimension)
    elif PREDICATE.search(sentence.rest):
        yield _find_positive_rows(evidence, dimension)


def _check_all_of_metric(
    sentence: ParsedSentence, evidence: Evidence, noun: str
) -> Iterator[Support]:
    """ "All revenue came from Kitchen": no other row has any."""
    names = [each for each in sentence.names if each.targets]
    if names:
        yield _find_sole_rows(evidence, names, METRIC_NAMES[noun])


def _find_sole_rows(
    evidence: Evidence, names: list[NameMention], metrics: frozenset[str] | None
) -> Support:
    """Tables whose other rows are zero."""
    supported = set()
    for table in evidence.tables:
        chosen = metrics or _choose_default(table)
        columns = table.list_columns(VALUES, chosen)
        named = [
            row for row in table.rows if any(_has_name(row, each) for each in names)
        ]
        others = [row for row in table.rows if not any(row is each for each in named)]
        if (
            table.is_complete
            and named
            and columns
            and all(
                not row.figures.get(column.name) for row in others for column in columns
            )
        ):
            supported.add(table.result)
    return frozenset(supported)


def _has_name(row: TableRow, name: NameMention) -> bool:
    return any(row.values.get(dimension) == value for dimension, value in name.targets)


def _choose_default(table: EvidenceTable) -> frozenset[str] | None:
    return frozenset({table.main_metric}) if table.main_metric else None


def _list_tables(evidence: Evidence, dimension: str | None) -> list[EvidenceTable]:
    return [
        table
        for table in evidence.tables
        if table.rows
        and table.is_complete
        and (dimension is None or dimension in table.dimensions)
    ]


def _find_all_rows(
    sentence: ParsedSentence,
    evidence: Evidence,
    claim: DirectionClaim,
    dimension: str | None,
) -> Support:
    """Tables all of whose rows changed as it is said."""
    metrics = find_metrics(sentence, claim.start, claim.end, frozenset(METRICS))
    supported = set()
    for table in _list_tables(evidence, dimension):
        columns = table.list_columns(claim.kinds, metrics or _choose_default(table))
        changes = [
            [row.figures[c.name] for c in columns if c.name in row.figures]
            for row in table.rows
        ]
        filled = [each for each in changes if each]
        if (
            len(filled) >= len(table.rows) - (table.period_dimension is not None)
            and filled
            and all(
                claim.holds_for(change, table.main_metric)
                for each in filled
                for change in each
            )
        ) or (not columns and _rises_throughout(table, claim)):
            supported.add(table.result)
    return frozenset(supported)


def _rises_throughout(table: EvidenceTable, claim: DirectionClaim) -> bool:
    column = next(iter(table.list_columns(VALUES, _choose_default(table))), None)
    if column is None or table.dimensions not in {(name,) for name in PERIODS}:
        return False
    values = [row.figures.get(column.name, Decimal()) for row in table.rows]
    steps = [b - a for a, b in pairwise(values)]
    return bool(steps) and all(claim.holds_for(s, table.main_metric) for s in steps)


def _list_figures(sentence: ParsedSentence) -> list[StatedNumber]:
    """The numbers of a sentence but for those that count rows."""
    counted = re.compile(rf"(?i)\s+(?:of\s+)?(?:\w+\s+)?{DIMENSION}")
    return [n for n in sentence.numbers if not counted.match(sentence.rest, n.end)]


def _find_all_numbers(
    sentence: ParsedSentence, evidence: Evidence, dimension: str | None
) -> Support:
    """Tables each of whose rows has the numbers of the sentence, as a figure or as a bound."""
    numbers = _list_figures(sentence)
    supported = set()
    for table in _list_tables(evidence, dimension):
        metrics = find_metrics(sentence, 0, 0, frozenset(METRICS)) or _choose_default(
            table
        )
        columns = table.list_columns(frozenset(FigureKind), metrics)
        if numbers and all(
            any(_fits_row(sentence, n, row.figures.get(c.name)) for c in columns)
            for n in numbers for row in table.rows
        ):  # fmt: skip
            supported.add(table.result)
    return frozenset(supported)


def _fits_row(
    sentence: ParsedSentence, number: StatedNumber, figure: Decimal | None
) -> bool:
    if figure is None:
        return False
    before = sentence.rest[max(0, number.start - 20) : number.start]
    is_bound = (MORE_THAN.search(before) and figure > number.value) or (
        LESS_THAN.search(before) and figure < number.value
    )
    return bool(is_bound) or number.is_rounding_of(figure)


def _find_positive_rows(evidence: Evidence, dimension: str | None) -> Support:
    supported = set()
    for table in _list_tables(evidence, dimension):
        columns = table.list_columns(VALUES, _choose_default(table))
        if all(
            row.figures.get(c.name, Decimal()) > 0
            for row in table.rows
            for c in columns
        ):
            supported.add(table.result)
    return frozenset(supported)


def _check_none(sentence: ParsedSentence, evidence: Evidence) -> Iterator[Support]:
    for match in NONE.finditer(sentence.rest):
        noun = match["noun"].casefold()
        if noun.startswith("other "):
            names = [each for each in sentence.names if each.targets]
            if names or evidence.tables:
                yield _find_sole_rows(evidence, names, None)
        elif noun in METRIC_NAMES:
            yield _find_empty(sentence, evidence, match, METRIC_NAMES[noun])
        elif noun in {"data", "figures", "records"} and not _is_named(sentence):
            continue
        elif find_directions(sentence) and noun in DIMENSION_NAMES:
            yield _find_no_row(sentence, evidence, DIMENSION_NAMES[noun])
        else:
            yield _find_empty(sentence, evidence, match, None)
    for match in NOTHING.finditer(sentence.rest):
        yield _find_empty(sentence, evidence, match, None)


def _is_named(sentence: ParsedSentence) -> bool:
    return bool(sentence.subjects)


def _find_no_row(
    sentence: ParsedSentence, evidence: Evidence, dimension: str
) -> Support:
    """ "No category fell": the claim, negated already, holds for all rows."""
    claim = find_directions(sentence)[0]
    claim = DirectionClaim(
        claim.start, claim.end, claim.trend, claim.is_valued, is_negated=True
    )
    return _find_all_rows(sentence, evidence, claim, dimension)


def _find_empty(
    sentence: ParsedSentence,
    evidence: Evidence,
    match: re.Match[str],
    metrics: frozenset[str] | None,
) -> Support:
    """Results whose figure of what is said is zero."""
    supported: set[int] = set()
    for scopes in list_scopes(sentence, *match.span()):
        for scope in scopes:
            for each in [scope, *(sentence.context.scopes if scope.is_open else ())]:
                supported |= _list_empty(evidence, each, metrics)
    return frozenset(supported)


def _list_empty(
    evidence: Evidence, scope: ClaimScope, metrics: frozenset[str] | None
) -> set[int]:
    if scope.is_open and not evidence.tables:
        return set()
    supported = set()
    by_table: dict[int, list[SelectedRow]] = {}
    for row in evidence.select_rows(scope):
        by_table.setdefault(id(row.table), []).append(row)
    for rows in by_table.values():
        figures = [
            figure
            for row in rows
            for _, figure in row.iterate_figures(
                frozenset({FigureKind.VALUE, FigureKind.BEFORE}),
                metrics or _choose_default(row.table),
            )
        ]
        is_empty = bool(figures) and not any(figures)
        if is_empty or _has_zero_now(rows, metrics):
            supported.add(rows[0].table.result)
    return supported


def _has_zero_now(rows: list[SelectedRow], metrics: frozenset[str] | None) -> bool:
    figures = [
        figure
        for row in rows
        for _, figure in row.iterate_figures(
            VALUES, metrics or _choose_default(row.table)
        )
    ]
    return bool(figures) and all(figure == 0 for figure in figures)


def _check_only(sentence: ParsedSentence, evidence: Evidence) -> Iterator[Support]:
    for match in ONLY.finditer(sentence.rest):
        after = sentence.rest[match.end() : match.end() + 12]
        if re.match(
            r"(?i)\s+(?:the\s+)?(?:[$\u20ac\u00a3]?\d|about|around|a few"
            r"|one|two|three|four|five|six)",
            after,
        ):
            continue
        names = _find_sole_names(sentence, match)
        if not names:
            continue
        directions = find_directions(sentence)
        if WITHOUT.search(sentence.rest, match.end()):
            yield _find_sole_empty(evidence, names)
        elif directions:
            yield _find_sole_change(evidence, names, directions[0])
        elif PREDICATE.search(sentence.rest) or re.search(
            r"(?i)\b(?:came|from|comes)\b|sole", sentence.rest
        ):
            metrics = find_metrics(sentence, *match.span(), frozenset(METRICS))
            yield _find_sole_rows(evidence, names, metrics)


def _find_sole_names(
    sentence: ParsedSentence, match: re.Match[str]
) -> list[NameMention]:
    """What "only" is said of: the names right behind it; of "alone", those right before."""
    named = [each for each in sentence.names if each.targets]
    if match["only"].casefold() == "alone":
        return []
    behind = [
        each
        for group in [g for g in sentence.groups if g.start >= match.end()][:1]
        for each in group.members
        if isinstance(each, NameMention) and each.targets
    ]
    is_of_kind = DIMENSION_WORD.match(sentence.rest, match.end() + 1)
    if match["only"].casefold() == "the sole" or is_of_kind:
        return named[:1]
    return behind


def _find_sole_empty(evidence: Evidence, names: list[NameMention]) -> Support:
    """Tables where the rows named have nothing, and all others have something."""
    return frozenset(
        table.result
        for table in _list_tables(evidence, None)
        for column in table.list_columns(VALUES, _choose_default(table))
        if any(_has_name(row, each) for row in table.rows for each in names)
        and all(
            (not row.figures.get(column.name))
            is any(_has_name(row, each) for each in names)
            for row in table.rows
        )
    )


def _find_sole_change(
    evidence: Evidence, names: list[NameMention], claim: DirectionClaim
) -> Support:
    """Tables where the rows named changed so, and no other did."""
    supported = set()
    for table in _list_tables(evidence, None):
        columns = table.list_columns(claim.kinds, _choose_default(table))
        if columns and all(
            claim.holds_for(
                row.figures.get(columns[0].name, Decimal()), table.main_metric
            )
            is any(_has_name(row, each) for each in names)
            for row in table.rows
        ):
            supported.add(table.result)
    return frozenset(supported)

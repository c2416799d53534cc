"""Whether what is called twice, a half or most of something is so. Pure."""

import re
from collections.abc import Iterator
from decimal import Decimal

from agents.insights.claims.evidence import Evidence, SelectedRow, Support
from agents.insights.claims.mentions import ClaimScope
from agents.insights.claims.row_values import (
    build_scope,
    choose_metrics,
    group_by_table,
    pair_values,
    widen_scope,
)
from agents.insights.claims.sentence import (
    Group,
    ParsedSentence,
    find_counted_metrics,
    find_metrics,
    find_rival,
    list_scopes,
)
from agents.insights.claims.tables import FigureKind
from webapp.insights.query.definitions import METRICS, Additivity

ABOUT = (
    r"(?P<about>(?:more than|well over|over|less than|under|nearly"
    r"|almost|about|around|roughly|just over|just under)\s+)?"
)
MULTIPLE = re.compile(
    rf"(?i){ABOUT}\b(?:(?P<word>doubl(?:e|ed|es|ing)|twice|two times"
    rf"|tripl(?:e|ed|es|ing)|three times|thrice|quadrupl(?:e|ed"
    rf"|es|ing)"
    r"|halv(?:e|ed|es|ing)|(?:cut|fell|dropped) (?:in|by) half|half as (?:much|many))"
    r"|(?P<number>\d+(?:\.\d+)?)(?:\s?times|x\b|-?fold))"
)
FRACTION = re.compile(
    rf"(?i){ABOUT}\b(?:(?:a |one[- ])(?P<part>third|fifth|tenth)"
    rf"|(?:a |one[- ]|the )?(?P<word>half|majority)|(?P<quarter>a quarter(?= of)"
    rf"|one quarter)"
    r"|(?P<two>two[- ]thirds)|(?P<three>three[- ]quarters)"
    r"|(?P<bulk>(?<!the )most(?= (?:of|orders|revenue|sales|units"
    r"|customers|refunds|returns|net)\b)|the bulk of|the lion['\u2019]s share))\b(?!-)"
)
MULTIPLE_OBJECT = re.compile(
    r"(?i)\s*(?:as (?:much|many|high|large|big)\s*(?:\w+\s+){0,3}as\s*(?:in "
    r"|for |from )?|(?:that|those) of\s*|the (?:\w+\s+){1,3}of\s*)?(?:the\s+)?"
)
FACTORS = {
    "doubl": 2, "twice": 2, "two": 2, "tripl": 3, "three": 3, "thric": 3, "quadr": 4,
}  # fmt: skip
FRACTIONS = {
    "half": Decimal(50), "third": Decimal(100) / 3, "fifth": Decimal(20), "tenth": Decimal(10),
}  # fmt: skip
SLACK = Decimal("0.03")
"""By how much of itself a multiple may be off."""
SHARE_SLACK = Decimal("1.5")
"""By how many percentage points a fraction may be off."""
MORE = frozenset({"more than", "over", "just over", "well over"})
LESS = frozenset({"less than", "under", "nearly", "almost", "just under"})


def check_multiples(sentence: ParsedSentence, evidence: Evidence) -> Iterator[Support]:
    """Of "doubled", "twice as much as Garden", "3 times"."""
    for match in MULTIPLE.finditer(sentence.rest):
        other = _find_multiple_object(sentence, match.end())
        subject = other and find_rival(sentence, match.start(), other)
        if other is not None:
            yield _check_ratio(sentence, evidence, match, subject, other)
        else:
            yield frozenset(
                result
                for scopes in list_scopes(sentence, *match.span(), is_change=True)
                for scope in scopes
                for each in widen_scope(sentence, scope)
                for result in _iterate_multiplied(sentence, evidence, each, match)
            )


def _find_multiple_object(sentence: ParsedSentence, end: int) -> Group | None:
    for group in sentence.groups:
        if group.start >= end:
            gap = sentence.rest[end : group.start]
            return group if MULTIPLE_OBJECT.fullmatch(gap) and gap.strip() else None
    return None


def _check_ratio(
    sentence: ParsedSentence,
    evidence: Evidence,
    match: re.Match[str],
    subject: Group | None,
    other: Group,
) -> Support:
    named = find_metrics(sentence, *match.span(), frozenset(METRICS))
    members = subject.members[-1:] if subject else ()
    return frozenset(
        table.result
        for member in members
        for metrics in {named, named or find_counted_metrics(sentence)}
        for table, _, value, base in pair_values(
            evidence.select_rows(build_scope(member)),
            evidence.select_rows(build_scope(other.members[0])),
            metrics,
        )
        if _is_multiple(value, base, match)
    )


def _iterate_multiplied(
    sentence: ParsedSentence,
    evidence: Evidence,
    scope: ClaimScope,
    match: re.Match[str],
) -> Iterator[int]:
    """Results whose value is such a multiple of the one before."""
    metrics = find_metrics(sentence, *match.span(), frozenset(METRICS))
    for row in evidence.select_rows(scope):
        chosen = choose_metrics(row.table, metrics)
        for name in chosen or ():
            value = row.row.figures.get(name)
            before = row.row.figures.get(f"{name}_before")
            if value is not None and before and _is_multiple(value, before, match):
                yield row.table.result
        percent = frozenset({FigureKind.CHANGE_PERCENT})
        for column, change in row.iterate_figures(percent, chosen):
            whole = Decimal(100)
            if column.is_derived and _is_multiple(change + whole, whole, match):
                yield row.table.result


def _is_multiple(value: Decimal, base: Decimal, match: re.Match[str]) -> bool:
    factor = _read_factor(match)
    if base <= 0:
        return False
    return _is_about(value / base, factor, SLACK * factor, match["about"])


def _read_factor(match: re.Match[str]) -> Decimal:
    if match["number"]:
        return Decimal(match["number"])
    word = match["word"].casefold()
    found = (Decimal(n) for stem, n in FACTORS.items() if word.startswith(stem))
    return next(found, Decimal("0.5"))


def _is_about(
    value: Decimal, stated: Decimal, slack: Decimal, words: str | None
) -> bool:
    """Whether a value is what is stated: exactly but for the slack, or as the words say."""
    how = (words or "").strip().casefold()
    if how in MORE:
        return stated < value <= stated * 2
    if how in LESS:
        return stated - 5 * slack <= value < stated
    return abs(value - stated) <= (2 * slack if how else slack)


def check_fractions(sentence: ParsedSentence, evidence: Evidence) -> Iterator[Support]:
    """Of "half of revenue", "most orders": by the share, or by the value and the total."""
    for match in FRACTION.finditer(sentence.rest):
        if MULTIPLE.match(sentence.rest, match.start()):
            continue
        metrics = find_metrics(sentence, *match.span(), frozenset(METRICS))
        yield frozenset(
            result
            for scopes in list_scopes(sentence, *match.span())
            for each in _widen_scopes(sentence, scopes)
            for result in _iterate_with_share(evidence, each, metrics, match)
        )


def _widen_scopes(
    sentence: ParsedSentence, scopes: list[ClaimScope]
) -> Iterator[list[ClaimScope]]:
    yield scopes
    if all(scope.is_open for scope in scopes):
        yield from ([scope] for scope in sentence.context.scopes)


def _iterate_with_share(
    evidence: Evidence,
    scopes: list[ClaimScope],
    metrics: frozenset[str] | None,
    match: re.Match[str],
) -> Iterator[int]:
    """Results of which the rows that are named have this share together."""
    rows = [row for scope in scopes for row in evidence.select_rows(scope)]
    for table, named in group_by_table(rows):
        shares = [_find_share(row, choose_metrics(table, metrics)) for row in named]
        known = [share for share in shares if share is not None]
        if len(known) == len(scopes) and _is_fraction(sum(known, Decimal()), match):
            yield table.result


def _find_share(row: SelectedRow, metrics: frozenset[str] | None) -> Decimal | None:
    """By the column of shares; else of a metric whose rows add up to the total."""
    for _, share in row.iterate_figures(frozenset({FigureKind.SHARE}), metrics):
        return share
    for name in metrics or ():
        total = row.table.totals.figures.get(name)
        value = row.row.figures.get(name)
        is_whole = name in METRICS and METRICS[name].additivity is Additivity.SUM
        if is_whole and total and value is not None and row.row is not row.table.totals:
            return value * 100 / total
    return None


def _is_fraction(share: Decimal, match: re.Match[str]) -> bool:
    word = (match["word"] or match["part"] or "").casefold()
    if match["bulk"] or word == "majority":
        return share > 50
    stated = FRACTIONS.get(word, Decimal(25))
    if match["two"]:
        stated = Decimal(200) / 3
    elif match["three"]:
        stated = Decimal(75)
    return _is_about(share, stated, SHARE_SLACK, match["about"])

"""Whether the results of a turn bear a sentence out: every claim of it. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agents.insights.claims.causes import check_causes
from agents.insights.claims.comparisons import check_comparisons
from agents.insights.claims.directions import check_directions
from agents.insights.claims.evidence import Evidence, NO_SUPPORT, Support, fold_saying
from agents.insights.claims.figures import check_numbers
from agents.insights.claims.mentions import Scope
from agents.insights.claims.names import find_unknown_names
from agents.insights.claims.proportions import check_fractions, check_multiples
from agents.insights.claims.rankings import check_rankings
from agents.insights.claims.sentence import ParsedSentence, list_scopes, parse_sentence
from agents.insights.claims.totality import check_totality

OFFER = re.compile(
    r"(?i)^\W*(?:(?:if you(?:['\u2019]d)? (?:like|want|wish|need)|please|also|or|otherwise|just|and|happy to|for example)\b,?\s*)*"
    r"(?:would you|do you (?:want|mean|need)|shall i|should i|can i|could you|may i|did you mean|which|what|how|want|i can(?! see)|i could|i['\u2019]d be happy|i am happy|you can|you could|let me know|ask me|ask for|tell me|try|is that|are you|feel free|here (?:is|are) what|happy to)\b"
)


@dataclass(frozen=True)
class Verification:
    claims: tuple[Support, ...]
    """For each claim of the sentence, the results that bear it out."""
    context: tuple[Scope, ...] = ()
    """What the sentence is about, for the one after it."""

    @property
    def is_supported(self) -> bool:
        return all(self.claims)


def verify_sentence(
    written: str, evidence: Evidence, context: tuple[Scope, ...] = ()
) -> Verification:
    folded = fold_saying(written)
    if folded in evidence.sayings:
        return Verification((), context)
    sentence = parse_sentence(written, evidence.names, evidence.calendar, context)
    claims = tuple(_iterate_claims(sentence, evidence))
    return Verification(claims, _find_context(sentence) or context)


def _iterate_claims(sentence: ParsedSentence, evidence: Evidence) -> Iterator[Support]:
    yield from (NO_SUPPORT for _ in find_unknown_names(sentence.rest, evidence.names))
    if is_offer(sentence):
        return
    yield from (NO_SUPPORT for each in sentence.periods if not each.is_supported)
    yield from check_numbers(sentence, evidence)
    if sentence.is_heading and not sentence.numbers:
        return
    for check in (
        check_directions,
        check_comparisons,
        check_multiples,
        check_fractions,
        check_rankings,
        check_totality,
        check_causes,
    ):
        yield from check(sentence, evidence)


def is_offer(sentence: ParsedSentence) -> bool:
    """Whether it asks or offers, and so says nothing about figures."""
    return OFFER.match(sentence.text) is not None and not any(
        number.value > 31 or number.kind != "plain" for number in sentence.numbers
    )


def _find_context(sentence: ParsedSentence) -> tuple[Scope, ...]:
    """What a sentence after it may be about, as "It was the best month" is."""
    if sentence.is_table_row or not sentence.groups:
        return ()
    first = [Scope(names=(m,)) if hasattr(m, "targets") else Scope(period=m)
             for group in sentence.groups for m in group.members]  # fmt: skip
    scopes = [s for each in list_scopes(sentence, len(sentence.rest), len(sentence.rest)) for s in each]
    return tuple([*scopes, *first][:8])

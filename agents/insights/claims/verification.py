"""Whether the results of a turn bear a sentence out: every claim of it. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agents.insights.claims.causes import check_causes
from agents.insights.claims.comparisons import check_comparisons
from agents.insights.claims.directions import check_directions
from agents.insights.claims.evidence import NO_SUPPORT, Evidence, Support, fold_saying
from agents.insights.claims.figures import check_numbers
from agents.insights.claims.lexicon import is_common_word
from agents.insights.claims.names import find_unknown_names
from agents.insights.claims.numbers import NumberKind
from agents.insights.claims.proportions import check_fractions, check_multiples
from agents.insights.claims.rankings import check_rankings
from agents.insights.claims.row_values import build_scope
from agents.insights.claims.sentence import (
    Context,
    ParsedSentence,
    list_scopes,
    parse_sentence,
)
from agents.insights.claims.table_headers import split_cells
from agents.insights.claims.totality import check_totality
from agents.insights.sentences import split_sentences

OFFER = re.compile(
    r"(?i)^\W*(?:(?:if you(?:['\u2019]d)? (?:like|want|wish|need)"
    r"|please|also|or|otherwise|just|and|happy to|for example)\b,?\s*)*"
    r"(?:would you|do you (?:want|mean|need)|shall i|should i|can i"
    r"|could you|may i|did you mean|which|what|how|want|i can(?! see)"
    r"|i could|i['\u2019]d be happy|i am happy|you can|you could"
    r"|let me know|ask me|ask for|tell me|try|is that|are you|feel free"
    r"|here (?:is|are) what|happy to)\b"
)


ABOUT_ITSELF = re.compile(
    r"(?i)\W*I (?:tell|cannot|can['\u2019]t|can|could|do not know|don['\u2019]t know|answer"
    r"|have no|have figures|have averages"
    r"|left out|am unable|am not able|found no question)\b"
)
DECLINES = re.compile(
    r"(?i)\W*I (?:tell figures|cannot|can['\u2019]t|do not know|don['\u2019]t know|have no"
    r"|am unable|am not able|found no question)\b"
)
NAMES_POSSIBLE = re.compile(r"(?i)\b(?:possible (?:are|is)|did you mean)\b")
QUESTION = re.compile(r"(?i)\b(?:what|which|when|where|how)\b[^.!]*\?\W*$")
NO_DATA = re.compile(
    r"(?i)\b(?:still to come|not (?:yet )?(?:begun|recorded|known)|nothing is known"
    r"|no (?:data|figures|records)|beyond the calendar)\b"
)
NO_CONTEXT = Context()
MAX_SCOPES = 8


@dataclass(frozen=True)
class VerifiedSentence:
    claims: tuple[Support, ...]
    """For each claim of the sentence, the results that bear it out."""
    context: Context
    """What the sentence is about, for the one after it."""

    @property
    def is_supported(self) -> bool:
        return all(self.claims)


def verify_sentence(
    written: str, evidence: Evidence, context: Context = NO_CONTEXT
) -> VerifiedSentence:
    folded = fold_saying(written)
    if folded in evidence.sayings:
        return VerifiedSentence((), context)
    said = _hide_errors(written, evidence.errors)
    sentence = parse_sentence(said, evidence.names, evidence.calendar, context)
    if shown := evidence.renderings.get(folded):
        return VerifiedSentence((shown,), _find_context(sentence, context))
    claims = tuple(_iterate_claims(sentence, evidence))
    return VerifiedSentence(claims, _find_context(sentence, context))


def _hide_errors(written: str, errors: Sequence[str]) -> str:
    """A sentence without what tools said: "That did not work: the query needs more memory"."""
    for error in errors:
        for part in split_sentences(error):
            written = written.replace(part.strip(" .\n"), "")
    return written


def _iterate_claims(sentence: ParsedSentence, evidence: Evidence) -> Iterator[Support]:
    if _says_what_is_possible(sentence, evidence):
        return
    if not _is_foreign(sentence, evidence):
        yield from (
            NO_SUPPORT for _ in find_unknown_names(sentence.rest, evidence.names)
        )
    if (
        is_offer(sentence)
        or _asks_alone(sentence, evidence)
        or _is_about_itself(sentence, evidence)
    ):
        return
    if sentence.numbers or not NO_DATA.search(sentence.rest):
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


def _says_what_is_possible(sentence: ParsedSentence, evidence: Evidence) -> bool:
    """Whether it says what is possible, where no query has run."""
    is_about_query = NAMES_POSSIBLE.search(sentence.rest) is not None
    return is_about_query and not (evidence.has_figures or sentence.numbers)


def _is_foreign(sentence: ParsedSentence, evidence: Evidence) -> bool:
    """Whether it is of another language and can be about no figures, as none were computed."""
    words = re.findall(r"(?<!\w)[^\W\d_A-Z]+", sentence.rest)
    known = sum(map(is_common_word, words))
    return not evidence.has_figures and not sentence.numbers and known * 2 < len(words)


def _asks_alone(sentence: ParsedSentence, evidence: Evidence) -> bool:
    """Whether it asks back, where no figures were computed that it could be of: "only May?"."""
    is_question = sentence.text.rstrip().endswith("?")
    return is_question and not (evidence.has_figures or sentence.numbers)


def _is_about_itself(sentence: ParsedSentence, evidence: Evidence) -> bool:
    """Whether it says what the analyst can answer, or not, and nothing about the shop. Where it
    declines and nothing was computed, a word of the question that was found in a name ("the shop",
    of a Shop Sign) makes it say no more."""
    declines = DECLINES.match(sentence.text) is not None and not evidence.has_figures
    return (
        ABOUT_ITSELF.match(sentence.text) is not None
        and " that " not in sentence.text
        and not (sentence.numbers and sentence.metrics)
        and all(n.kind is NumberKind.PLAIN and n.value < 1000 for n in sentence.numbers)
        and (declines or not any(each.targets for each in sentence.names))
    )


def is_offer(sentence: ParsedSentence) -> bool:
    """Whether it asks or offers, and so says nothing about figures."""
    is_asked = OFFER.match(sentence.text) or QUESTION.search(sentence.text)
    return is_asked is not None and not any(
        number.value > 31 or number.kind != "plain" for number in sentence.numbers
    )


def _find_context(sentence: ParsedSentence, before: Context) -> Context:
    """A header lasts as long as its table; what a sentence names, until another names something."""
    if sentence.is_table_row:
        is_header = not sentence.numbers and not sentence.names
        cells = split_cells(sentence.text)
        is_rule = not any(map(str.isalnum, sentence.text))
        header = cells if is_header and not is_rule else before.header
        return Context(before.scopes, header)
    scopes = [build_scope(each) for group in sentence.groups for each in group.members]
    if len(sentence.groups) > 1:
        end = len(sentence.rest)
        scopes = [
            each for scope in list_scopes(sentence, end, end) for each in scope
        ] + scopes
    return Context(tuple(scopes[:MAX_SCOPES]) or before.scopes)

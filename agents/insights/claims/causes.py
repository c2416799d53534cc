"""Causes and outlooks, which no table of figures bears out. Pure."""

import re
from collections.abc import Iterator

from agents.insights.claims.evidence import NO_SUPPORT, Evidence, Support
from agents.insights.claims.lexicon import WORDS, compile_terms
from agents.insights.claims.names import MASK, hide_matches
from agents.insights.claims.sentence import ParsedSentence

CAUSE = compile_terms("causes", "words")
ABOUT_DATA = re.compile("|".join(WORDS["causes"]["about_data"]))
OUTLOOK = re.compile(r"(?i)(?:forecast|project|predict)")
UNSUPPORTED = compile_terms("unsupported", "words")


def _hide_known_metrics(sentence: ParsedSentence, evidence: Evidence) -> str:
    """Clicks are no figure of the shop, unless a result has those on what was searched, or a
    column that is called so."""
    rest = sentence.rest
    for each in sentence.metrics:
        if each.names & evidence.metrics:
            masked = MASK * (each.end - each.start)
            rest = f"{rest[: each.start]}{masked}{rest[each.end :]}"
    labels = {column.label for table in evidence.tables for column in table.columns}
    for label in sorted(labels - {""}, key=len, reverse=True):
        rest = hide_matches(re.compile(rf"(?i){re.escape(label)}"), rest)
    return rest


def check_causes(sentence: ParsedSentence, evidence: Evidence) -> Iterator[Support]:
    """A cause is borne out only by a tool that says it in these words, an outlook by a forecast."""
    for _ in CAUSE.finditer(sentence.rest):
        if not ABOUT_DATA.search(sentence.rest):
            yield NO_SUPPORT
    for match in UNSUPPORTED.finditer(_hide_known_metrics(sentence, evidence)):
        is_forecast = evidence.has_forecast and OUTLOOK.match(match[0])
        if not is_forecast and not ABOUT_DATA.search(sentence.rest):
            yield NO_SUPPORT

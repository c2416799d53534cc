"""Turns a claim and the question whether it is so into one question. Pure.

"My colleague says Kitchen earns more than Garden. Is she right?", "October was better, wasn't it?".
"""

import re
from collections.abc import Sequence

from agents.local.insights.messages.clauses import SENTENCE_END
from agents.local.insights.talk.phrases import find_talk
from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.mention_finder import find_mentions
from agents.local.language.grammar import ANY_DAY
from agents.local.language.tokens import split_tokens

WHETHER = re.compile(
    r"(?i)(?:(?:so|and|but|now|well),? )?(?:"
    r"(?:is|was|are|am|were|isn['\u2019]?t|wasn['\u2019]?t) "
    r"(?:that|this|it|he|she|they|i|we|my \w+|the \w+) (?:really |actually |indeed |even )?"
    r"(?:right|true|so|correct|the case|accurate|mistaken|wrong|a fact|a myth)"
    r"(?: about (?:that|this|it))?(?: or (?:not|wrong|false))?"
    r"|(?:is|was|are|were|do|does|did|has|have|can|could|isn['\u2019]?t|wasn['\u2019]?t|didn['\u2019]?t"
    r"|don['\u2019]?t|doesn['\u2019]?t) (?:that|it|he|she|they|we)(?: be)?(?: (?:true|right|so))?"
    r"|(?:true|correct|right|really|fact)(?: or (?:not|wrong|false|myth|fiction))?"
    r"|which (?:ones?|were they|are they|of them)|is there anything to (?:it|that)"
    r"|(?:do|does|did|would|what do) (?:the|our|my) (?:figures|numbers|data|stats) "
    r"(?:back (?:that|this|it|him|her|them|me)(?: up)?|say(?: the same| so)?"
    r"|support (?:that|this|it)"
    r"|agree|confirm (?:that|this|it)|bear (?:that|this|it|him|her|them|me) out)"
    r"|(?:can|could|would) you (?:please )?(?:confirm|verify|check|double-check|back up)"
    r"(?: (?:that|this|it|whether (?:that|this|it)(?:['\u2019]s| is) (?:true|so|right|correct)))?"
    r"(?: for me)?|yes or no)(?=\s*(?:[?.!,;:]|$))"
)
""" "Is she right", "do they", "true?": asks no more than whether what stands before is so."""
TAIL = re.compile(
    r"(?i),? (?:(?:is|are|do|does|did|was|were|have|has|would|will|could|can)"
    r"(?:n['\u2019]?t)? (?:it|they|he|she|we|that)"
    r"|(?:am|aren['\u2019]?t) i(?: right| wrong)?|right|correct|true|yes|no"
    r"|yes or no|or not)\s*\?+$"
)
""" "..., don't they?"."""
FIGURES = (
    Role.METRIC, Role.METRIC_VERB, Role.SUPERLATIVE, Role.RISE, Role.FALL, Role.OVER, Role.UNDER,
    Role.SHARE,
)  # fmt: skip
MAX_BEFORE = 2
"""Words before what somebody thinks: "but I thought"."""


def ask_claims(text: str) -> str:
    """A message whose last sentence asks whether the one before is so, with that as a question;
    what else it says stays."""
    sentences = [each for each in SENTENCE_END.split(text.strip()) if each.strip()]
    tail = TAIL.search(text.strip())
    if tail is not None and "," in tail.group():
        text = text.strip()[: tail.start()]
        stated = _strip_opinion(text) if len(sentences) == 1 else text
        return f"{stated}?" if _names_figures(text) else f"{text}?"
    if len(sentences) < 2:
        return text
    *before, claim, last = sentences
    whether = WHETHER.match(last.strip())
    is_question = claim.rstrip().endswith("?")
    stated = _strip_opinion(claim)
    if whether is None or is_question or not _names_figures(stated):
        return text
    rest = last.strip()[whether.end() :].strip(" ,;:.!?")
    asked = f"{stated}, {rest}?" if rest else f"{stated}?"
    return " ".join([*before, asked])


def _strip_opinion(claim: str) -> str:
    """What somebody thinks, without who thinks so."""
    claim = claim.strip().rstrip(".!,; ")
    tokens = split_tokens(claim)
    for talk in find_talk(tokens, is_free=lambda _: True):
        is_first = talk.start <= MAX_BEFORE
        if talk.is_opinion and is_first and talk.end < len(tokens):
            return claim[tokens[talk.end].start :]
        if talk.is_opinion and not is_first and talk.end == len(tokens):
            return claim[: tokens[talk.start - 1].end].rstrip(" ,")
    return claim


def _names_figures(text: str) -> bool:
    words: Sequence[str] = text.split()
    mentions = find_mentions(text, today=ANY_DAY, matches=())
    return len(words) > 2 and any(each.has(*FIGURES) for each in mentions)

"""Reads which way figures went: of a change, and of what is unusual. Pure."""

import re

from agents.local.insights.queries.compared_windows import is_before
from agents.local.insights.question.draft import Draft, Request
from agents.local.insights.words.lexicon import Role
from agents.local.language.today import Today

MAX_DENIED = 4
DENYING = frozenset({
    "not", "no", "without", "drop", "skip", "ignore", "except", "leave out", "i don't need",
    "don't need", "i don't want", "don't want", "don't show", "don't show me", "excluding",
    "exclude", "omit", "not interested in", "don't care about", "i don't care about", "hide",
    "leaving out", "rather than", "instead of", "never mind", "forget", "forget about",
})  # fmt: skip
UP = re.compile(
    r"(?i)\b(?:spik\w+|peaks?|highs?|good|well|strong(?:er)?(?:ly)?|busy|busier|upsides?|upwards?"
    r"|positive(?:ly)?|better|above|over|beyond|higher|more|many|much|jump(?:s|ed|ing)?|surges?"
    r"|beat|exceed(?:ed)?|overshot|bumps|rises|increases|shoot|shot|leap|leapt|up)\b"
)
DOWN = re.compile(
    r"(?i)\b(?:drops?|dips?|slumps?|lows?|bad|badly|weak(?:er)?|poor(?:ly)?|slow(?:er)?"
    r"|quiet(?:er)?|downsides?|downwards?|negative(?:ly)?|worse|below|under|lower|less|fewer|few"
    r"|little|undershot|collapses|crashes|falls|decreases|down)\b"
)
"""Within the words for what is unusual."""


def read_direction(draft: Draft) -> None:
    """Which way the question says that it went."""
    draft.use(*draft.list_unused(Role.HIGH, Role.LOW, Role.CHANGE))
    rises, falls = draft.has(Role.RISE, Role.HIGH), draft.has(Role.FALL, Role.LOW)
    if rises != falls:
        draft.request.assumes_rise = rises is not draft.request.is_turned


def put_later_first(request: Request, today: Today) -> None:
    """ "September was better than October, what went wrong": what became of it, which is explained
    from the earlier time to the later one."""
    other = request.compare_to
    if isinstance(other, dict) and is_before(request.window, other, today=today):
        request.window, request.compare_to = other, request.window
        request.is_turned = True


def read_kind(draft: Draft) -> None:
    """ "Unusual drops", "spikes only", "weeks that were unusually bad"."""
    draft.use(*draft.list_unused(Role.HIGH, Role.LOW, Role.CHANGE))
    choose_kind(draft)


def choose_kind(draft: Draft) -> None:
    analyses = [
        each for each in draft.mentions if each.has(Role.ANALYSIS, Role.QUALIFIER)
    ]
    rises = falls = False
    for index, mention in enumerate(draft.mentions):
        if mention.text.casefold() in DENYING:
            continue
        is_own = mention in analyses
        up = mention.has(Role.RISE, Role.HIGH) or (is_own and UP.search(mention.text))
        down = mention.has(Role.FALL, Role.LOW) or (
            is_own and DOWN.search(mention.text)
        )
        if bool(up) == bool(down):
            continue
        denied = _find_denial(draft, index)
        if denied is not None:
            # "Not the drops": the spikes.
            draft.use(denied, index)
        rises |= bool(up) is (denied is None)
        falls |= bool(down) is (denied is None)
    if rises != falls:
        draft.request.direction = "spikes" if rises else "drops"


def _find_denial(draft: Draft, index: int) -> int | None:
    """The place of what says that a kind of these is not wanted: "not the drops"."""
    for place in range(index - 1, max(index - MAX_DENIED, 0) - 1, -1):
        mention = draft.mentions[place]
        if mention.text.casefold().replace("\u2019", "'") in DENYING:
            return place
        if not mention.has(Role.FILLER, Role.QUALIFIER, Role.EVERY_VALUE):
            return None
    return None

"""Takes back what a message itself puts right: "orders in May, no wait, June". Pure."""

import re
from collections.abc import Callable, Sequence

from agents.local.insights.edits.places import WINDOWS
from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.mentions import Mention
from agents.local.language.readings import TimeGrain

SIGN = r"[\s,.;:!?()\u2013\u2014-]"
RETRACTION = re.compile(
    rf"(?i)(?<=\w){SIGN}*[,.;:!?(\u2013\u2014-]{SIGN}*"
    r"(?:(?:(?:oh|ah|oops|uh|er|erm|um|hmm|ugh|argh|no|sorry|wait|hang on|hold on|actually|my bad)"
    rf"{SIGN}+)*(?:i mean(?:t)?(?: to say)?|make that|scratch that|correction|or rather|rather"
    rf"|i meant)|(?:(?:oh|ah|oops|uh|er|erm|um|hmm|no){SIGN}+)*(?:wait|hang on|hold on|oops|sorry"
    rf"|no)(?:{SIGN}+(?:no|sorry|wait|actually))*){SIGN}+"
)
""" ", I mean", ". No wait,", ", sorry,": behind a sign, and before what is meant."""
NAMES = (Role.DIMENSION, Role.DIMENSIONS)
Kind = Callable[[Mention], bool]


def _is_window(mention: Mention) -> bool:
    return isinstance(mention.time, WINDOWS)


def _is_row(mention: Mention) -> bool:
    return mention.has(*NAMES) or isinstance(mention.time, TimeGrain)


def _is_metric(mention: Mention) -> bool:
    return mention.has(Role.METRIC)


def _is_name(mention: Mention) -> bool:
    return mention.is_value


def _is_number(mention: Mention) -> bool:
    return mention.number is not None


KINDS: Sequence[Kind] = (_is_window, _is_name, _is_number, _is_metric, _is_row)


def find_retraction(text: str) -> re.Match[str] | None:
    return RETRACTION.search(text)


def take_back(
    text: str, retraction: re.Match[str], mentions: Sequence[Mention]
) -> str | None:
    """The text with what is meant in place of what was said, which is of the same kind: a time, a
    name, a number, a figure or what rows are of. None where nothing before is of that kind."""
    before = [each for each in mentions if each.end <= retraction.start() + 1]
    behind = [each for each in mentions if each.start >= retraction.end() - 1]
    meant = next((each for each in behind if not _is_idle(each)), None)
    if meant is None:
        return None
    for is_kind in KINDS:
        said = [each for each in before if is_kind(each)]
        if is_kind(meant) and said:
            return _replace_words(text, retraction, said[-1], before, behind)
    return None


def _replace_words(
    text: str,
    retraction: re.Match[str],
    said: Mention,
    before: Sequence[Mention],
    behind: Sequence[Mention],
) -> str:
    start, place = said.start, before.index(said)
    repeats = behind[0].has(Role.BY)
    if repeats and place and before[place - 1].has(Role.BY):
        start = before[place - 1].start
    between = text[said.end : retraction.start()].strip()
    rest = text[retraction.end() :]
    return " ".join(f"{text[:start].rstrip()} {between} {rest.lstrip()}".split())


def _is_idle(mention: Mention) -> bool:
    words = (
        Role.FILLER,
        Role.BY,
        Role.ONLY,
        Role.JOIN,
        Role.ALSO,
        Role.TALK,
        Role.SUPERLATIVE,
    )
    is_named = (
        mention.is_value or mention.time is not None or mention.number is not None
    )
    return not is_named and mention.has(*words) and not mention.has(Role.METRIC, *NAMES)

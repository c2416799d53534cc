"""Knows messages that take back the one before: "undo that", "as it was before". Pure."""

from collections.abc import Mapping, Sequence

from agents.local.language.grammar import (
    ANY_DAY,
    Captures,
    Category,
    Rules,
    TokenReader,
)
from agents.local.language.tokens import Token, split_tokens

HESITATION = frozenset({
    "no", "wait", "oh", "oops", "sorry", "hm", "hmm", "hang", "hold", "on", "actually", "please",
    "ok", "okay", "well", "ah", "can", "could", "you", "lets", "let", "us", "and",
    "but", "a", "sec", "second", "moment", "nope", "nah", "naw", "nae", "och", "stop",
    "argh", "whoops", "damn", "now", "would", "i", "we", "i'd", "want", "like", "need", "to",
    "just",
    "thanks", "hmmm", "never", "mind", "don't", "dont", "not", "that", "it",
    "uh", "um", "er", "oof", "yikes", "then", "so",
})  # fmt: skip
"""Before what takes something back."""
COURTESY = frozenset({
    "please", "pls", "plz", "thanks", "thx", "thank", "you", "sorry", "again", "now", "for",
    "me", "us", "then", "lol", "my", "mistake", "bad", "instead", "cheers", "ta", "ok", "okay",
})  # fmt: skip
ANSWERS = (
    "one|version|view|table|result|results|figures|numbers|list|state|answer|query|question|"
    "selection|chart|report|breakdown|split|setting|settings|screen|output|status"
)
CHANGES = (
    "step|change|changes|edit|modification|adjustment|tweak|move|command|instruction|request|"
    "thing|bit|part|one|question|addition|filter|restriction|limit|action"
)
GOING = (
    "go|jump|move|step|switch|return|get|take|bring|put|set|change|turn|restore|reset|revert|"
    "show"
)

UNDOING, STEPS, STATES = Rules(), Rules(), Rules()


@STEPS.add(
    f"the|that|this|my|your last|previous|latest|recent|prior {CHANGES}",
    f"the|my most recent {CHANGES}",
    "the|that|this|my|your change|changes|edit|modification|adjustment|tweak|step|move",
    "what i just|last? said|asked|did|wrote|typed",
)
@STATES.add(
    "how|what|where|as|like|exactly? it|things|that|this|we|they|everything|i was|were|looked|had|"
    "stood|started it|them? before|earlier|previously?",
    "the way it|things|that|this|we|they|everything was|were|looked|had it|them? "
    "before|earlier|previously?",
    "as|like before|earlier|previously",
    "before|earlier|previously that|this?",
    f"the? previous|last|earlier|prior|former|preceding {ANSWERS}",
    f"the|that {ANSWERS} before|earlier|previously that|this?",
    "what|that which? we|i had|saw before|earlier|previously?",
)
def read_part(_: Captures) -> str:
    return "part"


@UNDOING.add(
    "undo|revert|rollback|cancel|forget|scrap|scratch|ignore|disregard|strike|discard|withdraw "
    "about? that|this|it one?",
    "undo|revert|rollback|cancel|forget|scrap|scratch|ignore|disregard|strike|discard|withdraw|"
    "drop|remove|delete|lose|reverse|retract|skip|kill|nix about? STEP",
    "undo|revert|rollback everything?",
    "take|roll|wind|turn that|it|this one? back|off",
    "take|roll|wind|turn STEP back",
    "take|roll back that|it|this|STEP",
    "go|step|move|jump back a|one? step?",
    "a|one? step? back",
    f"{GOING} me|us|it|that|this|them|things|everything|the? list|table|figures? back? to? STATE",
    "back to? STATE",
    "see|have|get|show me|us? STATE again|back",
    "STATE again",
    "never mind that|it?",
    "the old|previous one|version|table|list|figures|numbers back|again",
    "without STEP",
    "that|this|it was wrong|unnecessary",
    "that|this|it was a mistake",
    "that|this|it was|is|wasn't|isn't not? what i meant|wanted|asked for?",
)
def read_undoing(_: Captures) -> str:
    return "undoing"


@UNDOING.add("STATE")
def read_state(found: Captures) -> str | None:
    """ "As it was before"; "before that" and "the one before" are times."""
    first, second = (found.reader.get_word(found.start + n) for n in (0, 1))
    return "undoing" if first in {"as", "like", "how"} or second == "way" else None


CATEGORIES: Mapping[str, Category] = {
    "STEP": STEPS.read_longest,
    "STATE": STATES.read_longest,
}


def is_undoing(text: str) -> bool:
    """Whether a message takes back the one before, and says nothing else."""
    return is_whole_phrase(text, UNDOING)


def is_whole_phrase(text: str, rules: Rules) -> bool:
    """Whether a text is what the rules read, with hesitation before it and courtesy behind it."""
    tokens = [token for token in split_tokens(text) if token.is_alphanumeric]
    first, last = 0, len(tokens)
    while first < last and tokens[first].word in HESITATION:
        first += 1
    while last > first and tokens[last - 1].word in COURTESY:
        last -= 1
    return any(
        _is_whole(tokens[begin:end], rules)
        for begin in range(first + 1)
        for end in range(last, len(tokens) + 1)
        if begin < end
    )


def _is_whole(tokens: Sequence[Token], rules: Rules) -> bool:
    read = rules.read_longest(TokenReader(tokens, ANY_DAY, CATEGORIES), 0)
    return read is not None and read[1] == len(tokens)

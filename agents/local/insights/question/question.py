"""What a parsed question is: the parts of a query, and what was not understood of it."""

from dataclasses import dataclass

from agents.local.insights.question.draft import Gap, Request
from agents.local.insights.question.pairs import Pair
from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.mentions import Mention


@dataclass(frozen=True)
class Question:
    request: Request
    mentions: tuple[Mention, ...]
    unknown: tuple[Mention, ...]
    """What is no part of the request, and may say something."""
    gaps: tuple[Gap, ...]
    questions: tuple[str, ...]
    notes: tuple[str, ...]
    is_personal: bool
    points_back: bool
    """Whether it is about what was said before: "how many of those"."""
    has_choice: bool
    """Whether a name in it has another meaning, which was not taken."""
    pair: Pair | None = None
    """Whether it is of several queries before, and says nothing else."""
    left_out: tuple[str, ...] = ()
    """Talk around it that says what the request has not."""
    is_talk: bool = False
    """Whether it is nothing but talk."""
    telling: tuple[Mention, ...] = ()
    """What its words say that would be a part of a question (`asides.list_telling`)."""
    said: tuple[Mention, ...] = ()
    """What stands there, with the talk."""

    def has(self, *roles: Role) -> bool:
        return any(mention.has(*roles) for mention in self.mentions)

    @property
    def lowered_words(self) -> list[str]:
        """The text of each mention, without its case."""
        return [each.text.casefold() for each in self.mentions]

    def means(self, name: str) -> bool:
        """Whether a word has a meaning of that name."""
        return any(
            meaning.name == name for each in self.mentions for meaning in each.meanings
        )

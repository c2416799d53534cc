"""The mentions that a question consists of: some of its words, with all that they may mean."""

from dataclasses import dataclass, replace
from decimal import Decimal

from agents.local.insights.words.lexicon import FILLER, Meaning, Role
from agents.local.insights.words.moving_averages import MovingAverage
from agents.local.language.readings import Reading
from webapp.insights.query.values import MatchKind, ValueMatch


@dataclass(frozen=True)
class Number:
    value: Decimal
    is_money: bool = False
    is_percent: bool = False
    until: Decimal | None = None
    """Of a range that is written as one, its end: "460-490"."""


@dataclass(frozen=True)
class Mention:
    """Some words of the question, with all that they may mean; without a meaning, unknown ones."""

    text: str
    start: int
    end: int
    meanings: tuple[Meaning, ...] = ()
    values: tuple[ValueMatch, ...] = ()
    """The values of the shop that they are the name of, or a part of one."""
    time: Reading | None = None
    number: Number | None = None
    average: MovingAverage | None = None

    def has(self, *roles: Role) -> bool:
        return any(each.role in roles for each in self.meanings)

    def find(self, role: Role) -> Meaning | None:
        return next((each for each in self.meanings if each.role is role), None)

    def read_as(self, *meanings: Meaning) -> "Mention":
        """With these meanings and no other ones; without any, it says nothing."""
        return replace(self, meanings=meanings or FILLER, values=(), number=None)

    def drop(self, *roles: Role) -> "Mention":
        """Without the meanings of these roles."""
        kept = tuple(each for each in self.meanings if each.role not in roles)
        return replace(self, meanings=kept or FILLER)

    @property
    def word(self) -> str:
        """Its text as phrases are written: in small letters, with a straight apostrophe."""
        return self.text.casefold().replace("\u2019", "'")

    def get_name(self, *roles: Role) -> str | None:
        """What the first of the roles that it has is of: the name of a metric, of a dimension."""
        return next((found.name for each in roles if (found := self.find(each))), None)

    @property
    def dimensions(self) -> set[str]:
        """Those that have a value of the name."""
        return {each.dimension for each in self.values} | {
            each.of for each in self.meanings if each.role is Role.VALUE
        }

    @property
    def is_value(self) -> bool:
        return bool(self.values) or self.has(Role.VALUE)

    @property
    def is_part(self) -> bool:
        """Whether it is a part of names, and no whole one."""
        return bool(self.values) and all(
            each.kind is MatchKind.PART for each in self.values
        )

    @property
    def is_unknown(self) -> bool:
        return bool(self.text) and not (
            self.meanings or self.values or self.time or self.number or self.average
        )

"""What a sentence names: values of rows, and times. Pure."""

from dataclasses import dataclass
from enum import Enum, auto

from agents.local.language.readings import DaySpan


@dataclass(frozen=True)
class NameMention:
    start: int
    end: int
    text: str
    targets: frozenset[tuple[str, str]] = frozenset()
    """Dimensions with their folded values; none, where no row has it."""

    @property
    def dimensions(self) -> frozenset[str]:
        return frozenset(dimension for dimension, _ in self.targets)


class Reference(Enum):
    """How a time is spoken of."""

    SUBJECT = auto()
    """What is said is said of it."""
    COMPARED = auto()
    """What is said is said of another time, in comparison with it."""
    ASIDE = auto()
    """When figures are from: "as of 3 March"."""


@dataclass(frozen=True)
class PeriodMention:
    start: int
    end: int
    text: str
    candidates: tuple[DaySpan, ...] = ()
    """The days that it may mean, the likeliest first."""
    reference: Reference = Reference.SUBJECT
    is_previous: bool = False
    """Whether it is "the period before", whatever that is."""
    is_range: bool = False
    """Whether it is written with both its ends."""
    is_supported: bool = True


Subject = NameMention | PeriodMention


@dataclass(frozen=True)
class ClaimScope:
    """What a claim is said of: rows that all names and the time are of."""

    names: tuple[NameMention, ...] = ()
    period: PeriodMention | None = None

    @property
    def is_open(self) -> bool:
        return not self.names and self.period is None

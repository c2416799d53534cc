"""What has been understood of a question so far, and of which words."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from agents.local.dialogue_state import Json
from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.mentions import Mention, Number
from agents.local.language.readings import ShiftUnit, TimeShift


@dataclass(frozen=True)
class Gap:
    """Words that cannot be answered, with the reason."""

    text: str
    reason: str


@dataclass(frozen=True)
class Bound:
    """What the rows of a result must reach."""

    text: str
    metric: str | None = None
    """None: that of the query."""
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    is_strict: bool = False
    """Whether the bound itself is left out."""
    is_money: bool = False
    is_percent: bool = False
    of_change: bool = False
    """Of the change, in the unit of the metric: "fell by more than 10"."""
    of_fall: bool = False
    """Of what fell: "down 10% or more"."""
    of_rise: bool = False
    """Of what rose: "up by less than 10%" is not what fell."""


@dataclass
class Request:
    """The parts of a query that a message asks for, as the JSON of an `AnalyticsQuery`; what it
    does not speak of is empty."""

    analysis: str | None = None
    """The name of the analysis, where figures alone are not the answer."""
    of_analysis: str | None = None
    """The name of the analysis before, if words say something that only it has."""
    assumes_rise: bool | None = None
    """Which way something went, says the one who asks why it did."""
    is_turned: bool = False
    """Whether the time that is named first is the earlier one of a change that is explained."""
    direction: str | None = None
    """Whether drops or spikes alone are wanted, of what is unusual."""
    months: int | None = None
    """How many months since the first order are wanted."""
    level: int | None = None
    """How many of 100 figures an interval is to contain."""
    lead_days: int | None = None
    """How many days pass until units that are ordered arrive."""
    metrics: list[str] = field(default_factory=list)
    group_by: list[str] = field(default_factory=list)
    filters: list[Json] = field(default_factory=list)
    window: Json | None = None
    complete: bool = False
    """Whether only periods are wanted that are over."""
    without_running: str | None = None
    """The period that is left out of the time, as it is not over."""
    compare_to: Json | str | None = None
    compares_whole: bool = False
    """Whether all of that time is meant, next to one that is not over."""
    derived: list[Json] = field(default_factory=list)
    bounds: list[Bound] = field(default_factory=list)
    keeps_bounds: bool = False
    """Whether rows must reach what they had to before, too."""
    part: Json | None = None
    """The filter that a share is of, as rows of its dimension are shown."""
    descending: bool | None = None
    """Whether rows are ranked, and how."""
    sort_by: str | None = None
    """Another column to sort by than the first metric."""
    by_change: bool = False
    """Whether they are ranked by their change."""
    in_percent: bool = False
    """Whether that is the change in percent."""
    limit: int | None = None
    within: list[str] = field(default_factory=list)
    """Dimensions, for each of whose values rows are ranked: "the best product of each category"."""
    splits: list[str] = field(default_factory=list)
    """Dimensions that only split the rows: "per category"."""
    splits_per: list[str] = field(default_factory=list)
    """Those of them that each value of is spoken of: "per category", but not "by category"."""
    of_each: bool = False
    """Whether it is not said what is ranked within each: "the top 2 of each"."""
    currency: str | None = None
    shift: TimeShift | None = None
    compare_shift: TimeShift | None = None
    """The window to compare with, from that of the query."""
    wants_trend: bool = False
    wants_share: bool = False
    wants_change: bool = False
    all_of: list[str] = field(default_factory=list)
    """Dimensions of which all values are wanted, in one figure or each by itself."""
    every_of: list[str] = field(default_factory=list)
    """Dimensions of which each value is wanted by itself: "for every country"."""
    compare_unit: ShiftUnit | None = None
    """Of "month over month": the period that is compared with the one before."""
    sums: bool = False
    """Whether several times make one figure."""
    may_imply: bool = True
    """Whether revenue is meant where no figure is named."""
    is_edit: bool = False
    """Whether it changes the query before."""
    goes_on: bool = False
    """Whether the rows after those of the query before are wanted: `limit` of them."""
    start: int | None = None
    """How many rows are before the wanted ones: "numbers 6 to 10"."""
    side_by_side: bool = False
    """Whether the value of the filter is to stand next to that of the query before."""
    wants_rest: bool = False
    """Whether that is all of them."""
    listed: list[str] = field(default_factory=list)
    """Dimensions of rows that no word asks for: of values that are listed."""
    wants_all: bool = False
    """Whether a superlative is the order of all rows: "the best on top"."""
    judges: bool = False
    """Whether rows are ranked by how good they are, not by how much: "the 5 worst"."""
    drops: list[str] = field(default_factory=list)
    """Dimensions and metrics that are not wanted any more: "without the months"."""
    cuts: bool = False
    """Whether `number` is how many of the rows are wanted: "only the first 3"."""
    by_name: bool = False
    """Whether rows are ordered by what they are of: "alphabetically"."""
    flips: bool = False
    """Whether the rows of the query before are wanted in the opposite order."""
    number: int | None = None
    """A number that is said alone, for the rows of the query before."""
    number_unit: str | None = None
    """Of a number that is the length of a window: "make that 60 days"."""
    variants: list[list[Json]] = field(default_factory=list)
    """Filters of which each makes a query of its own."""
    windows: list[Json] = field(default_factory=list)
    """Of several queries that differ in their time."""

    @property
    def is_empty(self) -> bool:
        return self == Request()

    def has_only(self, *names: str) -> bool:
        """Whether nothing but these parts is asked for, of which any may be empty."""
        return self == Request(**{name: getattr(self, name) for name in names})


@dataclass
class Draft:
    mentions: Sequence[Mention]
    colons: Sequence[int] = ()
    """Places of the mentions that follow a colon."""
    follows: bool = False
    """Whether there are figures before that it may be about."""
    request: Request = field(default_factory=Request)
    used: set[int] = field(default_factory=set)
    gaps: list[Gap] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    """What has to be asked back."""
    notes: list[str] = field(default_factory=list)
    """Which of several readings was taken."""
    excluded: set[int] = field(default_factory=set)
    """Places of the values that are left out."""
    has_choice: bool = False
    """Whether one of two dimensions was taken that have a value of the name."""

    def use(self, *indexes: int) -> None:
        self.used.update(indexes)

    def list_unused(self, *roles: Role) -> Iterator[int]:
        """Places of the mentions with one of the roles that have no use yet."""
        for index, mention in enumerate(self.mentions):
            if index not in self.used and mention.has(*roles):
                yield index

    def has(self, *roles: Role) -> bool:
        return any(mention.has(*roles) for mention in self.mentions)

    @property
    def single_words(self) -> set[str]:
        """Every single word, in small letters."""
        return {word for each in self.mentions for word in each.text.casefold().split()}

    @property
    def numbers(self) -> list[tuple[int, Number]]:
        """With the places of the mentions that they are."""
        numbers = [(n, each.number) for n, each in enumerate(self.mentions)]
        return [(n, number) for n, number in numbers if number is not None]

    def list_places(self, texts: Container[str]) -> list[int]:
        """Of the mentions that are one of the texts."""
        mentions = enumerate(self.mentions)
        return [n for n, each in mentions if each.text.casefold() in texts]

    def find_before(
        self, index: int, *, skip: Sequence[Role] = (Role.FILLER,)
    ) -> int | None:
        """The nearest mention before, over those that have one of the roles to skip."""
        return self._find(range(index - 1, -1, -1), skip)

    def find_after(
        self, index: int, *, skip: Sequence[Role] = (Role.FILLER,)
    ) -> int | None:
        return self._find(range(index + 1, len(self.mentions)), skip)

    def _find(self, indexes: range, skip: Sequence[Role]) -> int | None:
        for index in indexes:
            mention = self.mentions[index]
            if not mention.has(*skip) or mention.has(
                *(role for role in SAYS_SOMETHING if role not in skip)
            ):
                return index
        return None

    def use_denial(self, index: int) -> bool:
        """Takes the "not" before a word, if it is there: "did not grow", "haven't fallen"."""
        is_denied = self.is_denied(index)
        if is_denied:
            self.use(index - 1)
        return is_denied

    def is_denied(self, index: int) -> bool:
        word = self.get_text(index - 1) if index else ""
        return word == "not" or word.endswith(("n't", "n\u2019t"))

    def is_after(self, index: int, *roles: Role) -> bool:
        """Whether the mention before, over fillers, has one of the roles."""
        before = self.find_before(index, skip=_skip_fillers(roles))
        return before is not None and self.mentions[before].has(*roles)

    def is_before(self, index: int, *roles: Role) -> bool:
        after = self.find_after(index, skip=_skip_fillers(roles))
        return after is not None and self.mentions[after].has(*roles)

    def get_text(self, index: int) -> str:
        """The words at a place without capitals; empty where there is no mention."""
        is_within = 0 <= index < len(self.mentions)
        return self.mentions[index].word if is_within else ""


SAYS_SOMETHING = (
    Role.OVER, Role.UNDER, Role.AT_LEAST, Role.AT_MOST, Role.COMPARE, Role.EXCLUDE,
    Role.RISE, Role.FALL, Role.WHICH, Role.HOW_MANY,
)  # fmt: skip
"""Roles of words that are fillers elsewhere, as in "over the week"."""


def _skip_fillers(roles: Sequence[Role]) -> Sequence[Role]:
    return () if Role.FILLER in roles else (Role.FILLER,)

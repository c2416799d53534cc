"""What became of the mutants, and the table of it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import pytest

from tests.mutation.forks import NO_TESTS, TIMED_OUT


class Outcome(StrEnum):
    KILLED = "killed"
    """A test failed, or the process crashed."""
    SURVIVED = "survived"
    TIMED_OUT = "timeout"
    """Detected too: the tests took far longer than without the mutant."""
    NO_TESTS = "no tests"
    """No test reaches the function; counts like a survivor."""
    NOT_TRIED = "not tried"
    """The time was over; counts neither way."""


def classify(exit_code: int | None) -> Outcome:
    """Interpret the exit code of the fork that ran the tests; `None` if there was none."""
    if exit_code is None:
        return Outcome.NOT_TRIED
    special = {
        0: Outcome.SURVIVED,
        pytest.ExitCode.NO_TESTS_COLLECTED: Outcome.NO_TESTS,
        NO_TESTS: Outcome.NO_TESTS,
        TIMED_OUT: Outcome.TIMED_OUT,
    }
    return special.get(exit_code, Outcome.KILLED)


@dataclass(frozen=True)
class Score:
    name: str
    counts: Mapping[Outcome, int]

    @property
    def mutants(self) -> int:
        return sum(self.counts.values())

    @property
    def value(self) -> float | None:
        """Detected mutants of those tried; `None` if none was."""
        detected = self.counts[Outcome.KILLED] + self.counts[Outcome.TIMED_OUT]
        tried = self.mutants - self.counts[Outcome.NOT_TRIED]
        return detected / tried if tried else None


def score_packages(outcomes: Iterable[tuple[str, Outcome]]) -> list[Score]:
    """One score for each package, and their total if there are several."""
    counts: dict[str, Counter[Outcome]] = {}
    for package, outcome in outcomes:
        counts.setdefault(package, Counter())[outcome] += 1
    scores = [Score(name, counts[name]) for name in sorted(counts)]
    if len(scores) > 1:
        total = sum((Counter(score.counts) for score in scores), Counter[Outcome]())
        scores.append(Score("total", total))
    return scores


def format_scores(scores: Iterable[Score]) -> str:
    """A Markdown table, so that it can be kept in `docs/mutation-testing.md`."""
    rows = ["| package | mutants | " + " | ".join(Outcome) + " | score |"]
    rows.append("|---" * (len(Outcome) + 3) + "|")
    for score in scores:
        counts = " | ".join(str(score.counts[outcome]) for outcome in Outcome)
        value = "none" if score.value is None else f"{score.value:.3f}"
        rows.append(f"| {score.name} | {score.mutants} | {counts} | {value} |")
    return "\n".join(rows)

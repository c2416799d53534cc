"""The table that each evaluation of `tests/eval` prints."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    name: str
    value: float
    n: int
    """Number of cases that it is the mean of."""
    threshold: float | None = None
    """Below it a change is refused; most figures are only watched."""


def format_scoreboard(figures: Iterable[Figure]) -> str:
    """A Markdown table, so that it can be kept in `docs/evaluation.md`."""
    rows = [
        f"| {figure.name} | {figure.value:.3f} | {figure.n:,} | "
        f"{'none' if figure.threshold is None else figure.threshold} |"
        for figure in figures
    ]
    return "\n".join(["| figure | value | n | threshold |", "|---|---|---|---|", *rows])

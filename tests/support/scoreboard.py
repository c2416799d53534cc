"""The table that each evaluation of `tests/eval` prints."""

from collections.abc import Iterable
from dataclasses import dataclass

from webapp.search.evaluation.scores import Estimate


@dataclass(frozen=True)
class Figure:
    name: str
    value: float
    n: int
    """Number of cases that it is the mean of."""
    threshold: float | None = None
    """Below it a change is refused; most figures are only watched."""
    maximum: float | None = None
    """Of a figure that should be low, above which a change is refused."""
    interval: Estimate | None = None
    """Within which such means of other cases would be."""

    @property
    def is_refused(self) -> bool:
        is_low = self.threshold is not None and self.value < self.threshold
        return is_low or (self.maximum is not None and self.value > self.maximum)


def format_scoreboard(figures: Iterable[Figure]) -> str:
    """A Markdown table, so that it can be kept in `docs/evaluation.md`."""
    rows = [
        f"| {figure.name} | {figure.interval or f'{figure.value:.3f}'} | {figure.n:,}"
        f" | {_format_bound(figure)} |"
        for figure in figures
    ]
    return "\n".join(["| figure | value | n | threshold |", "|---|---|---|---|", *rows])


def _format_bound(figure: Figure) -> str:
    if figure.maximum is not None:
        return f"at most {figure.maximum}"
    return "none" if figure.threshold is None else f"{figure.threshold}"

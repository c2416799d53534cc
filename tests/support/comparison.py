"""Two versions measured in turns, and their ratios."""

from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import TypeVar

Figures = dict[str, float]
Measured = TypeVar("Measured")
TABLE = """\
| what | this | other | ratio | smallest | largest |
|---|---|---|---|---|---|"""


def measure_in_turns(
    versions: Sequence[Measured],
    measure: Callable[[Measured], Figures],
    *,
    rounds: int,
) -> Iterator[tuple[Figures, Figures]]:
    """Measure this version and the other; every other round is reversed, so that neither always
    follows the other."""
    this, other = versions
    for turn in range(rounds):
        if turn % 2:
            mine = measure(this)
            theirs = measure(other)
        else:
            theirs = measure(other)
            mine = measure(this)
        yield mine, theirs


def format_table(rounds: Sequence[tuple[Figures, Figures]]) -> str:
    """The medians of all rounds, and of their ratios."""
    lines = [TABLE]
    names = dict.fromkeys(name for pair in rounds for each in pair for name in each)
    for name in names:
        pairs = [(this.get(name, 0), other.get(name, 0)) for this, other in rounds]
        this, other = (median(column) for column in zip(*pairs, strict=True))
        ratios = [mine / theirs for mine, theirs in pairs if theirs]
        compared = (
            f"{median(ratios):.2f} | {min(ratios):.2f} | {max(ratios):.2f}"
            if ratios
            else " | |"
        )
        lines.append(f"| {name} | {this:,.1f} | {other:,.1f} | {compared} |")
    return "\n".join(lines)

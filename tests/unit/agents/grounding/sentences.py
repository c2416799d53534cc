"""Reads the files of sentences about results."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.grounding_results import (
    get_injected_result,
    get_mixed_currencies_result,
    get_result,
)

FOLDER = Path(__file__).parent
SECTION = re.compile(r"\[(?P<results>[\w, ]*)(?:: (?P<kind>\w+))?\]")


@dataclass(frozen=True)
class Example:
    results: tuple[str, ...]
    kind: str | None
    """The class of a lie."""
    text: str

    def __str__(self) -> str:
        return f"{'+'.join(self.results)} {self.text}"

    @property
    def found(self) -> list[dict[str, Any]]:
        return [find_result(name) for name in self.results]


def find_result(name: str) -> dict[str, Any]:
    match name:
        case "injected":
            return get_injected_result()
        case "mixed":
            return get_mixed_currencies_result()
    return get_result(name)


def read_examples(file: str) -> Iterator[Example]:
    results: tuple[str, ...] = ()
    kind = None
    for line in (FOLDER / file).read_text(encoding="utf-8").splitlines():
        if section := SECTION.fullmatch(line):
            names = section["results"].replace(" ", "").split(",")
            results = tuple(name for name in names if name)
            kind = section["kind"]
        elif line and not re.match(r"# ", line):
            yield Example(results, kind, line.replace("\\n", "\n"))

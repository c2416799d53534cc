from pathlib import Path

import pytest

from tests.mutation.survivors import diff_lines, find_first_line

SOURCE = """
def total(prices):
    return sum(prices)


class Cart:
    # A comment above belongs to the method.
    @classmethod
    def total(cls, prices):
        return sum(prices)
"""


@pytest.mark.parametrize(("class_name", "line"), [(None, 2), ("Cart", 8)])
def test_the_line_is_that_of_the_function_in_its_file(
    tmp_path: Path, class_name: str | None, line: int
) -> None:
    file = tmp_path / "cart.py"
    file.write_text(SOURCE)

    assert find_first_line(str(file), "total", class_name) == line


@pytest.mark.parametrize(
    ("after", "offset", "changes"),
    [
        (["a", "x", "c"], 1, ["    -b", "    +x"]),
        (["a", "c"], 1, ["    -b"]),
        (["x", "b", "c"], 0, ["    -a", "    +x"]),
    ],
)
def test_only_changed_lines_are_shown(
    after: list[str], offset: int, changes: list[str]
) -> None:
    assert diff_lines(["a", "b", "c"], after) == (offset, changes)

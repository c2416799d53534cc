"""Where a mutant is, and what it changes."""

import ast
import re
from difflib import unified_diff
from functools import cache
from pathlib import Path

import libcst
from mutmut.mutation.diff_apply import read_functions_from_index
from mutmut.utils.format_utils import orig_function_and_class_names_from_key

HUNK = re.compile(r"@@ -(\d+)")


def describe_mutant(mutant: str, file: str) -> str:
    """Its `file:line`, its name for `mutmut show`, and the lines that it changes."""
    functions = read_functions_from_index(mutant, file)
    assert functions is not None, f"mutmut's index lacks {mutant}"
    before, after = (
        libcst.Module([function.with_changes(leading_lines=[])]).code.splitlines()
        for function in functions
    )
    offset, changes = diff_lines(before, after)
    name, class_name = orig_function_and_class_names_from_key(mutant)
    line = find_first_line(file, name, class_name) + offset
    return "\n".join([f"{file}:{line}  {mutant.rpartition('.')[2]}", *changes])


def diff_lines(before: list[str], after: list[str]) -> tuple[int, list[str]]:
    """How many lines below the first the change begins, and the changed lines."""
    lines = list(unified_diff(before, after, lineterm="", n=0))[2:]
    match = HUNK.match(lines[0])
    assert match is not None
    changes = [f"    {line}" for line in lines if not line.startswith("@@")]
    return int(match[1]) - 1, changes


def find_first_line(file: str, name: str, class_name: str | None) -> int:
    """Line of the function's first decorator, or of its `def`."""
    body = parse(file).body
    if class_name is not None:
        [owner] = [
            node
            for node in body
            if isinstance(node, ast.ClassDef) and node.name == class_name
        ]
        body = owner.body
    function = next(
        node
        for node in body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name == name
    )
    return min([function.lineno, *(found.lineno for found in function.decorator_list)])


@cache
def parse(file: str) -> ast.Module:
    return ast.parse(Path(file).read_text(encoding="utf-8"))

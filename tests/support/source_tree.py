"""The project's own source code, read for the tests of its architecture."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("webapp", "jobs", "agents", "analytics")
SOURCES = [
    str(path.relative_to(ROOT))
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
]


@cache
def parse(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def find_calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    """Calls of a function or method with this name, whatever it is called on."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called_name(node) == name:
            yield node


def called_name(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]

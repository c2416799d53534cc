"""Imports: no circle, and heavy libraries are loaded by name in one kind of module."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from tests.support.source_tree import ROOT, SOURCES, find_calls, module_name, nodes

MODULES = {module_name(path): path for path in SOURCES}


def imported_names(path: str) -> Iterator[str]:
    """Modules of ours that this one imports, by statement or by a literal name."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
    yield from literal_imports(path)


def literal_imports(path: str) -> Iterator[str]:
    for call in find_calls(path, "import_module"):
        [name] = call.args
        if isinstance(name, ast.Constant):
            yield str(name.value)


def import_graph() -> dict[str, set[str]]:
    return {
        name: {found for found in imported_names(path) if found in MODULES} - {name}
        for name, path in MODULES.items()
    }


def find_circle(graph: dict[str, set[str]]) -> list[str]:
    """One circle as the modules along it, the first again at its end; empty without one."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        found: list[str] = circle.args[1]
        return found
    return []


def test_no_import_circle_even_through_names() -> None:
    graph = import_graph()

    assert len(graph) > 400
    assert find_circle(graph) == []


def test_a_circle_through_a_literal_name_is_found(tmp_path: Path) -> None:
    module = tmp_path / "storage.py"
    module.write_text('s3 = import_module("webapp.adapters.storage.s3")')

    assert list(literal_imports(str(module))) == ["webapp.adapters.storage.s3"]
    assert find_circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]


def test_only_build_modules_import_by_a_literal_name() -> None:
    by_literal = {path for path in SOURCES if any(literal_imports(path))}

    assert {path for path in by_literal if Path(path).name != "build.py"} == set()
    assert len(by_literal) >= 5


def test_implementations_of_a_port_do_not_know_who_chooses_them() -> None:
    adapters = [path for path in SOURCES if path.startswith("webapp/adapters/")]
    knowing = {
        path
        for path in adapters
        for name in imported_names(path)
        if name.endswith(".build")
    }

    assert len(adapters) > 30
    assert knowing == set()


def test_every_adapter_is_a_package_with_a_port_and_a_module_that_chooses() -> None:
    adapters = ROOT / "webapp" / "adapters"
    packages = {path.name for path in adapters.iterdir() if path.is_dir()}
    with_port = {path.parent.name for path in adapters.glob("*/port.py")}
    with_build = {path.parent.name for path in adapters.glob("*/build.py")}

    assert packages - {"__pycache__"} == with_port == with_build
    assert {path.name for path in adapters.glob("*.py")} == {"__init__.py"}

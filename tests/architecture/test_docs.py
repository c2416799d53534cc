"""Documents: every link resolves, and the modules that they name exist."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.support.source_tree import ROOT, parse

DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "tests").rglob("*.md")),
]
GUIDES = [
    ROOT / "CONTRIBUTING.md",
    *(ROOT / "docs" / f"{name}.md" for name in ("architecture", "glossary", "recipes")),
    *sorted((ROOT / "docs" / "decisions").glob("*.md")),
]
"""Documents that lead a reader to the code."""
FENCED = re.compile(r"(?ms)^( *)```.*?^\1```\s*?$")
INLINE = re.compile(r"`([^`]+)`")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
PATH = re.compile(
    r"(?<![\w./<>-])(?:webapp|jobs|agents|analytics|tests|docs|requirements|\.ci)"
    r"/[\w./*<>-]*"
)
DOTTED = re.compile(
    r"(?<![\w./-])(?:webapp|jobs|agents|analytics|tests)(?:\.\w+)+(?![/\w])"
)
FILE_NAME = re.compile(r"(?<![\w./<>*-])\w+\.(?:py|toml|md)\b")


def prose_of(document: Path) -> str:
    return FENCED.sub("", document.read_text(encoding="utf-8"))


def code_of(document: Path) -> str:
    """What is marked as code: in backticks, or in a block between fences."""
    text = document.read_text(encoding="utf-8")
    blocks = [found[0] for found in FENCED.finditer(text)]
    return "\n".join([*blocks, *INLINE.findall(prose_of(document))])


def links_in(document: Path) -> Iterator[tuple[Path, str]]:
    """The file and the heading of each relative link."""
    for target in LINK.findall(prose_of(document)):
        if "://" not in target and not target.startswith("mailto:"):
            path, _, heading = target.partition("#")
            yield (document.parent / path if path else document).resolve(), heading


def headings_in(document: Path) -> set[str]:
    """The anchors that GitHub gives a document's headings."""
    headings = re.findall(r"(?m)^#+ (.+?)\s*$", prose_of(document))
    return {re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings}


def path_exists(path: str) -> bool:
    """`<feature>` stands for any name; `*` for several files."""
    pattern = re.sub(r"<[\w-]+>", "*", path).rstrip("./")
    return any(ROOT.glob(pattern))


@cache
def is_file_name(name: str) -> bool:
    return any(ROOT.glob(name)) or any(
        next((ROOT / folder).rglob(name), None)
        for folder in ("webapp", "jobs", "agents", "analytics", "tests", "docs")
    )


def dotted_exists(name: str) -> bool:
    """Whether it is a package, a module, or a definition in one, members of classes included."""
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        path, rest = "/".join(parts[:count]), parts[count:]
        if (ROOT / f"{path}.py").is_file():
            return is_defined(parse(f"{path}.py"), rest)
        if (ROOT / path).is_dir():
            return not rest
    return False


def is_defined(scope: ast.AST, names: list[str]) -> bool:
    if not names:
        return True
    return any(
        is_defined(node, names[1:])
        for node in ast.iter_child_nodes(scope)
        if names[0] in names_defined_by(node)
    )


def names_defined_by(node: ast.AST) -> set[str]:
    names = set()
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        names = {node.name}
    elif isinstance(node, ast.Assign):
        names = {ast.unparse(target) for target in node.targets}
    elif isinstance(node, ast.AnnAssign):
        names = {ast.unparse(node.target)}
    return names


def test_every_relative_link_resolves() -> None:
    links = [(doc, *found) for doc in DOCUMENTS for found in links_in(doc)]

    assert len(links) > 40
    assert [
        f"{doc.relative_to(ROOT)} → {target.name}#{heading}"
        for doc, target, heading in links
        if not target.exists() or (heading and heading not in headings_in(target))
    ] == []


def test_every_path_in_a_guide_exists() -> None:
    paths = {(doc, path) for doc in GUIDES for path in PATH.findall(code_of(doc))}

    assert len(paths) > 150
    assert (
        sorted(
            f"{doc.relative_to(ROOT)}: {path}"
            for doc, path in paths
            if not path_exists(path)
        )
        == []
    )


def test_every_dotted_name_in_a_guide_exists() -> None:
    names = {(doc, name) for doc in GUIDES for name in DOTTED.findall(code_of(doc))}

    assert len(names) > 60
    assert (
        sorted(
            f"{doc.relative_to(ROOT)}: {name}"
            for doc, name in names
            if not dotted_exists(name)
        )
        == []
    )


def test_every_file_named_in_a_guide_exists() -> None:
    names = {(doc, name) for doc in GUIDES for name in FILE_NAME.findall(code_of(doc))}

    assert len(names) > 15
    assert (
        sorted(
            f"{doc.relative_to(ROOT)}: {name}"
            for doc, name in names
            if not is_file_name(name)
        )
        == []
    )


def test_every_decision_names_what_keeps_it() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    kept_by = {d.name: prose_of(d).rpartition("\nKept by: ")[2] for d in decisions}

    assert len(decisions) > 20
    assert [
        name
        for name, tests in kept_by.items()
        if not re.search(r"`(tests/|pyproject)", tests) or "**Decision.**" in tests
    ] == []


def test_a_name_that_is_gone_is_found() -> None:
    assert dotted_exists("webapp.db.outbox.OutboxMessage.due_at")
    assert not dotted_exists("webapp.db.outbox.promise")
    assert not dotted_exists("webapp.db.promises")
    assert path_exists("webapp/<feature>/service.py")
    assert not path_exists("webapp/<feature>/helpers.py")

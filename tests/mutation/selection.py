"""Which files are mutated: those of the named packages, or what has changed since `main`."""

import subprocess
from collections.abc import Iterable
from pathlib import Path


class BadSelection(Exception):
    pass


def find_changed_files(root: Path, *, base: str) -> list[str]:
    """Files that differ from where this branch left `base`: committed, edited or new."""
    start = run_git(root, "merge-base", "HEAD", base)[0]
    changed = run_git(root, "diff", "--name-only", "--diff-filter=d", start)
    new = run_git(root, "ls-files", "--others", "--exclude-standard")
    return sorted({*changed, *new})


def run_git(root: Path, *arguments: str) -> list[str]:
    command = ["git", "-c", "core.quotePath=off", *arguments]
    done = subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise BadSelection(done.stderr.strip() or f"{' '.join(command)} failed")
    return done.stdout.splitlines()


def keep_sources(files: Iterable[str], *, source_paths: Iterable[Path]) -> list[str]:
    """Those that mutmut may mutate: Python files of the shop, not tests."""
    roots = list(source_paths)
    return [
        file
        for file in files
        if file.endswith(".py") and any(root in Path(file).parents for root in roots)
    ]


def list_sources(
    names: Iterable[str], *, root: Path, source_paths: Iterable[Path]
) -> list[str]:
    """Python files of the named packages or files, relative to `root`."""
    roots = list(source_paths)
    found: list[str] = []
    for name in names:
        path = Path(name)
        inside = path in roots or any(root in path.parents for root in roots)
        if not inside or not (root / path).exists():
            raise BadSelection(
                f"{name} is not a package or file of {', '.join(map(str, roots))}"
            )
        files = (
            [root / path]
            if path.suffix == ".py"
            else sorted((root / path).rglob("*.py"))
        )
        found.extend(str(file.relative_to(root)) for file in files)
    return found


def name_package(file: str) -> str:
    """Where a file counts: a feature, an adapter, or an entry point as a whole."""
    folder = Path(file).parent.parts
    if folder[0] != "webapp":
        return folder[0]
    return "/".join(folder[: 3 if folder[1:2] == ("adapters",) else 2])

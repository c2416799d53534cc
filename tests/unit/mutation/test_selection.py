from pathlib import Path

import pytest

from tests.mutation.selection import (
    BadSelection,
    find_changed_files,
    keep_sources,
    list_sources,
    name_package,
    run_git,
)

SOURCE_PATHS = [Path("webapp"), Path("agents")]


IDENTITY = ("-c", "user.name=Tester", "-c", "user.email=tester@example.com")


def git(root: Path, *arguments: str) -> None:
    run_git(root, *IDENTITY, *arguments)


def write(root: Path, *names: str, text: str = "") -> None:
    """Each with a text of its own: git takes a copy of a deleted file for the same one."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text or f"name = {name!r}")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """On a branch that left `main` after its first commit."""
    git(tmp_path, "init", "-q", "-b", "main")
    write(tmp_path, "webapp/old.py", "webapp/gone.py", "webapp/edited.py")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "First")
    git(tmp_path, "checkout", "-q", "-b", "topic")
    return tmp_path


def test_without_a_change_nothing_is_selected(repository: Path) -> None:
    assert find_changed_files(repository, base="main") == []


def test_committed_edited_and_new_files_are_selected_deleted_ones_are_not(
    repository: Path,
) -> None:
    write(repository, "webapp/committed.py")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "Second")
    write(repository, "webapp/edited.py", text="edited = True")
    write(repository, "webapp/größe.py")
    (repository / "webapp/gone.py").unlink()

    assert find_changed_files(repository, base="main") == [
        "webapp/committed.py",
        "webapp/edited.py",
        "webapp/größe.py",
    ]


def test_what_main_has_changed_meanwhile_is_not_selected(repository: Path) -> None:
    git(repository, "checkout", "-q", "main")
    write(repository, "webapp/old.py", text="theirs = True")
    git(repository, "commit", "-q", "-am", "Theirs")
    git(repository, "checkout", "-q", "topic")

    assert find_changed_files(repository, base="main") == []


def test_an_unknown_branch_is_named(repository: Path) -> None:
    with pytest.raises(BadSelection, match="no-such-branch"):
        find_changed_files(repository, base="no-such-branch")


def test_only_python_files_of_the_shop_are_mutated() -> None:
    changed = ["webapp/a.py", "webapp/a.html", "tests/unit/test_a.py", "agents/b/c.py"]

    assert keep_sources(changed, source_paths=SOURCE_PATHS) == [
        "webapp/a.py",
        "agents/b/c.py",
    ]


def test_packages_and_files_are_listed(tmp_path: Path) -> None:
    write(tmp_path, "webapp/cart/b.py", "webapp/cart/sub/a.py", "webapp/cart/page.html")
    write(tmp_path, "webapp/cart2/c.py", "agents/d.py")

    assert list_sources(
        ["webapp/cart", "agents/d.py"], root=tmp_path, source_paths=SOURCE_PATHS
    ) == ["webapp/cart/b.py", "webapp/cart/sub/a.py", "agents/d.py"]


@pytest.mark.parametrize("name", ["tests", "webapp/crat", "../elsewhere"])
def test_a_package_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    write(tmp_path, "webapp/cart/b.py", "tests/a.py")

    with pytest.raises(BadSelection, match=name):
        list_sources([name], root=tmp_path, source_paths=SOURCE_PATHS)


@pytest.mark.parametrize(
    ("file", "package"),
    [
        ("webapp/cart/service.py", "webapp/cart"),
        ("webapp/adapters/payments/stripe.py", "webapp/adapters/payments"),
        ("webapp/app.py", "webapp"),
        ("agents/local/insights/slots.py", "agents"),
    ],
)
def test_a_file_counts_in_its_package(file: str, package: str) -> None:
    assert name_package(file) == package

"""Imports: no circle, ports instead of implementations, and few modules that import by name."""

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.support.source_tree import ROOT, SOURCES, find_calls, module_name, nodes
from webapp.cli.main import COMMANDS

MODULES = {module_name(path): path for path in SOURCES}
BY_NAME = {"import_module", "__import__"}
IMPORT_BY_NAME = {
    "agents/models/factory.py": "`AGENT_MODEL` names the module of a client library",
    "agents/replica.py": "an agent is named, and need not load the other's dependencies",
    "analytics/query_service.py": "NumPy is 40 MB of each process, which queries do not need",
    "analytics/query_worker.py": "Ray is a second and 60 MB, which one machine does not need",
    "jobs/__main__.py": "the garbage collector is off before anything else is loaded",
    "webapp/cli/main.py": "a command's module is imported when that command is used",
}
"""Modules other than the `build.py` of a port that import by name, and why."""
BUILDERS = (
    "analytics/query_worker.py",
    "jobs/",
    "webapp/bootstrap.py",
    "webapp/cli/",
    "webapp/config.py",
    "webapp/devtools/",
)
"""Who builds adapters: entry points, and what builds the runtime and the settings for them."""
ALLOWED_IMPLEMENTATIONS = {
    ("agents/replica.py", "webapp.adapters.agents.service_tokens"): (
        "the replica verifies the token that the adapter at the other end issues"
    ),
    ("analytics/replica.py", "webapp.adapters.agents.service_tokens"): (
        "the replica verifies the token that the adapter at the other end issues"
    ),
    ("webapp/search/rules/words.py", "webapp.adapters.search.analysis"): (
        "the words of a synonym are split as those of a search are"
    ),
    ("webapp/search/rules/words.py", "webapp.adapters.search.same_words"): (
        "synonyms of a shop are added to those of the language"
    ),
    ("webapp/search/rules/words.py", "webapp.adapters.search.spelling"): (
        "what a search corrects as a typing error is no synonym"
    ),
    (
        "webapp/adapters/analytics/ray_serve.py",
        "webapp.adapters.agents.service_tokens",
    ): "one kind of token for all that runs on Ray Serve",
}
HTTP_MODULES = (
    "webapp/app.py",
    "webapp/http/*",
    "webapp/server/*",
    "webapp/*/*routes.py",
    "webapp/*/sockets.py",
    "webapp/catalog/media.py",
    "webapp/cli/api.py",
    "webapp/devtools/*",
)


def imported_names(path: str) -> Iterator[str]:
    """Modules of ours that this one imports, by statement or by name."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
    yield from named_imports(path)


def named_imports(path: str) -> Iterator[str]:
    for call in find_calls(path, *BY_NAME):
        yield from possible_names(path, call)


def possible_names(path: str, call: ast.Call) -> Iterator[str]:
    """What the name in a call of `import_module` can be, as far as the code says it."""
    match call.args[0]:
        case ast.Constant(value=str(name)):
            yield name
        case ast.JoinedStr(values=parts):
            pattern = "".join(
                re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\w+"
                for part in parts
            )
            yield from (name for name in MODULES if re.fullmatch(pattern, name))
        case ast.Name() if path == "webapp/cli/main.py":
            yield from (command.partition(":")[0] for command in COMMANDS.values())


def can_import_by_name(path: str) -> bool:
    """Whether one of the functions is mentioned at all, be it for another name."""
    return any(mentioned_name(node) in BY_NAME for node in nodes(path))


def mentioned_name(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
            return name
        case ast.Constant(value=str(name)):
            return name
    return ""


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


def find_port(module: str) -> str | None:
    """`webapp.adapters.search` of all that is in it; `webapp.secrets` is a port as well."""
    found = re.match(r"webapp\.(secrets|adapters(\.\w+)?)(?!\w)", module)
    return found[0] if found else None


def is_build(path: str) -> bool:
    name = module_name(path)
    return name == f"{find_port(name)}.build"


def test_a_circle_through_a_name_is_found(tmp_path: Path) -> None:
    module = tmp_path / "storage.py"
    module.write_text(
        's3 = import_module("webapp.adapters.storage.s3")\n'
        'runner = import_module(f"agents.{agent}.runner")\n'
    )

    assert list(named_imports(str(module))) == [
        "webapp.adapters.storage.s3",
        "agents.insights.runner",
        "agents.support.runner",
    ]
    assert find_circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]


def test_only_build_modules_and_a_few_others_import_by_name() -> None:
    by_name = {path for path in SOURCES if can_import_by_name(path)}
    build = {path for path in by_name if is_build(path)}

    assert by_name - build == IMPORT_BY_NAME.keys()
    assert len(build) >= 6


@pytest.mark.parametrize(
    "code",
    [
        '_NAME = "webapp.adapters.payments.build"; import_module(_NAME)',
        'importlib.import_module(f"webapp.adapters.payments.{part}")',
        "from importlib import import_module as load",
        "load = __import__",
        'load = getattr(importlib, "import_module")',
    ],
)
def test_an_import_by_name_is_seen_however_it_is_written(
    code: str, tmp_path: Path
) -> None:
    module = tmp_path / "policy.py"
    module.write_text(code)

    assert can_import_by_name(str(module))


def test_what_is_imported_by_name_is_in_the_graph() -> None:
    """A `build.py` by literal names only: they say what it can load."""
    calls = [
        (path, call)
        for path in SOURCES
        if can_import_by_name(path)
        for call in find_calls(path, *BY_NAME)
    ]
    graph = import_graph()

    for path, call in calls:
        names = set(possible_names(path, call)) - {module_name(path)}
        assert names, path
        assert names <= graph[module_name(path)], path
        assert path in IMPORT_BY_NAME or isinstance(call.args[0], ast.Constant), path
    assert {path for path, _ in calls} >= IMPORT_BY_NAME.keys()
    assert graph["webapp.cli.main"] >= {"webapp.cli.run", "webapp.cli.imports"}
    assert graph["agents.models.factory"] >= {
        "agents.models.bedrock",
        "agents.models.ollama",
        "agents.models.openai",
    }


def imported_modules(path: str) -> Iterator[str]:
    """Those of ours that the statements of this one name, without their packages."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if name in MODULES else str(node.module)


def imported_implementations(path: str) -> Iterator[str]:
    own = find_port(module_name(path))
    for name in imported_modules(path):
        port = find_port(name)
        if port is None or port == own or name == f"{port}.port":
            continue
        if name != f"{port}.build" or not path.startswith(BUILDERS):
            yield name


def test_features_see_the_port_only() -> None:
    seen = {(path, name) for path in SOURCES for name in imported_implementations(path)}

    assert seen == ALLOWED_IMPLEMENTATIONS.keys()


@pytest.mark.parametrize(
    ("code", "imported"),
    [
        ("from webapp.adapters.payments.stripe import StripeGateway", "stripe"),
        ("from webapp.adapters.payments import port, stripe", "stripe"),
        ("import webapp.adapters.payments.stripe", "stripe"),
        ("from webapp.adapters.payments.build import build_payment_gateway", "build"),
    ],
)
def test_an_implementation_that_a_feature_imports_is_found(
    code: str, imported: str, tmp_path: Path
) -> None:
    module = tmp_path / "policy.py"
    module.write_text(code)

    assert list(imported_implementations(str(module))) == [
        f"webapp.adapters.payments.{imported}"
    ]


def test_only_entry_points_over_http_know_flask() -> None:
    frameworks = ("flask", "flask_cors", "flask_sock", "werkzeug", "simple_websocket")
    knowing = {
        path
        for path in SOURCES
        for name in imported_names(path)
        if name.split(".")[0] in frameworks
    }

    assert [
        path
        for path in knowing
        if not any(fnmatch(path, pattern) for pattern in HTTP_MODULES)
    ] == []
    assert {"webapp/cart/routes.py", "webapp/chat/sockets.py"} & knowing


def test_implementations_of_a_port_do_not_know_who_chooses_them() -> None:
    adapters = [path for path in SOURCES if find_port(module_name(path))]
    knowing = {
        path
        for path in adapters
        for name in imported_names(path)
        if name.endswith(".build")
    }

    assert len(adapters) > 30
    assert knowing == set()


def test_every_port_is_a_package_with_a_port_and_a_module_that_chooses() -> None:
    ports = {find_port(name) for name in MODULES} - {None, "webapp.adapters"}

    assert {name for name in MODULES if name.endswith(".port")} == {
        f"{port}.port" for port in ports
    }
    assert {name for name in MODULES if name.endswith(".build")} == {
        f"{port}.build" for port in ports
    }
    assert "webapp.secrets" in ports
    assert len(ports) >= 10
    adapters = ROOT / "webapp" / "adapters"
    assert {path.name for path in adapters.glob("*.py")} == {"__init__.py"}

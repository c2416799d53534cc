"""Rules that a linter cannot say, checked against the code itself."""

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from agents.tools.registry import build_registry
from agents.tools.tool import ToolServices
from jobs.registry import JOBS
from jobs.schedule import build_schedule
from tests.support.source_tree import (
    ROOT,
    SOURCES,
    find_calls,
    module_name,
    nodes,
    strings_in,
)
from webapp.adapters.payments.port import MAX_CALL_S
from webapp.app import create_app
from webapp.bootstrap import Runtime
from webapp.config import Settings
from webapp.kit.errors import CommerceError
from webapp.notifications.events import EventName
from webapp.orders.status import OrderEventType

SQL_MODULES = (
    "repository.py",
    "analytics/dataset/event_tables.py",
    "analytics/dataset/order_tables.py",
    "analytics/facts/changes.py",
    "analytics/facts/copying.py",
    "analytics/facts/current_categories.py",
    "analytics/facts/database.py",
    "analytics/facts/search_queries.py",
    "analytics/facts/search_records.py",
    "analytics/facts/searches.py",
    "analytics/facts/stock.py",
    "webapp/search_analytics/counts.py",
    "webapp/imports/history/statements.py",
    "webapp/integrity/invariants.py",
    # Look at a database that may not be the shop's yet.
    "webapp/devtools/supervisor/health_report.py",
    "webapp/devtools/supervisor/postgres_roles.py",
)
# Views of the documentation and of health checks: nobody is refused there.
OPEN = ("docs.", "health.", "media.", "reset_page.", "static")


def test_only_the_unit_of_work_ends_transactions() -> None:
    exempt = (
        "webapp/db/session.py",
        "webapp/db/migrat",
        "webapp/adapters/search/",  # an index of its own
    )
    offenders = [
        path
        for path in SOURCES
        if not path.startswith(exempt) and any(find_calls(path, "commit", "rollback"))
    ]
    assert offenders == []


SQL_TEXT = re.compile(r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|COPY)\b\s")


def test_sql_is_written_where_we_look_for_it() -> None:
    words = {"select", "insert", "update", "delete", "text"}
    with_sql = {
        path
        for path in SOURCES
        if words & set(imported_from(path, "sqlalchemy"))
        or any(SQL_TEXT.match(found) for found in strings_in(path))
    }
    assert {path for path in with_sql if not path.endswith(SQL_MODULES)} - {
        path for path in with_sql if path.startswith("webapp/db/")
    } == set()
    assert len(with_sql) > 20


def imported_from(path: str, package: str) -> Iterator[str]:
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(package):
            yield from (alias.name for alias in node.names)


def imported_repositories(path: str) -> Iterator[str]:
    for node in nodes(path):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [f"{node.module}.{alias.name}" for alias in node.names]
        for module in modules:
            package, found, _ = f"{module}.".partition(".repository.")
            if found:
                yield package


def name_feature(module: str) -> str:
    """`webapp.imports` of `webapp.imports.history`."""
    return ".".join(module.split(".")[:2])


def test_a_feature_is_used_through_its_service_and_not_its_repository() -> None:
    imported = [
        (path, package) for path in SOURCES for package in imported_repositories(path)
    ]

    assert [
        f"{path} imports {package}.repository"
        for path, package in imported
        if name_feature(module_name(path)) != name_feature(package)
    ] == []
    assert ("webapp/imports/runner.py", "webapp.imports.history") in imported
    assert ("webapp/catalog/upsert.py", "webapp.catalog") in imported


def test_importing_a_package_does_nothing() -> None:
    packages = [path for path in SOURCES if path.endswith("__init__.py")]

    assert [path for path in packages if (ROOT / path).read_text()] == []


def test_nothing_is_imported_inside_a_function() -> None:
    inside = [
        f"{path}:{node.lineno}"
        for path in SOURCES
        for function in nodes(path)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert inside == []


@pytest.mark.slow
@pytest.mark.timeout(120)  # a fresh interpreter on a busy machine
@pytest.mark.parametrize(
    "module", ["webapp.cart.service", "webapp.checkout.workflow", "jobs.relay"]
)
def test_importing_the_shop_does_not_import_flask(module: str) -> None:
    probe = f"import sys, {module}; sys.exit('flask' in sys.modules)"
    subprocess.run([sys.executable, "-c", probe], check=True, cwd=ROOT)


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("module", ["webapp.app", "jobs.worker"])
def test_what_forks_has_not_loaded_what_starts_threads(module: str) -> None:
    """A child lacks the threads of ONNX Runtime, and waits for them at its end."""
    probe = f"import sys, {module}; sys.exit('onnxruntime' in sys.modules)"
    subprocess.run([sys.executable, "-c", probe], check=True, cwd=ROOT)


def test_only_its_adapter_knows_the_simulator() -> None:
    knowing = {
        path
        for path in SOURCES
        if any("/_simulator" in found for found in strings_in(path))
        and not path.startswith("webapp/devtools/")
    }
    assert knowing == {"webapp/adapters/payments/stripe_simulator.py"}


# Stripe's events have names of their own. The catalog is a layer below the notifications.
EVENT_NAMES_ALLOWED = (
    "webapp/notifications/events.py",
    "webapp/orders/status.py",
    "webapp/catalog/stock.py",
    "webapp/devtools/stripe_simulator/",
)


def test_events_are_named_by_their_enum() -> None:
    names = {*EventName, *OrderEventType}
    with_names = [path for path in SOURCES if names & set(strings_in(path))]

    offenders = [
        path
        for path in with_names
        if not path.startswith(EVENT_NAMES_ALLOWED)
        and not path.endswith(("schemas.py", "views.py"))  # examples of JSON
    ]
    assert offenders == []
    assert set(EVENT_NAMES_ALLOWED[:2]) <= set(with_names)


def test_every_view_says_who_may_call_it(runtime: Runtime) -> None:
    views = create_app(runtime).view_functions
    silent = [
        name
        for name, view in views.items()
        if not hasattr(view, "operation")
        and not name.startswith(OPEN)
        and "sockets" not in view.__module__
        and "flask_sock" not in view.__module__
    ]
    assert silent == []


def test_enqueued_names_and_jobs_match() -> None:
    enqueued = {
        ast.literal_eval(call.args[1])
        for path in SOURCES
        for call in find_calls(path, "enqueue", "enqueue_by")
        if len(call.args) > 1 and isinstance(call.args[1], ast.Constant)
    }
    periodics = build_schedule(Settings()).values()
    assert enqueued | {periodic.job for periodic in periodics} == JOBS.keys()


def test_jobs_that_call_stripe_outlast_a_call_without_an_answer() -> None:
    sources = {name: inspect.getsource(spec.load()) for name, spec in JOBS.items()}
    call_stripe = {
        name
        for name, source in sources.items()
        if "runtime.payments" in source or "build_checkout" in source
    }
    assert call_stripe >= {"payments.refund", "orders.expire"}
    assert {n for n in call_stripe if JOBS[n].timeout_s <= MAX_CALL_S} == set()


def test_error_codes_are_unique() -> None:
    def family(kind: type[CommerceError]) -> list[type[CommerceError]]:
        return [kind, *(k for sub in kind.__subclasses__() for k in family(sub))]

    codes = [kind.code for kind in family(CommerceError)[1:]]
    assert len(codes) == len(set(codes))


PERSONS = {"customer_id", "owner_id", "user_id", "customer", "email"}


def test_no_tool_of_an_agent_takes_a_person(runtime: Runtime) -> None:
    registry = build_registry(ToolServices.from_runtime(runtime))

    taken = {
        name: set(tool.build_input_schema()["properties"]) & PERSONS
        for name, tool in registry.items()
    }

    assert {name: persons for name, persons in taken.items() if persons} == {}
    assert len(taken) == 23


def test_every_argument_of_a_tool_is_described_to_the_model(runtime: Runtime) -> None:
    registry = build_registry(ToolServices.from_runtime(runtime))

    arguments = {
        f"{tool.name}.{argument}": schema.get("description")
        for tool in registry.values()
        for argument, schema in tool.build_input_schema()["properties"].items()
    }

    assert [where for where, description in arguments.items() if not description] == []
    assert all(tool.description for tool in registry.values())
    assert len(arguments) == 144

"""Names and prose say things in the field's words; `retired_names.toml` lists what is retired."""

import ast
import io
import re
import tokenize
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import click
import pytest

from tests.support.source_tree import ROOT, SOURCES, nodes, parse
from webapp.app import APIS
from webapp.cli.main import ecom67
from webapp.config import Settings
from webapp.db.tables import Model

RETIRED: dict[str, Any] = tomllib.loads(
    (Path(__file__).parent / "retired_names.toml").read_text(encoding="utf-8")
)
TESTS = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "tests").rglob("*.py"))]
PROGRAM = frozenset(SOURCES)
THIS = "tests/architecture/test_vocabulary.py"
DOCUMENTS = [
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "ray_cluster.yaml", "Makefile"),
    *("pyproject.toml", ".ci/run", "requirements/install"),
    *(
        str(path.relative_to(ROOT))
        for pattern in (
            *("docs/**/*.md", "tests/**/*.md", "agents/**/*.md"),
            *("webapp/**/*.md", "webapp/**/templates/*"),
            *("agents/**/*.toml", "webapp/**/*.toml"),
        )
        for path in sorted(ROOT.glob(pattern))
        if path.suffix in {".html", ".md", ".toml", ".txt"}
    ),
]
CROSSES_THE_API = {"webapp/integrity/schemas.py: member promised"}
"""JSON fields, which keep their names."""
MIGRATIONS = "webapp/db/migrations/versions/"
"""Have run already, and stay as they are."""
NAMES_TWICE: dict[str, str] = {}
"""Public class names that two modules define, each with the reason."""
CALLED_BY_PATH = re.compile(
    r"\b(command|group)\b|^(api|control|pages|stripe)\.(delete|get|patch|post|put|route)\b"
)
"""Decorators that make a function a command or a route."""


@dataclass(frozen=True)
class Definition:
    path: str
    name: str
    kind: str

    def __str__(self) -> str:
        return f"{self.path}: {self.kind} {self.name}"

    @property
    def words(self) -> list[str]:
        split = re.sub(
            r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", self.name
        )
        return [word for word in re.split(r"[^a-z0-9]+", split.lower()) if word]


def definitions_in(path: str) -> Iterator[Definition]:
    for part in Path(path).with_suffix("").parts:
        yield Definition(path, part, "module")
    for node in nodes(path):
        if isinstance(node, ast.ClassDef):
            yield Definition(path, node.name, "class")
            yield from fields_of(path, node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Definition(path, node.name, "function")
    for statement in parse(path).body:
        yield from assigned_by(path, statement, "constant")


def fields_of(path: str, node: ast.ClassDef) -> Iterator[Definition]:
    for statement in node.body:
        yield from assigned_by(path, statement, "member")


def assigned_by(path: str, statement: ast.stmt, kind: str) -> Iterator[Definition]:
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    for target in targets:
        if isinstance(target, ast.Name):
            yield Definition(path, target.id, kind)


def published_names() -> Iterator[Definition]:
    """Tables, columns, settings, commands, options and tags."""
    for table in Model.metadata.tables.values():
        yield Definition("the database", table.name, "table")
        for column in table.columns:
            yield Definition("the database", column.name, f"column of {table.name}")
    for name in Settings.model_fields:
        yield Definition("webapp/config.py", name, "setting")
    yield from commands_of(ecom67, "ecom67")
    for api in APIS:
        yield Definition("the API", api.tag, "tag")


def commands_of(command: click.Command, name: str) -> Iterator[Definition]:
    yield Definition("the command line", name, "command")
    for parameter in command.params:
        for option in parameter.opts:
            yield Definition("the command line", option, f"option of {name}")
    if isinstance(command, click.Group):
        context = click.Context(command)
        for each in command.list_commands(context):
            found = command.get_command(context, each)
            assert found is not None
            yield from commands_of(found, f"{name} {each}")


def retired_in(definition: Definition) -> Iterator[str]:
    """What to say instead of each retired word in the name."""
    words = retired_words_of(definition)
    retired = {word: words[word] for word in definition.words if word in words}
    joined = f"_{'_'.join(definition.words)}_"
    retired |= {
        phrase: instead
        for phrase, instead in RETIRED["phrases"].items()
        if f"_{phrase}_" in joined
    }
    for word, instead in retired.items():
        yield f"{definition}: not {word!r} but {instead}"


def retired_words_of(definition: Definition) -> dict[str, str]:
    """Those that a definition of this kind may not have there."""
    words = dict(RETIRED["everywhere"])
    for scope in RETIRED["scoped"]:
        if fnmatch(definition.path, scope["where"]):
            words |= scope["words"]
    first, *others = definition.words or [""]
    if definition.kind == "constant" and first in RETIRED["constants"]:
        words[first] = RETIRED["constants"][first]
    for entry in [] if others else RETIRED["whole"]:
        if definition.kind in entry["kinds"] and fnmatch(
            definition.path, entry["where"]
        ):
            words |= entry["names"]
    return words


def test_no_definition_takes_up_a_retired_name() -> None:
    definitions = {
        *(found for path in [*SOURCES, *TESTS] for found in definitions_in(path)),
        *published_names(),
    }
    kinds = {definition.kind.partition(" ")[0] for definition in definitions}

    assert len(definitions) > 10_000
    assert kinds == {
        *("module", "class", "function", "constant", "member"),
        *("table", "column", "setting", "command", "option", "tag"),
    }
    assert {str(definition) for definition in definitions} >= CROSSES_THE_API
    assert (
        sorted(
            message
            for found in definitions
            if str(found) not in CROSSES_THE_API
            for message in retired_in(found)
        )
        == []
    )


@pytest.mark.parametrize(
    ("path", "name", "kind"),
    [
        ("webapp/suppliers/mail/smtp.py", "suppliers", "module"),
        ("webapp/db/outbox.py", "promise", "function"),
        ("webapp/db/outbox.py", "keep", "function"),
        ("webapp/db/outbox.py", "set_apart", "function"),
        ("webapp/db/outbox.py", "revive", "function"),
        ("webapp/db/outbox.py", "hand_over", "function"),
        ("webapp/db/outbox.py", "how_manieth", "member"),
        ("webapp/kit/errors.py", "Refusal", "class"),
        ("webapp/http/once.py", "once", "module"),
        ("webapp/http/refused.py", "refused", "module"),
        ("webapp/accounts/pace.py", "pace", "module"),
        ("webapp/accounts/limits.py", "Pace", "class"),
        ("webapp/accounts/status.py", "Gate", "class"),
        ("agents/tools/desk.py", "desk", "module"),
        ("the API", "Order desk", "tag"),
        ("webapp/chat/protocol.py", "Heard", "class"),
        ("webapp/chat/protocol.py", "Said", "class"),
        ("webapp/chat/protocol.py", "AskedHistory", "class"),
        ("webapp/chat/protocol.py", "Told", "class"),
        ("webapp/chat/protocol.py", "Spoken", "class"),
        ("agents/principal.py", "Speaker", "class"),
        ("agents/principal.py", "read_passport", "function"),
        ("agents/runner.py", "Host", "class"),
        ("agents/runner.py", "AgentHost", "class"),
        ("agents/turns.py", "Ledger", "class"),
        ("agents/turns.py", "Proofreader", "class"),
        ("agents/turns.py", "stand_in", "function"),
        ("agents/local/errand.py", "errand", "module"),
        ("agents/local/wish.py", "wish", "module"),
        ("agents/local/moments.py", "moments", "module"),
        ("agents/local/spans.py", "spans", "module"),
        ("agents/local/figure_words.py", "figure_words", "module"),
        ("webapp/adapters/webhooks/port.py", "Courier", "class"),
        ("webapp/imports/shelving.py", "shelving", "module"),
        ("webapp/imports/clashes.py", "clashes", "module"),
        ("webapp/imports/row.py", "Unusable", "class"),
        ("webapp/imports/schemas.py", "Order", "class"),
        ("jobs/nets.py", "nets", "module"),
        ("jobs/context.py", "needless", "function"),
        ("webapp/payments/service.py", "heed_refunds", "function"),
        ("webapp/payments/service.py", "give_back", "function"),
        ("webapp/checkout/workflow.py", "call_off", "function"),
        ("webapp/orders/service.py", "give_up", "function"),
        ("webapp/checkout/risk.py", "judge", "function"),
        ("webapp/checkout/risk.py", "worth", "function"),
        ("webapp/checkout/risk.py", "agree", "function"),
        ("webapp/devtools/prove/told.py", "told", "module"),
        ("webapp/devtools/prove/quiet.py", "quiet", "module"),
        ("webapp/devtools/prove/sabotage.py", "sabotage", "module"),
        ("webapp/devtools/prove/errands.py", "errands", "module"),
        ("webapp/devtools/prove/scene.py", "scene", "module"),
        ("webapp/devtools/prove/line.py", "line", "module"),
        ("webapp/devtools/prove/tally.py", "tally", "module"),
        ("webapp/devtools/supervisor/keeper.py", "keeper", "module"),
        ("webapp/devtools/supervisor/drop.py", "drop", "module"),
        ("webapp/devtools/supervisor/asking.py", "asking", "module"),
        ("webapp/devtools/supervisor/checkup.py", "checkup", "module"),
        ("webapp/devtools/supervisor/tree.py", "tree", "module"),
        ("webapp/devtools/supervisor/guard.py", "guard", "module"),
        ("webapp/integrations/routes.py", "integrations", "module"),
        ("webapp/operations/routes.py", "operations", "module"),
        ("webapp/privacy/routes.py", "privacy", "module"),
        ("webapp/serve.py", "keep_for_good", "function"),
        ("webapp/cart/policy.py", "MOST_LINES", "constant"),
        ("webapp/http/limits.py", "LONGEST_KEY", "constant"),
        ("webapp/kit/places.py", "places", "module"),
        ("webapp/cart/rows.py", "rows", "module"),
        ("tests/services/test_stripe.py", "services", "module"),
        ("webapp/cart/service.py", "OrderDesk", "class"),
        ("webapp/cart/service.py", "promised_jobs", "function"),
        ("webapp/chat/protocol.py", "read_line", "function"),
        ("the database", "handed_over_at", "column"),
    ],
)
def test_a_retired_name_is_found_in_its_scope(path: str, name: str, kind: str) -> None:
    assert list(retired_in(Definition(path, name, kind)))


@pytest.mark.parametrize(
    ("path", "name", "kind"),
    [
        ("webapp/cart/models.py", "CartLine", "class"),
        ("webapp/orders/models.py", "Order", "class"),
        ("webapp/config.py", "host", "member"),
        ("webapp/imports/mapping.py", "drop", "member"),
        ("webapp/devtools/supervisor/process_tree.py", "process_tree", "module"),
        ("analytics/semantic/table.py", "rows", "function"),
    ],
)
def test_an_ordinary_word_is_retired_in_its_scope_only(
    path: str, name: str, kind: str
) -> None:
    assert list(retired_in(Definition(path, name, kind))) == []


def test_functions_say_what_they_do_to_what() -> None:
    bare = {
        f"{found.path}:{found.name}"
        for path in SOURCES
        for found in definitions_in(path)
        if found.kind == "function" and found.name in RETIRED["bare_functions"]
    }

    assert bare == set()


def one_word_functions(path: str) -> Iterator[str]:
    """Those of the module; a method's object is its class."""
    for node in parse(path).body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                decorators = [ast.unparse(each) for each in node.decorator_list]
                if len(Definition(path, name, "function").words) == 1 and not any(
                    CALLED_BY_PATH.search(each) for each in decorators
                ):
                    yield name


def is_one_word_enough(path: str, name: str) -> bool:
    return any(
        fnmatch(path, entry["where"]) and name in entry["names"]
        for entry in RETIRED["one_word_functions"]
    )


def test_a_function_is_a_verb_with_its_object() -> None:
    assert [
        f"{path}: {name}"
        for path in SOURCES
        for name in one_word_functions(path)
        if not path.startswith(MIGRATIONS) and not is_one_word_enough(path, name)
    ] == []


def test_each_function_that_may_have_one_word_exists() -> None:
    for entry in RETIRED["one_word_functions"]:
        paths = [path for path in SOURCES if fnmatch(path, entry["where"])]
        present = {name for path in paths for name in one_word_functions(path)}

        assert set(entry["names"]) <= present, entry
        assert entry["reason"]


def test_one_public_class_name_has_one_meaning() -> None:
    paths = defaultdict(set)
    for path in [*SOURCES, *TESTS]:
        for node in parse(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                paths[node.name].add(path)
    twice = {name: where for name, where in paths.items() if len(where) > 1}

    assert len(paths) > 500
    assert {
        name: sorted(where) for name, where in twice.items() if name not in NAMES_TWICE
    } == {}
    assert NAMES_TWICE.keys() <= twice.keys(), "an exception that is none any more"


def sentences_in(path: str) -> Iterator[tuple[int, str]]:
    """Docstrings, comments and messages, with their lines."""
    source = (ROOT / path).read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    if path in PROGRAM:
        yield from messages_in(path)
        return
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for node in nodes(path):
        for statement in node.body if isinstance(node, documented) else ():
            match statement:
                case ast.Expr(value=ast.Constant(value=str(text))):
                    yield statement.lineno, text


def messages_in(path: str) -> Iterator[tuple[int, str]]:
    """Strings of the program: docstrings, help of commands, errors, what log and agents say.

    One without a space is a value that somebody stores or sends, except on the command line.
    Strings of tests are data: what customers write may be British.
    """
    for node in nodes(path):
        match node:
            case ast.Constant(value=str(text)):
                if " " in text.strip() or path.startswith("webapp/cli/"):
                    yield node.lineno, text


def comments_in_toml(text: str) -> Iterator[tuple[int, str]]:
    """The values of such a file are data: products, what customers say, others' categories."""
    for number, line in enumerate(text.splitlines(), start=1):
        if comment := re.search(r"(?:^|\s)#.*", line):
            yield number, comment[0]


PROSE = {re.compile(p, re.IGNORECASE): use for p, use in RETIRED["prose"].items()}
ANY_PROSE = re.compile("|".join(RETIRED["prose"]), re.IGNORECASE)


def retired_prose_in(path: str) -> Iterator[str]:
    """Only a file with such a word somewhere is taken apart, which takes its time."""
    whole = (ROOT / path).read_text(encoding="utf-8")
    if not ANY_PROSE.search(whole):
        return
    texts: Iterable[tuple[int, str]] = [(1, whole)]
    if path.endswith(".py"):
        texts = sentences_in(path)
    elif path.endswith(".toml"):
        texts = comments_in_toml(whole)
    for line, text in texts:
        for pattern, use in PROSE.items():
            for match in pattern.finditer(text):
                at = line + text[: match.start()].count("\n")
                yield f"{path}:{at}: {match[0]!r}, say {use}"


def test_prose_is_in_the_fields_words() -> None:
    paths = [
        path
        for path in [*SOURCES, *TESTS, *DOCUMENTS]
        if not path.startswith(MIGRATIONS)
    ]

    assert len(paths) > 600
    assert [found for path in paths for found in retired_prose_in(path)] == []


def test_comments_and_docstrings_are_prose_and_code_is_not() -> None:
    texts = [text for _, text in sentences_in(THIS)]

    assert texts[0].startswith("# what a comment says")
    assert any(text.startswith("Names and prose say things") for text in texts)
    assert not any("assert" in text for text in texts)
    # what a comment says


def test_every_scope_of_a_retired_name_exists() -> None:
    for scope in [*RETIRED["scoped"], *RETIRED["whole"]]:
        assert [path for path in [*SOURCES, *TESTS] if fnmatch(path, scope["where"])], (
            scope
        )

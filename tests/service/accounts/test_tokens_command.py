"""`ecom67 tokens`: creates, lists and revokes API tokens."""

from collections.abc import Callable
from typing import cast

import pytest
from click.testing import CliRunner, Result

from tests.support.factories import RowFactory
from tests.support.tokens import create_api_token
from webapp.accounts.errors import (
    AmbiguousTokenName,
    ApiTokenNotFound,
    BadExpiry,
    BadTokenName,
    UnknownScopes,
)
from webapp.bootstrap import Runtime
from webapp.cli.tokens import tokens
from webapp.config import Settings
from webapp.kit.scopes import Scope

Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DATABASE_URL", settings.require_database_url())
    monkeypatch.setenv("VAR_DIR", str(settings.var_dir))

    def run(*words: str) -> Result:
        return CliRunner().invoke(tokens, words)

    return run


@pytest.mark.usefixtures("database")
def test_a_token_is_printed_alone_listed_and_revoked_by_name(run: Run) -> None:
    created = run(
        *("create", "nightly export", "--expires", "12h"),
        *("--scope", "orders:read,catalog:read", "--scope", "catalog:write"),
    )

    assert created.exit_code == 0, created.output
    [token] = created.stdout.split()
    assert token.startswith("ecom67_token_")
    assert "catalog:read, catalog:write, orders:read" in created.stderr
    listed = run("list").output
    for word in ("nightly export", "command line", "never", "active"):
        assert word in listed
    assert token not in listed

    assert run("revoke", "nightly export").exit_code == 0

    assert "nightly export" not in run("list").output
    assert "revoked" in run("list", "--all").output
    assert isinstance(run("revoke", "nightly export").exception, ApiTokenNotFound)


def test_of_several_tokens_of_one_name_one_is_revoked_by_id(
    run: Run, runtime: Runtime
) -> None:
    for _ in range(2):
        create_api_token(runtime, Scope.JOBS_READ)

    error = run("revoke", "a program of the tests").exception

    assert isinstance(error, AmbiguousTokenName)
    first, second = cast("list[str]", error.details["token_ids"])
    assert run("revoke", first).exit_code == 0
    assert first not in run("list").output
    assert second in run("list").output


def test_the_list_names_who_created_a_token(run: Run, runtime: Runtime) -> None:
    with runtime.db.unit_of_work() as session:
        boss = RowFactory(session).customer(email="boss@example.com", admin=True)
    create_api_token(runtime, Scope.JOBS_READ, creator_id=boss.id)

    assert "boss@example.com" in run("list").output


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"--scope": "orders:reed"}, UnknownScopes),
        ({"--scope": ""}, UnknownScopes),
        ({"--expires": "tomorrow"}, BadExpiry),
        ({"--expires": "10000d"}, BadExpiry),
        ({"name": ""}, BadTokenName),
        ({"name": "x" * 101}, BadTokenName),
        ({"name": "a\x07b"}, BadTokenName),
        ({"name": "\udcff"}, BadTokenName),
    ],
)
def test_what_is_not_understood_creates_nothing(
    run: Run, changed: dict[str, str], kind: type[Exception]
) -> None:
    given = {"name": "export", "--scope": "orders:read", "--expires": "90d", **changed}
    options = [
        word for name in ("--scope", "--expires") for word in (name, given[name])
    ]

    assert isinstance(run("create", given["name"], *options).exception, kind)
    assert "no tokens" in run("list", "--all").output


@pytest.mark.parametrize("missing", ["--scope", "--expires"])
def test_scopes_and_expiry_are_required(run: Run, missing: str) -> None:
    given = {"--scope": "orders:read", "--expires": "90d"}
    options = [word for pair in given.items() if pair[0] != missing for word in pair]

    result = run("create", "export", *options)

    assert result.exit_code == 2
    assert missing in result.output

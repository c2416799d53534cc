"""`ecom67 chat` and `ecom67 insights` against a real server."""

import json
import stat
import sys
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner, Result
from sqlalchemy import select

from tests.sockets.conftest import LiveServer
from tests.support.api_client import ApiClient
from tests.support.second_factors import compute_code, enroll, forget_used_codes
from webapp.accounts.models import Customer, KnownDevice
from webapp.accounts.rate_limits import PASSWORD_ATTEMPT_LIMIT
from webapp.app import use_runtime
from webapp.cli.authentication import (
    AccessTokenProvider,
    CodePrompt,
    LoginCredentials,
)
from webapp.cli.chat import chat
from webapp.cli.insights import insights
from webapp.cli.known_devices import KnownDevices
from webapp.kit.errors import Unauthenticated, Unavailable
from webapp.kit.hashing import BoundedPasswordHasher, hash_token

PASSWORD = "Correct-Horse-7"

CHEAP = BoundedPasswordHasher(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))

Run = Callable[..., Result]


@pytest.fixture
def run(
    live_server: LiveServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Run:
    """Runs a command with the credentials of the customer, or of the admin."""
    monkeypatch.setenv("VAR_DIR", str(live_server.runtime.settings.var_dir))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    def run(
        command: object,
        *words: str,
        admin: bool = False,
        typed: str = "",
        **environment: str,
    ) -> Result:
        customer_id = live_server.admin_id if admin else live_server.customer_id
        with live_server.runtime.db.unit_of_work() as session:
            customer = session.get_one(Customer, customer_id)
            customer.password_hash = CHEAP.hash(PASSWORD)
            email = customer.email
        words = (f"--url=http://{live_server.address}", f"--email={email}", *words)
        environment = {"ECOM67_PASSWORD": PASSWORD, **environment}
        return CliRunner().invoke(command, words, input=typed, env=environment)  # type: ignore[arg-type]

    return run


def test_one_message_is_answered_in_plain_text(run: Run) -> None:
    result = run(chat, "--message", "hello")

    assert result.exit_code == 0, result.output
    assert result.output == "assistant: You said: hello\n"


def test_several_messages_are_one_conversation(
    run: Run, live_server: LiveServer
) -> None:
    assert run(chat, "--message", "one", "--message", "two").exit_code == 0

    first, second = live_server.agent_client.turns
    assert first.session_id == second.session_id


def test_typed_messages_are_answered_until_the_user_exits(run: Run) -> None:
    result = run(chat, typed="hello\n\nexit\n")

    assert result.exit_code == 0
    assert "assistant: You said: hello" in result.output
    assert "--session" in result.output


def test_a_conversation_can_be_continued(run: Run, live_server: LiveServer) -> None:
    run(chat, "--message", "one")
    session_id = live_server.agent_client.turns[0].session_id

    run(chat, "--session", str(session_id), "--message", "two")

    assert live_server.agent_client.turns[1].session_id == session_id


def test_an_unavailable_agent_is_a_sentence_and_an_exit_code(
    run: Run, live_server: LiveServer
) -> None:
    live_server.agent_client.error = Unavailable("The assistant is unavailable")

    result = run(chat, "--message", "hello")

    assert (result.exit_code, result.output) == (1, "The assistant is unavailable\n")


def test_insights_requires_an_admin(run: Run, live_server: LiveServer) -> None:
    assert run(insights, "--message", "revenue?", admin=True).exit_code == 0
    assert live_server.agent_client.turns[0].principal.is_admin

    rejected = run(insights, "--message", "revenue?")
    assert rejected.exit_code == 1
    assert "admin group" in (rejected.output + str(rejected.exception))


def test_each_sign_in_is_that_of_one_known_device(
    run: Run, live_server: LiveServer, tmp_path: Path
) -> None:
    for _ in range(2):
        assert run(chat, "--message", "hello").exit_code == 0

    with live_server.runtime.db.unit_of_work() as session:
        [device] = session.scalars(select(KnownDevice))
    file = tmp_path / "ecom67" / "devices.json"
    [token] = json.loads(file.read_text()).values()
    assert hash_token(token) == device.token_hash
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_others_wrong_guesses_do_not_lock_a_known_terminal_out(
    run: Run, live_server: LiveServer, tmp_path: Path
) -> None:
    assert run(chat, "--message", "hello").exit_code == 0
    with live_server.runtime.db.unit_of_work() as session:
        email = session.get_one(Customer, live_server.customer_id).email
    stranger = ApiClient(live_server.app)
    guess = {"email": email, "password": "Wrong-Horse-7"}
    for _ in range(PASSWORD_ATTEMPT_LIMIT.max_hits):
        stranger.expect_error("POST", "/auth/login", guess)

    assert run(chat, "--message", "hello").exit_code == 0

    (tmp_path / "ecom67" / "devices.json").unlink()
    assert "Too many" in str(run(chat, "--message", "hello").exception)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"a": 1}'])
def test_a_file_of_devices_that_cannot_be_read_is_replaced(
    run: Run, tmp_path: Path, content: str
) -> None:
    file = tmp_path / "ecom67" / "devices.json"
    file.parent.mkdir()
    file.write_text(content)

    assert run(chat, "--message", "hello").exit_code == 0

    assert len(json.loads(file.read_text())) == 1


def test_a_folder_that_cannot_be_written_does_not_stop_the_chat(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "ecom67").write_text("no folder")

    assert run(chat, "--message", "hello").exit_code == 0


def test_one_chat_too_many_is_a_sentence(run: Run, live_server: LiveServer) -> None:
    limited = live_server.runtime.settings.model_copy(
        update={"chat_connections_per_account": 1}
    )
    use_runtime(live_server.app, replace(live_server.runtime, settings=limited))
    live_server.connect().receive()

    result = run(chat, "--message", "hello")

    assert result.exit_code == 1
    assert "close one" in str(result.exception)


@pytest.fixture
def secret(live_server: LiveServer) -> str:
    """Of the customer's second factor, whose code of now was not used."""
    runtime = live_server.runtime
    with runtime.db.unit_of_work() as session:
        customer = session.get_one(Customer, live_server.customer_id)
        customer.password_hash = CHEAP.hash(PASSWORD)
        secret, _ = enroll(session, runtime.settings, customer.id)
    forget_used_codes(runtime.db)
    return secret


def test_a_second_factor_is_given_as_an_option_or_a_variable(
    run: Run, live_server: LiveServer, secret: str
) -> None:
    by_option = run(chat, "--message", "hello", f"--code={compute_code(secret)}")
    forget_used_codes(live_server.runtime.db)
    by_variable = run(chat, "--message", "hello", ECOM67_CODE=compute_code(secret))

    assert by_option.output == by_variable.output == "assistant: You said: hello\n"


@pytest.mark.usefixtures("secret")
def test_without_a_terminal_nobody_is_asked_for_a_code(run: Run) -> None:
    """The first message that is piped in is not taken for one."""
    result = run(chat, typed="123456\n")

    assert isinstance(result.exception, Unauthenticated)
    assert "--code or ECOM67_CODE" in result.exception.message


class TypedInput(StringIO):
    """What somebody types at a terminal."""

    def isatty(self) -> bool:
        return True


def test_at_a_terminal_the_code_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A given one first: it is accepted once, so that a later sign-in needs another."""
    monkeypatch.setattr(sys, "stdin", TypedInput("654321\n"))
    prompt = CodePrompt("123456")

    assert [prompt.ask_code(), prompt.ask_code()] == ["123456", "654321"]

    assert "authenticator app" in capsys.readouterr().err


def test_a_sign_in_is_renewed_without_another_code(
    live_server: LiveServer, secret: str, tmp_path: Path
) -> None:
    with live_server.runtime.db.unit_of_work() as session:
        email = session.get_one(Customer, live_server.customer_id).email
    assert email is not None
    codes = [compute_code(secret)]
    tokens = AccessTokenProvider(
        f"http://{live_server.address}",
        LoginCredentials(email, PASSWORD),
        KnownDevices(tmp_path),
        ask_code=codes.pop,
    )
    first = tokens.get_token()
    assert codes == []

    tokens.invalidate()

    assert tokens.get_token() != first

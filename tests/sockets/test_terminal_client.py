"""`ecom67 chat` and `ecom67 insights` against a real server."""

from collections.abc import Callable

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner, Result

from tests.sockets.conftest import LiveServer
from webapp.accounts.models import Customer
from webapp.cli.chat import chat
from webapp.cli.insights import insights
from webapp.kit.errors import Unavailable
from webapp.kit.hashing import BoundedPasswordHasher

PASSWORD = "Correct-Horse-7"

CHEAP = BoundedPasswordHasher(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))

Run = Callable[..., Result]


@pytest.fixture
def run(live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command with the credentials of the customer, or of the admin."""
    monkeypatch.setenv("VAR_DIR", str(live_server.runtime.settings.var_dir))

    def run(
        command: object, *words: str, admin: bool = False, typed: str = ""
    ) -> Result:
        customer_id = live_server.admin_id if admin else live_server.customer_id
        with live_server.runtime.db.unit_of_work() as session:
            customer = session.get_one(Customer, customer_id)
            customer.password_hash = CHEAP.hash(PASSWORD)
            email = customer.email
        words = (f"--url=http://{live_server.address}", f"--email={email}", *words)
        environment = {"ECOM67_PASSWORD": PASSWORD}
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

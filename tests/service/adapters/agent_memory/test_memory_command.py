"""`ecom67 memory`, against a peer over HTTP."""

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from tests.support.agentcore import (
    REGION,
    AgentCorePeer,
    RequestRejected,
    reject_calls,
)
from webapp.cli.memory import memory
from webapp.config import AgentSettings
from webapp.kit.errors import CommerceError

Run = Callable[..., Result]


@pytest.fixture
def run(peer: AgentCorePeer, tmp_path_factory: pytest.TempPathFactory) -> Run:
    peer.polls_until_active = 0
    var_dir = tmp_path_factory.mktemp("var")

    def run(command: str, *options: str, region: str | None = REGION) -> Result:
        chosen = ("--region", region) if region else ()
        environment = {
            "VAR_DIR": str(var_dir),
            "CHAT_RETENTION_DAYS": "60",
            "AWS_CONFIG_FILE": "/nowhere",
        }
        return CliRunner(env=environment).invoke(memory, [command, *chosen, *options])

    return run


def explain(result: Result) -> str:
    """What a person reads of a command that failed."""
    assert result.exit_code != 0, result.output
    error = result.exception
    return error.message if isinstance(error, CommerceError) else result.output


def test_a_memory_is_created_with_what_the_agents_look_for_and_its_setting_printed(
    peer: AgentCorePeer, run: Run
) -> None:
    result = run("create")

    assert result.exit_code == 0, result.output
    [created] = peer.memories.values()
    assert (created["name"], created["eventExpiryDuration"]) == ("ecom67_insights", 60)
    assert {
        each["type"]: each["namespaceTemplates"] for each in created["strategies"]
    } == {
        "SUMMARIZATION": ["/actors/{actorId}/sessions/{sessionId}/"],
        "USER_PREFERENCE": ["/actors/{actorId}/preferences/"],
    }
    setting = f"agentcore:{created['id']}:{REGION}"
    assert result.output.endswith(f"AGENT_MEMORY={setting}\n")
    assert AgentSettings(agent_memory=setting).agent_memory == setting


def test_notes_expire_with_turns_but_not_before_the_minimum(
    peer: AgentCorePeer, run: Run
) -> None:
    run("create", "--expiry-days", "7", "--name", "short")
    run("create", "--expiry-days", "365", "--name", "long")

    given = [each for name, each in peer.requests if name == "CreateMemory"]
    assert [each["eventExpiryDuration"] for each in given] == [7, 365]
    assert '"recordExpiryDurationDays": 31' in json.dumps(given[0])
    assert '"recordExpiryDurationDays": 365' in json.dumps(given[1])


def test_a_second_run_finds_the_memory_and_says_what_it_did_not_apply(
    peer: AgentCorePeer, run: Run
) -> None:
    first = run("create")
    second = run("create", "--expiry-days", "30")

    assert len(peer.memories) == 1
    assert second.exit_code == 0
    assert "exists already" in second.output
    assert "keeps turns for 60 days" in second.output
    assert "--expiry-days 30 was not applied" in second.output
    assert second.output.splitlines()[-1] == first.output.splitlines()[-1]
    assert "not applied" not in first.output


def test_a_name_is_not_mistaken_for_one_that_begins_with_it(
    peer: AgentCorePeer, run: Run
) -> None:
    run("create", "--name", "shop_b")
    peer.page_size = 1

    assert "There is no memory shop" in explain(run("show", "--name", "shop"))
    assert "Created" in run("create", "--name", "shop").output
    assert len(peer.memories) == 2


def test_a_memory_that_somebody_creates_at_the_same_time_is_used(
    peer: AgentCorePeer, run: Run
) -> None:
    def create_first(operation: str) -> None:
        if operation == "CreateMemory":
            peer.before_call = lambda _: None
            run("create")

    peer.before_call = create_first
    result = run("create")

    assert "exists already" in result.output
    assert len(peer.memories) == 1


@pytest.mark.slow
def test_the_command_waits_until_the_memory_is_ready(
    peer: AgentCorePeer, run: Run
) -> None:
    peer.polls_until_active = 1

    result = run("create")

    assert "AGENT_MEMORY=" in result.output
    assert peer.calls.count("GetMemory") == 2


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (
            "FAILED",
            "`ecom67 memory delete --name ecom67_insights`, then create it again",
        ),
        ("DELETING", "is being deleted: run this again in a few minutes"),
    ],
)
def test_a_memory_that_cannot_be_used_is_named_with_the_remedy(
    peer: AgentCorePeer, run: Run, status: str, sentence: str
) -> None:
    run("create")
    [created] = peer.memories.values()
    created["status"] = status

    result = run("create")

    assert sentence in explain(result)
    assert "AGENT_MEMORY=" not in result.output


def test_a_memory_of_something_else_is_not_used(peer: AgentCorePeer, run: Run) -> None:
    peer.add_memory("ecom67_insights")

    result = run("create")

    assert "choose another --name" in explain(result)
    assert "AGENT_MEMORY=" not in result.output


def test_a_memory_is_shown_and_deleted(peer: AgentCorePeer, run: Run) -> None:
    run("create")
    [created] = peer.memories.values()

    shown = run("show")
    kept = run("delete")
    deleted = run("delete", "--yes")

    for part in (created["id"], "ACTIVE", "60 days", "/actors/{actorId}/preferences/"):
        assert part in shown.output
    assert f"AGENT_MEMORY=agentcore:{created['id']}:{REGION}" in shown.output
    assert kept.exit_code == 1
    assert "Delete the memory" in kept.output
    assert deleted.exit_code == 0
    assert peer.memories == {}
    for command in ("show", "delete"):
        assert "There is no memory ecom67_insights" in explain(run(command))


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("AccessDeniedException", "allow this action to the AWS identity"),
        ("ServiceQuotaExceededException", "delete a memory, or have AWS raise"),
        ("UnrecognizedClientException", "check the AWS credentials"),
    ],
)
def test_what_aws_rejects_is_named_with_the_remedy(
    peer: AgentCorePeer, run: Run, code: str, remedy: str
) -> None:
    peer.before_call = reject_calls(code, only="CreateMemory")

    message = explain(run("create"))

    assert f"refused CreateMemory ({code})" in message
    assert remedy in message


def test_a_name_that_aws_refuses_is_explained_by_aws(run: Run) -> None:
    message = explain(run("create", "--name", "my-shop"))

    assert "ValidationException" in message
    assert "request.name does not match" in message


def test_without_a_region_the_error_says_where_it_goes(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)

    assert "--region, or set AWS_REGION" in explain(run("create", region=None))


@pytest.mark.usefixtures("no_credentials")
def test_without_credentials_the_error_says_where_they_go(run: Run) -> None:
    assert "AWS_PROFILE, or AWS_ACCESS_KEY_ID" in explain(run("create"))


def test_nobody_at_the_address_is_an_error_that_names_the_network(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")

    assert "and the network" in explain(run("create"))


def test_a_memory_that_is_deleted_while_it_is_looked_for_is_none(
    peer: AgentCorePeer, run: Run
) -> None:
    peer.add_memory("ecom67_insights")

    def vanish(operation: str) -> None:
        if operation == "GetMemory":
            raise RequestRejected("ResourceNotFoundException", "gone")

    peer.before_call = vanish

    assert "There is no memory" in explain(run("show"))


@pytest.mark.parametrize("command", ["create", "show", "delete"])
def test_each_command_has_a_help(run: Run, command: str) -> None:
    result = run(command, "--help", region=None)

    assert result.exit_code == 0
    assert "--region" in result.output

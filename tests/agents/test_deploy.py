"""What `agents.deploy` sends to the cluster."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr
from ray import serve
from ray.serve.config import AutoscalingConfig
from ray.serve.deployment import deployment_to_schema

from agents import deploy
from agents.deploy import CannotDeploy
from tests.support.ports import free_port
from tests.support.status_server import run_status_server
from webapp.chat.service import AgentName
from webapp.config import PROJECT_ROOT, AgentSettings, Settings

# In a process of its own, which reads the settings from its environment.
PROGRAM = """
import sys
from ray import cloudpickle
from agents.deploy import build_analytics_target, build_target
from webapp.chat.service import AgentName
from webapp.config import Settings
settings = Settings.load()
targets = [build_target(settings, agent) for agent in AgentName]
targets.append(build_analytics_target(settings))
sys.stdout.buffer.write(cloudpickle.dumps(targets))
"""
SECRETS = {
    name: f"value-of-{name}-{'x' * 32}"
    for name, field in Settings.model_fields.items()
    if field.annotation == SecretStr | None
}
PASSWORDS = {
    "redis_url": "redis://:queue-password@queue.example",
    "mail_url": "smtp://shop:mail-password@mail.example",
}


@pytest.mark.slow
def test_no_secret_crosses_the_cluster_but_those_that_agents_use(
    tmp_path: Path,
) -> None:
    settings = SECRETS | PASSWORDS | {"var_dir": str(tmp_path)}
    environment = {name.upper(): value for name, value in settings.items()}

    sent = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | environment,
        cwd=PROJECT_ROOT,
        capture_output=True,
        check=True,
    ).stdout

    crossed = {name for name, value in SECRETS.items() if value.encode() in sent}
    assert crossed == {"jwt_secret", "openai_api_key"}
    assert b"-password" not in sent


@pytest.mark.parametrize("agent", AgentName)
def test_each_agent_is_an_application_at_its_own_path(
    settings: Settings, agent: AgentName
) -> None:
    target = deploy.build_target(settings, agent)

    assert (target.name, target.route_prefix) == (agent, f"/{agent}")


def test_the_analytics_are_an_application_of_their_own(settings: Settings) -> None:
    target = deploy.build_analytics_target(settings)

    assert (target.name, target.route_prefix) == ("analytics", "/analytics")


def test_a_deployment_has_as_many_requests_as_it_can_answer(settings: Settings) -> None:
    deployment = deploy.build_deployment(settings, AgentName.SUPPORT)

    described = deployment_to_schema(deployment).model_dump(exclude_unset=True)
    del described["autoscaling_config"]
    assert described == {
        "name": "support",
        "max_ongoing_requests": 32,
        "ray_actor_options": {"num_cpus": 0.1},
        "health_check_period_s": 3,
        "graceful_shutdown_timeout_s": 5,
    }


def find_bounds(deployment: serve.Deployment) -> tuple[int, int]:
    scaling = deployment_to_schema(deployment).autoscaling_config
    assert isinstance(scaling, AutoscalingConfig)
    assert scaling.max_replicas is not None
    return scaling.min_replicas, scaling.max_replicas


@pytest.mark.parametrize("agent", AgentName)
@pytest.mark.parametrize(
    ("chosen", "bounds"),
    [
        ({}, (1, 4)),
        ({"agent_replicas": 3}, (3, 4)),
        ({"agent_replicas": 8}, (8, 8)),
        ({"agent_replicas": 2, "agent_replicas_max": 16}, (2, 16)),
        ({"agent_replicas_max": 1}, (1, 1)),
    ],
)
def test_an_agent_scales_between_the_bounds_of_the_settings(
    settings: Settings,
    agent: AgentName,
    chosen: dict[str, int],
    bounds: tuple[int, int],
) -> None:
    deployment = deploy.build_deployment(settings.model_copy(update=chosen), agent)

    assert find_bounds(deployment) == bounds


def test_the_analytics_scale_where_the_settings_say_so(settings: Settings) -> None:
    chosen = settings.model_copy(update={"analytics_replicas_max": 3})

    few, many = (deploy.build_analytics_deployment(each) for each in (settings, chosen))

    assert (find_bounds(few), find_bounds(many)) == ((1, 1), (1, 3))


def test_another_replica_comes_before_turns_have_to_wait(settings: Settings) -> None:
    deployment = deploy.build_deployment(settings, AgentName.INSIGHTS)
    scaling = deployment_to_schema(deployment).autoscaling_config

    assert isinstance(scaling, AutoscalingConfig)
    assert scaling.target_ongoing_requests == 16
    assert deployment.max_ongoing_requests == 32


def test_the_proxy_listens_where_the_settings_say(settings: Settings) -> None:
    chosen = settings.model_copy(
        update={"serve_host": "serve.example", "serve_port": 8765}
    )

    options = deploy.build_http_options(chosen)

    assert (options.host, options.port) == ("serve.example", 8765)


def test_a_replica_is_given_the_values_of_the_settings_that_it_uses(
    settings: Settings,
) -> None:
    chosen = settings.model_copy(update={"log_level": "DEBUG"})

    given = deploy.select_agent_settings(chosen)

    assert type(given) is AgentSettings
    assert given.model_dump().items() <= chosen.model_dump().items()
    assert given.log_level == "DEBUG"


def test_a_cluster_that_does_not_answer_is_named(settings: Settings) -> None:
    address = f"127.0.0.1:{free_port()}"
    chosen = settings.model_copy(update={"ray_address": address})

    with pytest.raises(CannotDeploy) as failure:
        deploy.connect(chosen, timeout_s=0)

    assert str(failure.value) == f"No Ray cluster answers at RAY_ADDRESS={address}"


@pytest.mark.parametrize("name", ["insights", "analytics"])
def test_what_does_not_answer_is_named(settings: Settings, name: str) -> None:
    answers = {"/support": 200, "/insights": 200, "/analytics": 200, f"/{name}": 503}
    with run_status_server(answers) as address:
        chosen = settings.model_copy(update={"assistant_url": address})

        with pytest.raises(CannotDeploy) as failure:
            deploy.wait_for_agents(chosen, timeout_s=0)

    assert str(failure.value) == f"{address}/{name} does not answer"


def test_nothing_is_wrong_when_all_of_them_answer(settings: Settings) -> None:
    answers = dict.fromkeys(("/support", "/insights", "/analytics"), 200)
    with run_status_server(answers) as address:
        chosen = settings.model_copy(update={"assistant_url": address})

        deploy.wait_for_agents(chosen, timeout_s=0)


def test_bounds_that_contradict_each_other_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.setenv("AGENT_REPLICAS", "5")
    monkeypatch.setenv("AGENT_REPLICAS_MAX", "4")

    with pytest.raises(SystemExit) as end:
        deploy.main()

    assert end.value.code == "AGENT_REPLICAS_MAX must not be less than AGENT_REPLICAS"


def test_a_wrong_setting_ends_the_command_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.setenv("AGENT_REPLICAS", "0")

    with pytest.raises(SystemExit) as end:
        deploy.main()

    assert str(end.value.code).startswith("AGENT_REPLICAS: ")

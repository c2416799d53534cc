"""Which parts are started, and with which settings."""

import time
from pathlib import Path
from runpy import run_module
from typing import Any

import pytest

from webapp.config import Settings
from webapp.devtools.supervisor.errors import UnusableSetting
from webapp.devtools.supervisor.part import PartStatus
from webapp.devtools.supervisor.parts import ACCOUNTS_FILE, PlatformPlan, build_plan
from webapp.devtools.supervisor.platform_secrets import generate_secrets

SECRETS = generate_secrets()


def plan_parts(var: Path, **settings: Any) -> PlatformPlan:
    chosen = Settings(_env_file=None, var_dir=var, **settings)
    return build_plan(chosen, SECRETS, var=var, environment={"PATH": "/bin"})


def part_names(plan: PlatformPlan) -> list[str]:
    return [part.name for part in plan.parts]


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_a_part_waits_since_the_platform_started() -> None:
    started = time.time()

    assert started <= PartStatus("web").since <= time.time()


def test_without_settings_every_part_is_started(tmp_path: Path) -> None:
    assert part_names(plan_parts(tmp_path)) == [
        "postgres",
        "valkey",
        "migrations",
        "demo data",
        "web",
        "stripe",
        "jobs",
        "embedder",
        "ray",
        "agents",
    ]


def test_a_part_with_an_address_is_not_started_and_no_part_waits_for_it(
    tmp_path: Path,
) -> None:
    plan = plan_parts(
        tmp_path,
        database_url="postgresql://db.example/shop",
        redis_url="redis://queue.example",
        stripe_api_key="sk_test_of_a_person",
        ray_address="ray.example:6379",
        embedder_url="http://embedder.example:8091",
    )

    assert part_names(plan) == ["migrations", "web", "jobs"]
    assert {name for part in plan.parts for name in part.depends_on} == {
        "migrations",
        "web",
    }
    assert plan.shared_settings.keys() == {"VAR_DIR", "JWT_SECRET"}


def test_demo_data_is_inserted_into_the_embedded_database_only_once(
    tmp_path: Path,
) -> None:
    (tmp_path / ACCOUNTS_FILE).write_text("{}")

    assert "demo data" not in part_names(plan_parts(tmp_path))


def test_an_external_database_gets_no_demo_data(tmp_path: Path) -> None:
    plan = plan_parts(tmp_path, database_url="postgresql://db.example/shop")

    assert "demo data" not in part_names(plan)


def test_parts_are_disabled_by_name(tmp_path: Path) -> None:
    plan = plan_parts(tmp_path, disabled_parts="ray, agents,demo data,")

    assert not {"ray", "agents", "demo data"} & set(part_names(plan))
    assert "web" in part_names(plan)


@pytest.mark.parametrize("name", ["rays", "worker", "demo-data"])
def test_disabling_an_unknown_part_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        UnusableSetting, match=f"DISABLED_PARTS names {name}, but .*jobs"
    ):
        plan_parts(tmp_path, disabled_parts=f"ray, {name}")


def test_each_port_is_keyed_by_the_setting_that_changes_it(tmp_path: Path) -> None:
    ports = {
        setting: port
        for part in plan_parts(tmp_path, port=1234).parts
        for setting, port in part.ports.items()
    }

    assert ports.pop("PORT") == 1234
    defaults = Settings(_env_file=None)
    assert ports == {name: getattr(defaults, name.lower()) for name in ports}
    assert len(ports) == 7


def test_the_embedded_servers_get_no_secrets_of_the_shop(tmp_path: Path) -> None:
    environments = {part.name: part.environment for part in plan_parts(tmp_path).parts}

    assert "JWT_SECRET" in environments["web"]
    assert (
        environments["postgres"].keys()
        == environments["valkey"].keys()
        == {"PATH", "LC_ALL"}
    )


def test_no_command_line_contains_a_password(tmp_path: Path) -> None:
    secrets = set(vars(SECRETS).values())
    for part in plan_parts(tmp_path).parts:
        command = " ".join(part.build_command())
        assert not [secret for secret in secrets if secret in command], part.name


def test_parts_are_listed_after_their_dependencies(tmp_path: Path) -> None:
    seen: set[str] = set()
    for part in plan_parts(tmp_path).parts:
        assert {*part.depends_on, *part.starts_alongside} <= seen, part.name
        seen.add(part.name)


@pytest.mark.parametrize(
    ("host", "bound", "probed"),
    [
        ("127.0.0.1", "127.0.0.1:8080", "127.0.0.1:8080"),
        ("192.168.1.7", "192.168.1.7:8080", "192.168.1.7:8080"),
        ("0.0.0.0", "0.0.0.0:8080", "127.0.0.1:8080"),  # noqa: S104 - not bound here
        ("::1", "[::1]:8080", "[::1]:8080"),
        ("::", "[::]:8080", "127.0.0.1:8080"),
    ],
)
def test_the_web_server_is_probed_where_it_is_bound(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    bound: str,
    probed: str,
) -> None:
    monkeypatch.setenv("HOST", host)
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    [web] = [
        part for part in plan_parts(tmp_path, host=host).parts if part.name == "web"
    ]

    assert "python:webapp.server.gunicorn_config" in web.build_command()
    assert run_module("webapp.server.gunicorn_config")["bind"] == bound
    assert web.probe.address == f"http://{probed}/healthz"
    assert web.address == f"http://{probed}"
    assert web.host == host


@pytest.mark.parametrize(
    ("host", "address"),
    [("192.168.1.7", "http://192.168.1.7:8090"), ("::", "http://127.0.0.1:8090")],
)
def test_ray_serve_is_reached_where_it_is_bound(
    tmp_path: Path, host: str, address: str
) -> None:
    plan = plan_parts(tmp_path, serve_host=host)
    [agents] = [part for part in plan.parts if part.name == "agents"]

    assert plan.shared_settings["ASSISTANT_URL"] == address
    assert agents.probe.address == f"{address}/-/healthz"
    assert agents.address == address
    assert agents.host == host

"""Which parts are started, and what they are told."""

from pathlib import Path
from typing import Any

import pytest

from webapp.config import Settings
from webapp.devtools.supervisor.errors import UnusableSetting
from webapp.devtools.supervisor.parts import ACCOUNTS_FILE, PlatformPlan, build_plan
from webapp.devtools.supervisor.platform_secrets import generate_secrets

KEYS = generate_secrets()


def planned(var: Path, **settings: Any) -> PlatformPlan:
    chosen = Settings(_env_file=None, var_dir=var, **settings)
    return build_plan(chosen, KEYS, var=var, environment={"PATH": "/bin"})


def names(chosen: PlatformPlan) -> list[str]:
    return [part.name for part in chosen.parts]


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_on_a_laptop_every_part_is_ours(tmp_path: Path) -> None:
    assert names(planned(tmp_path)) == [
        "postgres",
        "valkey",
        "migrations",
        "demo data",
        "stripe",
        "web",
        "relay",
        "worker-1",
        "worker-2",
        "cron",
        "ray",
        "agents",
    ]


def test_what_has_an_address_is_not_started_and_nothing_waits_for_it(
    tmp_path: Path,
) -> None:
    chosen = planned(
        tmp_path,
        database_url="postgresql://db.example/shop",
        redis_url="redis://queue.example",
        stripe_api_key="sk_test_of_a_person",
        ray_address="ray.example:6379",
        worker_processes=1,
    )

    assert names(chosen) == ["migrations", "web", "relay", "worker", "cron"]
    assert {need for part in chosen.parts for need in part.depends_on} == {
        "migrations",
        "web",
    }
    assert chosen.shared_settings.keys() == {"VAR_DIR", "JWT_SECRET"}


def test_demo_data_goes_into_an_empty_database_of_ours_only_once(
    tmp_path: Path,
) -> None:
    (tmp_path / ACCOUNTS_FILE).write_text("{}")

    assert "demo data" not in names(planned(tmp_path))


def test_somebody_elses_database_gets_no_demo_data(tmp_path: Path) -> None:
    elsewhere = planned(tmp_path, database_url="postgresql://db.example/shop")

    assert "demo data" not in names(elsewhere)


def test_parts_are_left_out_by_their_names(tmp_path: Path) -> None:
    chosen = planned(tmp_path, disabled_parts="ray, agents,demo data,")

    assert not {"ray", "agents", "demo data"} & set(names(chosen))
    assert "web" in names(chosen)


@pytest.mark.parametrize("name", ["rays", "worker", "demo-data"])
def test_a_part_that_does_not_exist_is_not_left_out(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        UnusableSetting, match=f"DISABLED_PARTS names {name}, but .*worker-1"
    ):
        planned(tmp_path, disabled_parts=f"ray, {name}")


def test_each_port_is_known_by_the_setting_that_changes_it(tmp_path: Path) -> None:
    ports = {
        setting: port
        for part in planned(tmp_path, port=1234).parts
        for setting, port in part.ports.items()
    }

    assert ports.pop("PORT") == 1234
    defaults = Settings(_env_file=None)
    assert ports == {name: getattr(defaults, name.lower()) for name in ports}
    assert len(ports) == 6


def test_the_servers_are_told_no_secrets_of_the_shop(tmp_path: Path) -> None:
    told = {part.name: part.environment for part in planned(tmp_path).parts}

    assert "JWT_SECRET" in told["web"]
    assert told["postgres"].keys() == told["valkey"].keys() == {"PATH", "LC_ALL"}


def test_no_password_stands_on_a_command_line(tmp_path: Path) -> None:
    secrets = set(vars(KEYS).values())
    for part in planned(tmp_path).parts:
        words = " ".join(part.build_command())
        assert not [secret for secret in secrets if secret in words], part.name


def test_parts_come_after_what_they_need(tmp_path: Path) -> None:
    seen: set[str] = set()
    for part in planned(tmp_path).parts:
        assert {*part.depends_on, *part.starts_alongside} <= seen, part.name
        seen.add(part.name)


@pytest.mark.parametrize(
    ("host", "bound", "asked"),
    [
        ("127.0.0.1", "127.0.0.1:8080", "127.0.0.1:8080"),
        ("192.168.1.7", "192.168.1.7:8080", "192.168.1.7:8080"),
        ("0.0.0.0", "0.0.0.0:8080", "127.0.0.1:8080"),  # noqa: S104 - not bound here
        ("::1", "[::1]:8080", "[::1]:8080"),
        ("::", "[::]:8080", "127.0.0.1:8080"),
    ],
)
def test_the_web_server_is_asked_where_it_is_bound(
    tmp_path: Path, host: str, bound: str, asked: str
) -> None:
    [web] = [part for part in planned(tmp_path, host=host).parts if part.name == "web"]

    assert f"--bind={bound}" in web.build_command()
    assert web.probe.address == f"http://{asked}/healthz"
    assert web.address == f"http://{asked}"
    assert web.host == host

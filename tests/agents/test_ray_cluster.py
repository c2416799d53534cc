"""`ray_cluster.yaml` is accepted by Ray itself, without an AWS account."""

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import ray
import yaml
from ray.autoscaler._private.util import prepare_config, validate_config

from webapp.config import PROJECT_ROOT


@pytest.fixture
def cluster() -> dict[str, Any]:
    described: dict[str, Any] = yaml.safe_load(
        (PROJECT_ROOT / "ray_cluster.yaml").read_text()
    )
    return described


def test_ray_accepts_the_cluster(cluster: dict[str, Any]) -> None:
    schema_file = Path(ray.__file__).parent / "autoscaler" / "ray-schema.json"

    jsonschema.validate(cluster, json.loads(schema_file.read_text()))
    validate_config(prepare_config(cluster))


def test_every_node_starts_with_the_same_authentication(
    cluster: dict[str, Any],
) -> None:
    commands = cluster["head_start_ray_commands"] + cluster["worker_start_ray_commands"]
    starts = [command for command in commands if "ray start" in command]

    assert len(starts) == 2
    assert all("RAY_AUTH_MODE=token" in command for command in starts)

"""`ray_cluster.yaml` is accepted by Ray itself, by its AWS provider and by the EC2 API's
description, without an AWS account."""

import copy
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import jsonschema  # type: ignore[import-untyped]
import pytest
import ray
import yaml
from botocore.model import ListShape, Shape, StringShape, StructureShape
from botocore.session import get_session
from botocore.validate import ParamValidator
from moto import mock_aws
from ray.autoscaler._private.aws.config import bootstrap_aws
from ray.autoscaler._private.aws.node_provider import AWSNodeProvider
from ray.autoscaler._private.docker import validate_docker_config
from ray.autoscaler._private.util import prepare_config, validate_config
from ray.autoscaler.sdk import get_docker_host_mount_location
from ray.autoscaler.tags import TAG_RAY_NODE_KIND

from webapp.config import PROJECT_ROOT, Settings

FILE = PROJECT_ROOT / "ray_cluster.yaml"
PROCESSORS = {"m7i.xlarge": 4, "m7i.2xlarge": 8, "c7i.4xlarge": 16}
"""Of the machines, as AWS lists them."""
PROFILES = ("ecom67-ray-head", "ecom67-ray-worker")
EC2 = get_session().get_service_model("ec2")


@pytest.fixture
def cluster() -> dict[str, Any]:
    described: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return described


def check_with_ray(cluster: dict[str, Any]) -> None:
    """Ray's schema, and what it checks beyond. Raises what Ray does."""
    schema_file = Path(ray.__file__).parent / "autoscaler" / "ray-schema.json"
    jsonschema.validate(cluster, json.loads(schema_file.read_text()))
    prepared = prepare_config(copy.deepcopy(cluster))
    validate_config(prepared)
    validate_docker_config(prepared)


def list_ec2_problems(operation: str, request: dict[str, Any]) -> list[str]:
    """What EC2 would refuse in a request: botocore checks names and types before it sends one, and
    here the values that a field can have, too."""
    shape = EC2.operation_model(operation).input_shape
    assert shape is not None
    report = ParamValidator().validate(request, shape)
    problems = [report.generate_report()] if report.has_errors() else []
    return problems + list(_iter_unknown_values(request, shape, operation))


def _iter_unknown_values(value: Any, shape: Shape, where: str) -> Iterator[str]:
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        for name, each in value.items():
            if name in shape.members:
                yield from _iter_unknown_values(
                    each, shape.members[name], f"{where}.{name}"
                )
    elif isinstance(shape, ListShape) and isinstance(value, list):
        for each in value:
            yield from _iter_unknown_values(each, shape.member, where)
    elif isinstance(shape, StringShape) and shape.enum and value not in shape.enum:
        yield f"{where} is no {shape.name}: {value}"


def list_node_problems(cluster: dict[str, Any]) -> list[str]:
    """Of the machines as they would be started."""
    return [
        f"{name}: {problem}"
        for name, node in cluster["available_node_types"].items()
        for problem in list_ec2_problems(
            "RunInstances", {"MinCount": 1, "MaxCount": 1, **node["node_config"]}
        )
    ]


def list_group_problems(cluster: dict[str, Any]) -> list[str]:
    rules = cluster["provider"]["security_group"]["IpPermissions"]
    return list_ec2_problems(
        "AuthorizeSecurityGroupIngress", {"GroupId": "sg-1", "IpPermissions": rules}
    )


def test_ray_accepts_the_cluster(cluster: dict[str, Any]) -> None:
    check_with_ray(cluster)


def test_ec2_accepts_the_machines_and_the_security_group(
    cluster: dict[str, Any],
) -> None:
    assert list_node_problems(cluster) == []
    assert list_group_problems(cluster) == []


@pytest.mark.parametrize(
    ("written", "mistyped"),
    [
        ("idle_timeout_minutes", "idle_minutes"),
        ("max_workers: 6", "max_workers: six"),
        ("max_workers: 6", "max_workers: 0"),
        ("head_node_type: head", "head_node_type: leader"),
        ("head_run_options", "head_options"),
        ("container_name: ecom67-ray", "container_name: ''"),
        ("GroupName", "Name"),
        ("    resources:", "    resource:"),
    ],
)
def test_ray_names_a_wrong_field(written: str, mistyped: str) -> None:
    text = FILE.read_text()
    assert written in text

    with pytest.raises(
        (jsonschema.ValidationError, ValueError, AssertionError, KeyError)
    ):
        check_with_ray(yaml.safe_load(text.replace(written, mistyped)))


@pytest.mark.parametrize(
    ("written", "mistyped"),
    [
        ("InstanceType", "InstanceTyp"),
        ("m7i.xlarge", "m7i.extralarge"),
        ("VolumeSize: 60", "VolumeSize: sixty"),
        ("VolumeType: gp3", "VolumeType: gp33"),
        ("MarketType: spot", "MarketType: cheap"),
        ("IamInstanceProfile: {Name", "IamInstanceProfile: {Nam"),
        ("HttpTokens: required", "HttpTokens: needed"),
        ("FromPort: 8090", "FromPort: agents"),
        ("CidrIp", "Cidr"),
    ],
)
def test_a_wrong_field_of_ec2_is_found(written: str, mistyped: str) -> None:
    text = FILE.read_text()
    assert written in text
    cluster = yaml.safe_load(text.replace(written, mistyped))

    problems = list_node_problems(cluster) + list_group_problems(cluster)

    assert problems


@pytest.fixture
def _aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A simulated account with the two instance profiles that the file names."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "simulated")
    with mock_aws():
        iam = boto3.client("iam")
        for name in PROFILES:
            iam.create_instance_profile(InstanceProfileName=name)
        yield


@pytest.mark.usefixtures("_aws")
def test_the_aws_provider_starts_every_kind_of_machine(cluster: dict[str, Any]) -> None:
    prepared = bootstrap_aws(prepare_config(cluster))  # type: ignore[no-untyped-call]
    provider: Any = AWSNodeProvider(  # type: ignore[no-untyped-call]
        prepared["provider"], prepared["cluster_name"]
    )

    for name, node in prepared["available_node_types"].items():
        provider.create_node(node["node_config"], {TAG_RAY_NODE_KIND: name}, 1)

    started = {
        kind: provider.ec2.Instance(provider.non_terminated_nodes(tags)[0])
        for kind in ("head", "worker", "batch")
        if (tags := {TAG_RAY_NODE_KIND: kind})
    }
    assert {
        kind: (
            instance.instance_type,
            instance.iam_instance_profile["Arn"].rpartition("/")[2],
        )
        for kind, instance in started.items()
    } == {
        "head": ("m7i.xlarge", "ecom67-ray-head"),
        "worker": ("m7i.2xlarge", "ecom67-ray-worker"),
        "batch": ("c7i.4xlarge", "ecom67-ray-worker"),
    }
    [group_id] = {
        group["GroupId"]
        for instance in started.values()
        for group in instance.security_groups
    }
    rules = provider.ec2.SecurityGroup(group_id).ip_permissions
    assert {rule.get("FromPort", -1) for rule in rules} == {-1, 22, 8090}


def test_the_bounds_of_the_cluster_fit_its_machines(cluster: dict[str, Any]) -> None:
    nodes = cluster["available_node_types"]
    workers = {name: node for name, node in nodes.items() if name != "head"}

    assert nodes["head"]["max_workers"] == 0
    assert all(
        0 <= node["min_workers"] <= node["max_workers"] for node in nodes.values()
    )
    # The agents need a node from the start, as there is no room for them on the head.
    assert nodes["head"]["resources"]["CPU"] == 0
    assert sum(node["min_workers"] for node in workers.values()) >= 1
    assert (
        sum(node["max_workers"] for node in workers.values()) == cluster["max_workers"]
    )
    assert all(
        node["resources"]["CPU"] == PROCESSORS[node["node_config"]["InstanceType"]]
        for node in workers.values()
    )


def test_only_the_agents_port_is_open_to_other_machines(
    cluster: dict[str, Any],
) -> None:
    [rule] = cluster["provider"]["security_group"]["IpPermissions"]

    serve = Settings.model_fields["serve_port"].default
    assert (rule["FromPort"], rule["ToPort"]) == (serve, serve)
    assert [range_["CidrIp"] for range_ in rule["IpRanges"]] == ["10.0.0.0/16"]
    assert cluster["provider"]["use_internal_ips"] is True


def test_every_process_of_a_node_has_the_same_authentication(
    cluster: dict[str, Any],
) -> None:
    """Also commands that are run in the container later: they have its environment."""
    docker = cluster["docker"]
    token = "/etc/ecom67/ray-token"

    assert {"--env RAY_AUTH_MODE=token", f"--env RAY_AUTH_TOKEN_PATH={token}"} <= set(
        docker["run_options"]
    )
    assert str(Path(token).parent) in cluster["file_mounts"]


def test_every_node_asks_the_services_of_its_region(cluster: dict[str, Any]) -> None:
    region = cluster["provider"]["region"]

    assert f"--env AWS_DEFAULT_REGION={region}" in cluster["docker"]["run_options"]
    zones = cluster["provider"]["availability_zone"].split(",")
    assert all(re.fullmatch(f"{region}[a-z]", zone) for zone in zones)


def test_only_the_head_has_settings_from_a_file_that_is_there(
    cluster: dict[str, Any],
) -> None:
    place = get_docker_host_mount_location(cluster["cluster_name"])

    assert cluster["docker"]["head_run_options"] == [
        f"--env-file {place}/etc/ecom67/env"
    ]
    assert not [
        option for option in cluster["docker"]["run_options"] if "--env-file" in option
    ]


def test_a_node_with_another_ray_than_the_locked_one_is_refused(
    cluster: dict[str, Any], tmp_path: Path
) -> None:
    lock = (PROJECT_ROOT / "requirements/ray.txt").read_text()
    [locked] = re.findall(r"(?m)^ray==(\S+)", lock)
    [command] = cluster["setup_commands"]

    def run_command(printed: str) -> int:
        program = tmp_path / "ray"
        program.write_text(f"#!/bin/sh\necho '{printed}'\n")
        program.chmod(0o700)
        path = f"{tmp_path}:/usr/bin:/bin"
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            env={"PATH": path},
            capture_output=True,
            check=False,
        )
        return done.returncode

    assert run_command(f"ray, version {locked}") == 0
    assert run_command(f"ray, version {locked}1") == 1
    assert run_command("") == 1
    assert locked == ray.__version__

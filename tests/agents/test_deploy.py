"""What `agents.deploy` sends to the cluster, as Ray serializes it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from webapp.config import PROJECT_ROOT, Settings

# In a process of its own: importing Ray takes two seconds and 100 MB.
PROGRAM = """
import sys
from ray import cloudpickle
from agents.deploy import build_target
from webapp.chat.service import AgentName
from webapp.config import Settings
targets = [build_target(Settings.load(), agent) for agent in AgentName]
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

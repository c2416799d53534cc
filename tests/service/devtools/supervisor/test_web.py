"""The web part as the supervisor starts and probes it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.support.ports import free_port
from webapp.config import PROJECT_ROOT, Settings
from webapp.devtools.supervisor.parts import build_plan
from webapp.devtools.supervisor.platform_secrets import generate_secrets

READY_TIMEOUT_S = 25


@pytest.mark.slow
@pytest.mark.allow_hosts(["127.0.0.2"])
@pytest.mark.skipif(sys.platform != "linux", reason="others have one loopback address")
def test_it_answers_on_the_configured_interface(tmp_path: Path, engine: Engine) -> None:
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    settings = Settings(
        _env_file=None,
        var_dir=tmp_path,
        host="127.0.0.2",
        port=free_port(),
        database_url=url,
    )
    plan = build_plan(
        settings,
        generate_secrets(),
        var=tmp_path,
        environment={
            **os.environ,
            "HOST": settings.host,
            "PORT": str(settings.port),
            "DATABASE_URL": url,
        },
    )
    [web] = [part for part in plan.parts if part.name == "web"]
    server = subprocess.Popen(
        web.build_command(),
        cwd=PROJECT_ROOT,
        env=web.environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + READY_TIMEOUT_S
        while web.probe.find_problem() is not None and time.monotonic() < deadline:
            time.sleep(0.1)
        assert web.probe.find_problem() is None
    finally:
        server.terminate()
        server.wait()

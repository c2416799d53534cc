"""Each image's lock file holds what its processes import, and no more than the web needs.

A fresh interpreter imports the entry points while every package that the lock leaves out
cannot be found, as in the image.
"""

import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from webapp.config import PROJECT_ROOT

SERVERS = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "SEARCH_URL": "http://127.0.0.1:1",
    "STORAGE_URL": "s3://bucket",
    "MAIL_URL": "ses://us-east-1",
    "JWT_SECRET": "not so secret " * 3,
    "STRIPE_API_KEY": "sk_test_1",
    "STRIPE_WEBHOOK_SECRET": "whsec_1",
    "AWS_DEFAULT_REGION": "us-east-1",
}
MANAGED = (
    "webapp.adapters.search.opensearch.search",
    "webapp.adapters.storage.s3",
    "webapp.adapters.mail.ses",
    "webapp.adapters.identity.cognito",
    "webapp.adapters.agent_memory.agentcore",
    "webapp.secrets.aws",
)
"""The implementations that a production site chooses."""
RUNNER = "webapp.imports.runner"
"""What imports files; Parquet is read by a module that only the command registers."""
MODEL = "webapp.adapters.embeddings.minilm"
STARTING_NODES = (
    "ray.autoscaler._private.monitor",
    "ray.autoscaler._private.aws.node_provider",
    "jsonschema",
)
"""By which the head of `ray_cluster.yaml` starts the other nodes."""
VENDORED = {"ray": {"psutil"}}
"""What a package of the lock brings in a folder of its own."""
PROBE = """
import sys
from importlib import import_module

class LeftOut:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in LEFT_OUT:
            raise ModuleNotFoundError(f"{name} is not in the lock", name=name)

sys.meta_path.insert(0, LeftOut())
for module in MODULES:
    import_module(module)
"""


def locked(name: str) -> set[str]:
    text = (PROJECT_ROOT / "requirements" / f"{name}.txt").read_text()
    return {normalize(found) for found in re.findall(r"(?m)^([\w.-]+)==", text)}


def normalize(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def left_out_of(lock: str) -> set[str]:
    """Importable names that only packages outside of the lock provide."""
    kept = locked(lock) | {"e-com67"}
    return {
        module
        for module, packages in packages_distributions().items()
        if not {normalize(package) for package in packages} & kept
    }


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("lock", "modules"),
    [
        (
            "web",
            ["webapp.serve", "webapp.cli.admin", "webapp.db.migrate", RUNNER, *MANAGED],
        ),
        (
            "worker",
            [
                "jobs.worker",
                "jobs.relay",
                "jobs.cron",
                "jobs.query_embedder",
                MODEL,
                *MANAGED,
            ],
        ),
        (
            "ray",
            [
                *("agents.deploy", "agents.support.runner", "agents.insights.runner"),
                *("jobs.batch.export_orders", "jobs.batch.backfill_trends"),
                "jobs.batch.embed_catalog",
                "analytics.reports.worker",
                *(MODEL, *MANAGED, *STARTING_NODES),
            ],
        ),
    ],
)
def test_an_image_imports_what_its_lock_holds(
    lock: str, modules: list[str], tmp_path: Path
) -> None:
    left_out = left_out_of(lock) - VENDORED.get(lock, set())
    assert len(left_out) > 20

    done = subprocess.run(
        [
            *(sys.executable, "-W", "ignore", "-c"),
            f"LEFT_OUT, MODULES = {left_out}, {modules}\n{PROBE}",
        ],
        cwd=PROJECT_ROOT,
        env={"PATH": "/usr/bin:/bin", "VAR_DIR": str(tmp_path), **SERVERS},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-2000:]


def test_the_web_image_carries_no_model_engine_or_data_frames() -> None:
    heavy = {"onnxruntime", "polars", "pandas", "pyarrow", "ray", "tantivy", "rq"}

    assert locked("web") & heavy == set()


def test_every_lock_agrees_with_the_developers_lock() -> None:
    """What is tested is what an image installs."""
    pins = {
        name: dict(
            re.findall(
                r"(?m)^([\w.-]+)==(\S+)",
                (PROJECT_ROOT / "requirements" / f"{name}.txt").read_text(),
            )
        )
        for name in ("dev", "platform", "web", "worker", "ray")
    }

    for name, pinned in pins.items():
        assert len(pinned) > 50, name
        assert pinned.items() <= pins["dev"].items(), name

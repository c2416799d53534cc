"""Both agents and the analytics on a real Ray, reached as the shop reaches them."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from tests.support.conversations import AgentConversation, SeededShop
from tests.support.ports import free_port
from tests.support.ray_cluster import run_ray_head
from webapp.adapters.agents.build import build_insights_agent, build_support_agent
from webapp.adapters.agents.port import AgentClient, Delta, Message, Typing
from webapp.adapters.analytics.build import build_analytics
from webapp.adapters.analytics.port import AnalyticsClient, ExportedFile, FileFormat
from webapp.chat.service import AgentName
from webapp.config import PROJECT_ROOT, Settings


@pytest.mark.ray
@pytest.mark.timeout(400)
def test_a_deployed_agent_streams_its_answer(shop: SeededShop, tmp_path: Path) -> None:
    settings = shop.runtime.settings
    port = free_port()
    assistant = f"http://127.0.0.1:{port}"
    with run_ray_head(tmp_path) as cluster:
        environment = cluster | _settings(settings, assistant=assistant, port=port)
        deployed = subprocess.run(
            [sys.executable, "-m", "agents.deploy"],
            env=environment,
            cwd=PROJECT_ROOT,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert deployed.returncode == 0, deployed.stdout + deployed.stderr
        assert "agents and analytics answer" in deployed.stdout
        client_settings = settings.model_copy(update={"assistant_url": assistant})

        _check_shopping(shop, build_support_agent(client_settings))
        _check_reports_for_admins_only(shop, build_insights_agent(client_settings))
        _check_figures(shop, build_analytics(client_settings))
        unsigned = httpx.post(f"{assistant}/support", json={}, trust_env=False)
        assert unsigned.status_code == 401
        _check_deployment(cluster, port=port)


def _settings(settings: Settings, *, assistant: str, port: int) -> dict[str, str]:
    """Without the keys of Stripe, which no agent needs."""
    return {
        "ASSISTANT_URL": assistant,
        "SERVE_HOST": "localhost",
        "SERVE_PORT": str(port),
        "AGENT_REPLICAS": "2",
        "AGENT_REPLICAS_MAX": "3",
        "VAR_DIR": str(settings.var_dir),
        "DATABASE_URL": settings.require_database_url(),
        "JWT_SECRET": settings.require_jwt_secret(),
    }


def _check_deployment(cluster: Mapping[str, str], *, port: int) -> None:
    """Host, port and replicas are those of the settings, as the dashboard shows them."""
    token = Path(cluster["RAY_AUTH_TOKEN_PATH"]).read_text().strip()
    response = httpx.get(
        f"{cluster['RAY_API_SERVER_ADDRESS']}/api/serve/applications/",
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
        timeout=30,
    )
    details = response.raise_for_status().json()
    assert (
        details["http_options"].items() >= {"host": "localhost", "port": port}.items()
    )
    deployments = {
        name: application["deployments"][name]
        for name, application in details["applications"].items()
    }
    assert {name: len(each["replicas"]) for name, each in deployments.items()} == {
        "support": 2,
        "insights": 2,
        "analytics": 1,
    }
    assert {
        name: (scaling["min_replicas"], scaling["max_replicas"])
        for name, each in deployments.items()
        if (scaling := each["deployment_config"]["autoscaling_config"])
    } == {"support": (2, 3), "insights": (2, 3), "analytics": (1, 1)}


def _check_figures(shop: SeededShop, client: AnalyticsClient) -> None:
    query = {"metrics": ["orders"], "groupBy": ["customer_type"]}
    outcome = client.run_query(query, caller_id=shop.bob)
    file = client.export_query(query, FileFormat.CSV, caller_id=shop.bob)

    assert outcome.error is None
    assert outcome.result is not None
    assert outcome.result["totals"] == {"orders": 1}
    assert isinstance(file, ExportedFile)
    assert file.content.startswith(b"customer_type,orders\n")


def _check_shopping(shop: SeededShop, client: AgentClient) -> None:
    chat = AgentConversation(client, shop.db, shop.ada)

    events = chat.send("find a kettle under $25")

    assert events[0] == Typing()
    assert sum(isinstance(event, Delta) for event in events) > 5
    answer = events[-1]
    assert isinstance(answer, Message)
    assert [product["name"] for product in answer.data["products"]] == ["Travel Kettle"]
    added = chat.get_answer("add it to my cart")
    assert added.data["cart"]["totalAmount"] == 20.52


def _check_reports_for_admins_only(shop: SeededShop, client: AgentClient) -> None:
    admin = AgentConversation(
        client, shop.db, shop.ada, agent=AgentName.INSIGHTS, groups=("admin",)
    )
    customer = AgentConversation(client, shop.db, shop.ada, agent=AgentName.INSIGHTS)

    [result] = admin.get_answer("revenue by month").data["analytics"]["results"]

    assert [row["net_revenue"] for row in result["rows"]] == [29.0]
    with pytest.raises(Exception, match="admins only"):
        customer.send("revenue by month")

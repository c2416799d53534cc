"""What is missing is named to anyone who asks; where it is and why stands in the log only."""

from dataclasses import replace

from structlog.testing import capture_logs

from tests.support.web_apps import AppFactory
from webapp.bootstrap import Runtime
from webapp.db.session import Database


def test_readiness_reveals_no_address(runtime: Runtime, create_app: AppFactory) -> None:
    unreachable = Database.from_url("postgresql://ada:hunter2@127.0.0.1:1/secret_shop")
    app = create_app(replace(runtime, db=unreachable))

    with capture_logs() as logs:
        response = app.test_client().get("/readyz")

    unreachable.close()
    assert response.status_code == 503
    answer = response.get_json()
    assert answer.keys() == {"status", "missing"}
    assert "database" in answer["missing"]
    assert "127.0.0.1" in next(e for e in logs if e["part"] == "database")["error"]

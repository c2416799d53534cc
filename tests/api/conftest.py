import pytest
from flask.testing import FlaskClient

from webapp.app import create_app
from webapp.bootstrap import Runtime


@pytest.fixture
def client(runtime: Runtime) -> FlaskClient:
    return create_app(runtime).test_client()

import pytest
from flask import Flask

from tests.support.web_apps import AppFactory
from webapp.bootstrap import Runtime


@pytest.fixture
def app(runtime: Runtime, create_app: AppFactory) -> Flask:
    return create_app(runtime)

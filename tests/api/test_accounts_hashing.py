"""Password hashing is slow: no database connection or row lock is held meanwhile."""

from dataclasses import replace

import pytest
from sqlalchemy.pool import QueuePool

from tests.api.conftest import signed_in
from tests.support.passwords import CHEAP_HASHER
from tests.support.web_apps import AppFactory
from webapp.accounts.models import Customer
from webapp.bootstrap import Runtime
from webapp.db.session import Database
from webapp.kit.hashing import BoundedPasswordHasher

EMAIL, PASSWORD = "ada@example.com", "Good-Pass1"


class RecordingHasher(BoundedPasswordHasher):
    """Records how many connections are checked out while it hashes."""

    def __init__(self, db: Database) -> None:
        super().__init__()
        self._pool = db.engine.pool
        self.connections: list[int] = []

    def hash(self, password: str) -> str:
        self._record()
        return CHEAP_HASHER.hash(password)

    def verify(self, password: str, hashed: str | None) -> bool:
        self._record()
        return CHEAP_HASHER.verify(password, hashed)

    def _record(self) -> None:
        assert isinstance(self._pool, QueuePool)
        self.connections.append(self._pool.checkedout())


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/auth/register", {"email": "new@example.com", "name": "Ada"}),
        ("POST", "/auth/register", {"email": EMAIL, "name": "Ada"}),
        ("POST", "/auth/login", {"email": EMAIL}),
        ("POST", "/auth/login", {"email": "new@example.com"}),
        ("POST", "/auth/verify", {"email": EMAIL, "code": "1"}),
        ("POST", "/auth/verify", {"email": "new@example.com", "code": "1"}),
        ("DELETE", "/auth/me", {}),
    ],
)
def test_each_endpoint_hashes_once_and_holds_no_connection_meanwhile(
    runtime: Runtime,
    create_app: AppFactory,
    method: str,
    path: str,
    body: dict[str, str],
) -> None:
    hasher = RecordingHasher(runtime.db)
    ada = signed_in(create_app(replace(runtime, passwords=hasher)), runtime)
    with runtime.db.unit_of_work() as session:
        row = session.get_one(Customer, ada.customer_id)
        row.email, row.password_hash = EMAIL, CHEAP_HASHER.hash(PASSWORD)

    ada.call(method, path, {"password": PASSWORD, **body})

    assert hasher.connections == [0]

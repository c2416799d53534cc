from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.support.demo_shop import NOW, PASSWORDS
from webapp.config import Settings
from webapp.devtools.demo import repository, service


@pytest.fixture(scope="module")
def shop(engine: Engine) -> Iterator[Session]:
    """Filled once for a module's read-only tests, then rolled back."""
    with engine.connect() as connection, connection.begin() as transaction:
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            assert repository.is_shop_empty(session)
            service.fill_shop(
                session, PASSWORDS, settings=Settings(), now=NOW, report=lambda _: None
            )
            session.flush()
            yield session
        transaction.rollback()

from collections.abc import Iterator

import pytest

from webapp.db.session import Database


@pytest.fixture
def pooled(postgres_url: str) -> Iterator[Database]:
    """With a pool of its own, whose connections a test may break."""
    db = Database.from_url(postgres_url, pool_size=2)
    yield db
    db.close()

"""Which chat sockets are open: one row each, written when it opens and deleted when it closes.

A socket lives for a day at most, so that a row which a killed process has left is known to be of no
socket after that.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from webapp.chat import repository
from webapp.chat.service import AgentName
from webapp.db.session import Database
from webapp.kit.ids import new_id

log = structlog.get_logger()

MAX_LIFETIME = timedelta(hours=24)


@contextmanager
def record_connection(
    db: Database,
    *,
    owner_id: UUID,
    agent: AgentName,
    session_id: UUID,
    expires_at: datetime,
) -> Iterator[None]:
    """Record a socket as open during the block."""
    connection_id = new_id()
    with db.autocommit() as session:
        repository.insert_connection(
            session,
            connection_id=connection_id,
            owner_id=owner_id,
            agent=agent,
            session_id=session_id,
            expires_at=expires_at,
        )
    try:
        yield
    finally:
        _delete_record(db, connection_id)


def _delete_record(db: Database, connection_id: UUID) -> None:
    """Without a database the row stays until it expires."""
    try:
        with db.autocommit() as session:
            repository.delete_connection(session, connection_id)
    except SQLAlchemyError as error:
        log.warning("closed chat stays recorded", error=str(error).splitlines()[0])


def delete_records(session: Session, *, owner_id: UUID) -> None:
    """Delete the records of an account's sockets, which are closed at their next frame."""
    repository.delete_connections(session, owner_id=owner_id)


def delete_expired_records(session: Session, *, now: datetime) -> int:
    """Delete what killed processes have left; returns how many."""
    return repository.delete_expired_connections(session, now=now)

from sqlalchemy import text

from webapp.db.session import Database


def waits_for_a_lock(db: Database) -> bool:
    """Whether a connection to this database stands still until another one commits."""
    with db.unit_of_work() as session:
        waiting = text(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(session.scalar(waiting))

from sqlalchemy import text

from webapp.db.session import Database


def count_lock_waiters(db: Database) -> int:
    """Count the connections to this database that wait for a lock of another one."""
    with db.unit_of_work() as session:
        waiting = text(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return session.scalar(waiting) or 0

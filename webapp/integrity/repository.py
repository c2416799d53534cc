from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.integrity.models import IntegrityCheck

SAMPLE_SIZE = 20


def find_violations(
    session: Session, query: str, parameters: Mapping[str, object]
) -> tuple[int, list[str]]:
    """Run the query of an invariant: the number of violations, and the ids of some of them."""
    used = {name: value for name, value in parameters.items() if f":{name}" in query}
    rows = session.execute(
        text(
            "SELECT q.id::text, count(*) OVER () AS found"  # noqa: S608 - our own queries
            f" FROM ({query}) AS q (id) LIMIT {SAMPLE_SIZE}"
        ),
        used,
    ).all()
    return (rows[0].found if rows else 0), [row.id for row in rows]


def upsert_check(session: Session, *, name: str, **values: object) -> None:
    session.execute(
        insert(IntegrityCheck)
        .values(name=name, **values)
        .on_conflict_do_update(index_elements=[IntegrityCheck.name], set_=values)
    )


def delete_other_checks(session: Session, names: Collection[str]) -> None:
    session.execute(delete(IntegrityCheck).where(IntegrityCheck.name.not_in(names)))


def list_checks(session: Session) -> Sequence[IntegrityCheck]:
    return session.scalars(select(IntegrityCheck)).all()

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from psycopg.errors import UniqueViolation
from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.search.rules.errors import RuleQueryTaken
from webapp.search.rules.models import RuleType, SearchRule


def list_rules(
    session: Session, *, after: UUID | None, limit: int
) -> Sequence[SearchRule]:
    """Newest first."""
    statement = select(SearchRule).order_by(SearchRule.id.desc())
    if after is not None:
        statement = statement.where(SearchRule.id < after)
    return session.scalars(statement.limit(limit)).all()


def list_live_rules(
    session: Session, *, besides: Collection[UUID] = ()
) -> Sequence[SearchRule]:
    """Those that hold, and those of these ids, the oldest first."""
    return session.scalars(
        select(SearchRule)
        .where(or_(SearchRule.is_live, SearchRule.id.in_(besides)))
        .order_by(SearchRule.id)
    ).all()


def list_synonyms(session: Session) -> Sequence[SearchRule]:
    """Those that hold and those that do not."""
    types = (RuleType.SYNONYMS, RuleType.ONE_WAY_SYNONYMS)
    return session.scalars(
        select(SearchRule).where(SearchRule.type.in_(types)).order_by(SearchRule.id)
    ).all()


def list_drafts(session: Session, *, limit: int) -> Sequence[UUID]:
    """Ids of rules that do not hold, newest first."""
    return session.scalars(
        select(SearchRule.id)
        .where(~SearchRule.is_live)
        .order_by(SearchRule.id.desc())
        .limit(limit)
    ).all()


def find_rule(
    session: Session, rule_id: UUID, *, locked: bool = False
) -> SearchRule | None:
    return session.get(SearchRule, rule_id, with_for_update=locked)


def count_rules(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(SearchRule)) or 0


@contextmanager
def open_savepoint(session: Session, query: str | None) -> Iterator[None]:
    """Roll the block back and raise `RuleQueryTaken` for a text that another rule is for."""
    try:
        with session.begin_nested():
            yield
    except IntegrityError as error:
        cause = error.orig
        if isinstance(cause, UniqueViolation) and (
            cause.diag.constraint_name == "uq_search_rules_type_query_key"
        ):
            raise RuleQueryTaken(query or "") from error
        raise

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from psycopg.errors import UniqueViolation
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.insights.reports.models import Report
from webapp.insights.saved_questions.errors import QuestionNameTaken
from webapp.insights.saved_questions.models import SavedQuestion


def list_questions(
    session: Session, *, after: UUID | None, limit: int
) -> Sequence[SavedQuestion]:
    """Newest first."""
    statement = select(SavedQuestion).order_by(SavedQuestion.id.desc())
    if after is not None:
        statement = statement.where(SavedQuestion.id < after)
    return session.scalars(statement.limit(limit)).all()


def find_question(
    session: Session, question_id: UUID, *, locked: bool = False
) -> SavedQuestion | None:
    return session.get(SavedQuestion, question_id, with_for_update=locked)


def find_questions(
    session: Session, question_ids: Collection[UUID], *, locked: bool
) -> Sequence[SavedQuestion]:
    """`locked` against being deleted, not against being changed."""
    statement = select(SavedQuestion).where(SavedQuestion.id.in_(question_ids))
    if locked:
        statement = statement.order_by(SavedQuestion.id).with_for_update(
            read=True, key_share=True
        )
    return session.scalars(statement).all()


def list_report_names(session: Session, question_id: UUID) -> Sequence[str]:
    """Of the reports that show the question."""
    section = {"savedQuestionId": str(question_id)}
    return session.scalars(
        select(Report.name)
        .where(Report.definition.contains({"sections": [section]}))
        .order_by(Report.name)
    ).all()


@contextmanager
def open_savepoint(session: Session, name: str) -> Iterator[None]:
    """Roll the block back and raise `QuestionNameTaken` for a name that another question has."""
    try:
        with session.begin_nested():
            yield
    except IntegrityError as error:
        cause = error.orig
        if isinstance(cause, UniqueViolation) and (
            cause.diag.constraint_name == "uq_saved_questions_name_key"
        ):
            raise QuestionNameTaken(name) from error
        raise

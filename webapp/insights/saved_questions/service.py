"""Questions that admins save: a query or an analysis under a name, to be asked again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.orm import Session

from webapp.insights.analyses.requests import AnalysisBody, Question
from webapp.insights.analyses.validation import check_question
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.errors import ImpossibleQuery
from webapp.insights.query.windows import resolve_now
from webapp.insights.saved_questions import repository
from webapp.insights.saved_questions.errors import (
    QuestionInUse,
    SavedQuestionNotFound,
    StaleQuestion,
)
from webapp.insights.saved_questions.models import SavedQuestion
from webapp.kit import paging
from webapp.kit.ids import new_id
from webapp.kit.json import describe_validation_error
from webapp.kit.paging import Page
from webapp.kit.text import label_key

MAX_POSSIBLE = 20
"""Questions that an error names."""


@dataclass(frozen=True)
class QuestionChange:
    """What is given is changed."""

    name: str | None = None
    question: Question | None = None
    version: int | None = None
    """The version that the change is of, if only that one is to be changed."""


def save_question(
    session: Session, *, name: str, question: Question, now: datetime
) -> SavedQuestion:
    """Raises `QuestionNameTaken`, and `ImpossibleQuery` or `BadWindow` as the question would."""
    check_question_at(question, now)
    saved = SavedQuestion(
        id=new_id(),
        name=name,
        name_key=label_key(name),
        body=_dump_question(question),
        updated_at=now,
    )
    with repository.open_savepoint(session, name):
        session.add(saved)
    return saved


def change_question(
    session: Session, *, question_id: UUID, change: QuestionChange, now: datetime
) -> SavedQuestion:
    """Raises what `save_question` raises, `SavedQuestionNotFound`, and `StaleQuestion` for a
    version that is not the current one."""
    if change.question is not None:
        check_question_at(change.question, now)
    saved = repository.find_question(session, question_id, locked=True)
    if saved is None:
        raise SavedQuestionNotFound(question_id)
    if change.version not in (None, saved.version):
        raise StaleQuestion(question_id, sent=change.version, current=saved.version)
    name = saved.name if change.name is None else change.name
    with repository.open_savepoint(session, name):
        saved.name, saved.name_key = name, label_key(name)
        if change.question is not None:
            saved.body = _dump_question(change.question)
        saved.version += 1
        saved.updated_at = now
    return saved


def require_question(session: Session, *, question_id: UUID) -> SavedQuestion:
    """Raises `SavedQuestionNotFound`."""
    saved = repository.find_question(session, question_id)
    if saved is None:
        raise SavedQuestionNotFound(question_id)
    return saved


def find_questions(
    session: Session, question_ids: Collection[UUID], *, locked: bool = False
) -> Sequence[SavedQuestion]:
    """Those that there are; `locked`, none of them is deleted before this transaction ends."""
    if not question_ids:
        return []
    return repository.find_questions(session, question_ids, locked=locked)


def list_possible(session: Session) -> list[str]:
    """What can be referred to, newest first: each id with its name."""
    rows = repository.list_questions(session, after=None, limit=MAX_POSSIBLE + 1)
    shown = [f"{row.id} ({row.name})" for row in rows[:MAX_POSSIBLE]]
    if len(rows) > MAX_POSSIBLE:
        shown.append("more, which GET /admin/analytics/saved-questions lists")
    return shown


def list_questions(
    session: Session, *, limit: int, last_key: str | None = None
) -> Page[SavedQuestion]:
    """Newest first."""
    rows = repository.list_questions(
        session, after=paging.decode_id(last_key) if last_key else None, limit=limit + 1
    )
    return paging.cut_page(rows, limit=limit, key=lambda row: [str(row.id)])


def delete_question(session: Session, *, question_id: UUID) -> None:
    """Raises `SavedQuestionNotFound`, and `QuestionInUse` where a report shows it."""
    # Whoever saves a report has its questions locked until the report is there to be found.
    saved = repository.find_question(session, question_id, locked=True)
    if saved is None:
        raise SavedQuestionNotFound(question_id)
    if reports := repository.list_report_names(session, question_id):
        raise QuestionInUse(question_id, reports=reports)
    session.delete(saved)


def check_question_at(question: Question, now: datetime) -> None:
    """Raises `ImpossibleQuery` and `BadWindow`."""
    resolve_now(question.as_of, now)
    check_question(question)


def read_question(body: dict[str, Any]) -> Question:
    """Raises `ImpossibleQuery` for one that the language of today does not have."""
    try:
        if "analysis" in body:
            return AnalysisBody.model_validate(body).root
        return AnalyticsQuery.model_validate(body)
    except ValidationError as error:
        raise ImpossibleQuery(
            f"What was saved can no longer be asked ({describe_validation_error(error)})",
            possible=["another question under this name", "deleting it"],
        ) from error


def find_problem(body: dict[str, Any], *, now: datetime) -> ImpossibleQuery | None:
    """Why a question that was saved is not possible any more, if it is not."""
    try:
        check_question_at(read_question(body), now)
    except ImpossibleQuery as error:
        return error
    return None


def _dump_question(question: Question) -> dict[str, Any]:
    return question.model_dump(mode="json", by_alias=True, exclude_none=True)

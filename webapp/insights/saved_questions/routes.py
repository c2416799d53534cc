"""Saved questions, for admins and for programs with the scopes."""

from uuid import UUID

from webapp.http.access import current_caller_id
from webapp.http.api import Api
from webapp.http.context import reading_session, runtime, transaction
from webapp.http.schemas import ListQuery, ListView
from webapp.insights import service as insights
from webapp.insights.saved_questions import service
from webapp.insights.saved_questions.schemas import (
    QuestionAnswer,
    QuestionBody,
    QuestionChangeBody,
    SavedQuestionView,
)
from webapp.kit.clock import utc_now
from webapp.kit.scopes import Scope

api = Api("Saved questions", prefix="/admin/analytics/saved-questions")


@api.get(
    "",
    access=Scope.ANALYTICS_READ,
    query=ListQuery,
    returns=ListView[SavedQuestionView],
)
def list_saved_questions(query: ListQuery) -> ListView[SavedQuestionView]:
    """Saved questions, newest first; one that cannot be asked any more says why."""
    now = utc_now()
    with reading_session() as session:
        page = service.list_questions(
            session, limit=query.limit, last_key=query.last_key
        )
        return ListView[SavedQuestionView](
            items=[SavedQuestionView.from_saved(row, now=now) for row in page.items],
            last_key=page.last_key,
        )


@api.post(
    "",
    access=Scope.ANALYTICS_WRITE,
    body=QuestionBody,
    returns={201: SavedQuestionView},
)
def save_question(body: QuestionBody) -> tuple[SavedQuestionView, int]:
    """Save a query or an analysis under a name.

    It is refused as it would be if it were asked. A window of units, such as last month, is that of
    the time at which the question is run.
    """
    now = utc_now()
    with transaction() as session:
        saved = service.save_question(
            session, name=body.name, question=body.require_question(), now=now
        )
        session.refresh(saved)
        return SavedQuestionView.from_saved(saved, now=now), 201


@api.get(
    "/<uuid:question_id>",
    access=Scope.ANALYTICS_READ,
    returns=SavedQuestionView,
    errors=(404,),
)
def show_saved_question(question_id: UUID) -> SavedQuestionView:
    """One saved question."""
    with reading_session() as session:
        saved = service.require_question(session, question_id=question_id)
        return SavedQuestionView.from_saved(saved, now=utc_now())


@api.patch(
    "/<uuid:question_id>",
    access=Scope.ANALYTICS_WRITE,
    body=QuestionChangeBody,
    returns=SavedQuestionView,
    errors=(404,),
)
def change_saved_question(
    question_id: UUID, body: QuestionChangeBody
) -> SavedQuestionView:
    """Rename a saved question, or save another one under its name."""
    now = utc_now()
    with transaction() as session:
        saved = service.change_question(
            session, question_id=question_id, change=body.to_change(), now=now
        )
        return SavedQuestionView.from_saved(saved, now=now)


@api.delete("/<uuid:question_id>", access=Scope.ANALYTICS_WRITE, errors=(404, 409))
def delete_saved_question(question_id: UUID) -> None:
    """Delete a saved question, unless a report shows it."""
    with transaction() as session:
        service.delete_question(session, question_id=question_id)


@api.post(
    "/<uuid:question_id>/run",
    access=Scope.ANALYTICS_READ,
    returns=QuestionAnswer,
    errors=(404, 503),
)
def run_saved_question(question_id: UUID) -> QuestionAnswer:
    """Answer a saved question, as `POST /admin/analytics/query` or `/analyses` does."""
    with reading_session() as session:
        body = service.require_question(session, question_id=question_id).body
    question = service.read_question(body)
    return QuestionAnswer(
        insights.answer_question(
            runtime().analytics, question, caller_id=current_caller_id()
        )
    )

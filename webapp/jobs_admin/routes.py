"""Endpoints for admins: list background jobs with their errors, retry failed ones."""

from uuid import UUID

from webapp.http.api import Api
from webapp.http.context import transaction
from webapp.http.schemas import ListView
from webapp.jobs_admin import service
from webapp.jobs_admin.schemas import (
    JobCountView,
    JobsQuery,
    JobView,
    RetriedView,
    RetryBody,
    SummaryView,
)
from webapp.kit.scopes import Scope

api = Api("Jobs", prefix="/admin/jobs")


@api.get("", access=Scope.JOBS_READ, query=JobsQuery, returns=ListView[JobView])
def list_jobs(query: JobsQuery) -> ListView[JobView]:
    """Jobs in one state, newest first. What is done is kept for a week."""
    with transaction() as session:
        page = service.list_jobs(
            session,
            state=query.state,
            job=query.job,
            limit=query.limit,
            last_key=query.last_key,
        )
        return ListView[JobView](
            items=[JobView.from_message(row) for row in page.items],
            last_key=page.last_key,
        )


@api.get("/summary", access=Scope.JOBS_READ, returns=SummaryView)
def summarize_jobs() -> SummaryView:
    """How many jobs wait, for how long, and how many failed."""
    with transaction() as session:
        return SummaryView.from_counts(
            [
                JobCountView.from_count(count)
                for count in service.summarize_jobs(session)
            ]
        )


@api.get("/<uuid:job_id>", access=Scope.JOBS_READ, returns=JobView, errors=(404,))
def show_job(job_id: UUID) -> JobView:
    """One job, with its last error in full."""
    with transaction() as session:
        return JobView.from_message(service.require_job(session, job_id=job_id))


@api.post(
    "/<uuid:job_id>/retry",
    access=Scope.JOBS_WRITE,
    returns={202: JobView.example(attempts=0)},
    errors=(404, 409),
)
def retry_job(job_id: UUID) -> tuple[JobView, int]:
    """Run a failed job again."""
    with transaction() as session:
        return JobView.from_message(service.retry_job(session, job_id=job_id)), 202


@api.post(
    "/retry-failed", access=Scope.JOBS_WRITE, body=RetryBody, returns={202: RetriedView}
)
def retry_failed_jobs(body: RetryBody) -> tuple[RetriedView, int]:
    """Run everything that failed again, or only the jobs of one name."""
    with transaction() as session:
        return RetriedView(
            retried=service.retry_failed_jobs(session, job=body.job)
        ), 202

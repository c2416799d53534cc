import structlog

from jobs.task import Task
from webapp.bootstrap import Runtime
from webapp.integrity import service
from webapp.integrity.stripe_books import read_stripe_books
from webapp.kit.clock import utc_now

log = structlog.get_logger()


def check(runtime: Runtime, task: Task) -> None:
    """Look at the books, ours and Stripe's, and keep what was found."""
    stripe = read_stripe_books(runtime.settings)
    with runtime.db.unit_of_work() as session:
        findings = service.check(session, stripe=stripe, now=utc_now())
        service.remember(session, findings)
        task.keep(session)
    for finding in findings:
        if not finding.holds:
            log.error(
                "the books are wrong",
                invariant=finding.invariant.name,
                found=finding.found,
                sample=list(finding.sample),
            )

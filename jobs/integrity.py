import structlog

from jobs.task import Task
from webapp.bootstrap import Runtime
from webapp.integrity import service
from webapp.integrity.stripe_books import (
    StripeBooks,
    StripeBooksAway,
    read_stripe_books,
)
from webapp.kit.clock import utc_now

log = structlog.get_logger()


def check(runtime: Runtime, task: Task) -> None:
    """Look at the books, ours and Stripe's, and keep what was found."""
    stripe = _stripe_books(runtime)
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


def _stripe_books(runtime: Runtime) -> StripeBooks | None:
    """`None` when they cannot be read: ours are looked at all the same."""
    try:
        return read_stripe_books(runtime.settings)
    except StripeBooksAway as problem:
        log.warning("stripe's books are not checked", reason=problem.message)
        return None

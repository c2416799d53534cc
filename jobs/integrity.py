import structlog

from jobs.context import JobContext
from webapp.bootstrap import Runtime
from webapp.integrity import service
from webapp.integrity.stripe_ledger import (
    StripeLedger,
    StripeLedgerUnavailable,
    read_stripe_ledger,
)
from webapp.kit.clock import utc_now

log = structlog.get_logger()


def check(runtime: Runtime, task: JobContext) -> None:
    """Look at the books, ours and Stripe's, and keep what was found."""
    stripe = _stripe_books(runtime)
    with runtime.db.unit_of_work() as session:
        findings = service.check_invariants(
            session, stripe_ledger=stripe, now=utc_now()
        )
        service.store_results(session, findings)
        task.mark_done(session)
    for finding in findings:
        if not finding.holds:
            log.error(
                "the books are wrong",
                invariant=finding.invariant.name,
                found=finding.violations,
                sample=list(finding.sample),
            )


def _stripe_books(runtime: Runtime) -> StripeLedger | None:
    """`None` when they cannot be read: ours are looked at all the same."""
    try:
        return read_stripe_ledger(runtime.settings)
    except StripeLedgerUnavailable as problem:
        log.warning("stripe's books are not checked", reason=problem.message)
        return None

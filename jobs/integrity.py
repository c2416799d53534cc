from collections.abc import Sequence

import structlog

from jobs.context import JobContext
from webapp.adapters.payments.port import LedgerEntry, LedgerUnavailable
from webapp.bootstrap import Runtime
from webapp.integrity import service
from webapp.kit.clock import utc_now

log = structlog.get_logger()


def check(runtime: Runtime, context: JobContext) -> None:
    """Check the invariants of our data and of Stripe's, and store the results."""
    stripe_ledger = _read_stripe_ledger(runtime)
    with runtime.db.unit_of_work() as session:
        results = service.check_invariants(
            session, stripe_ledger=stripe_ledger, now=utc_now()
        )
        service.store_results(session, results)
        context.mark_done(session)
    for result in results:
        if not result.holds:
            log.error(
                "integrity check failed",
                invariant=result.invariant.name,
                violations=result.violations,
                sample=list(result.sample),
            )


def _read_stripe_ledger(runtime: Runtime) -> Sequence[LedgerEntry] | None:
    """Read Stripe's ledger; `None` when it is unavailable, as our data is checked all the same."""
    try:
        return service.read_stripe_ledger(runtime.payments)
    except LedgerUnavailable as error:
        log.warning("stripe's ledger is not checked", reason=error.message)
        return None

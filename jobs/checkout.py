"""The checkout as jobs use it."""

from jobs.context import JobContext
from webapp.bootstrap import Runtime
from webapp.checkout.policy import AlertThresholds
from webapp.checkout.workflow import Checkout, PaymentOutcome


def build_checkout(runtime: Runtime) -> Checkout:
    return Checkout(
        runtime.db,
        runtime.payments,
        alerts=AlertThresholds.from_settings(runtime.settings),
    )


def record_outcome(
    runtime: Runtime, context: JobContext, outcome: PaymentOutcome
) -> None:
    """Record the outcome and mark the job as done, in one transaction."""
    with runtime.db.unit_of_work() as session:
        build_checkout(runtime).record(session, outcome)
        context.mark_done(session)

from webapp.bootstrap import Runtime
from webapp.checkout.policy import AlertThresholds
from webapp.checkout.workflow import Checkout


def build_checkout(runtime: Runtime) -> Checkout:
    return Checkout(
        runtime.db,
        runtime.payments,
        alerts=AlertThresholds.from_settings(runtime.settings),
    )

from webapp.bootstrap import Runtime
from webapp.checkout.alerts import Alerts
from webapp.checkout.workflow import Checkout


def checkout_of(runtime: Runtime) -> Checkout:
    return Checkout(runtime.db, runtime.payments, alerts=Alerts.of(runtime.settings))

"""The Stripe simulator in a thread, called over HTTP by the real SDK."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from werkzeug.serving import make_server

from tests.support.ports import free_port
from tests.support.serving import serving
from webapp.adapters.payments.stripe import StripeGateway
from webapp.devtools.stripe_simulator.app import create_app
from webapp.devtools.stripe_simulator.simulator import Simulator, SimulatorOptions

API_KEY = "sk_test_of_the_tests"
WEBHOOK_SECRET = "whsec_of_the_tests"


@contextmanager
def simulated_stripe(
    folder: Path, *, webhook_url: str | None = None
) -> Iterator[tuple[Simulator, StripeGateway]]:
    """Run an empty simulator; yields it with a payment gateway that calls it."""
    options = SimulatorOptions(
        path=folder / "stripe.sqlite3",
        port=free_port(),
        api_key=API_KEY,
        webhook_url=webhook_url,
        webhook_secret=WEBHOOK_SECRET,
    )
    simulator = Simulator(options)
    server = make_server(
        "127.0.0.1", options.port, create_app(simulator), threaded=True
    )
    gateway = StripeGateway(
        api_key=API_KEY,
        webhook_secret=WEBHOOK_SECRET,
        api_base=options.address,
        site="http://shop.test",
    )
    with closing(simulator), serving(server):
        yield simulator, gateway

"""A running simulator: wires database, fault registry, request handler and webhook sender."""

from dataclasses import dataclass
from pathlib import Path

from webapp.config import NOT_RUNNING, Settings, WrongSetting
from webapp.devtools.stripe_simulator import intents, refunds
from webapp.devtools.stripe_simulator.database import SimulatorDatabase
from webapp.devtools.stripe_simulator.errors import Doc
from webapp.devtools.stripe_simulator.faults import FaultRegistry
from webapp.devtools.stripe_simulator.repository import PageRequest, SimulatorRepository
from webapp.devtools.stripe_simulator.request_handler import RequestHandler
from webapp.devtools.stripe_simulator.webhooks import Endpoint, WebhookSender

WEBHOOK_PATH = "/api/v1/payment/webhook"
RECENT_INTENTS = PageRequest(limit=50)


@dataclass(frozen=True)
class SimulatorOptions:
    """Database path, port and API key of a simulator, and the webhook URL that it calls."""

    path: Path
    port: int
    api_key: str
    webhook_url: str | None = None
    webhook_secret: str | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> "SimulatorOptions":
        """Build options whose webhooks go to the web process of the same settings.

        Raises `WrongSetting` when there is no `STRIPE_API_KEY`.
        """
        if settings.stripe_api_key is None:
            raise WrongSetting(NOT_RUNNING.format("STRIPE_API_KEY"))
        secret = settings.stripe_webhook_secret
        return cls(
            path=settings.var_dir / "stripe" / "simulator.sqlite3",
            port=settings.stripe_simulator_port,
            api_key=settings.stripe_api_key.get_secret_value(),
            webhook_url=f"{settings.web_address}{WEBHOOK_PATH}",
            webhook_secret=secret.get_secret_value() if secret else None,
        )

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Simulator:
    def __init__(self, options: SimulatorOptions) -> None:
        self.database = SimulatorDatabase(options.path)
        self.api_key = options.api_key
        self.faults = FaultRegistry()
        self.endpoint = _build_endpoint(options)
        self.webhook_sender = (
            WebhookSender(self.database, self.endpoint)
            if self.endpoint is not None
            else None
        )
        self.request_handler = RequestHandler(
            database=self.database,
            faults=self.faults,
            endpoint=self.endpoint,
            api_key=options.api_key,
            address=options.address,
        )
        if self.webhook_sender is not None:
            self.webhook_sender.start()

    def close(self) -> None:
        if self.webhook_sender is not None:
            self.webhook_sender.stop()
        self.database.close()

    def wake_webhook_sender(self) -> None:
        """Have the webhook sender look for due deliveries now: events may have been emitted."""
        if self.webhook_sender is not None:
            self.webhook_sender.wake()

    def authenticate(self, intent_id: str, *, succeeds: bool) -> Doc:
        def transaction(repository: SimulatorRepository) -> Doc:
            context = self.request_handler.build_context(
                repository, request_id=None, key=None
            )
            return intents.authenticate(context, intent_id, succeeds=succeeds)

        intent = self.database.run_in_transaction(transaction)
        self.wake_webhook_sender()
        return intent

    def fail_refund(self, refund_id: str) -> Doc:
        def transaction(repository: SimulatorRepository) -> Doc:
            context = self.request_handler.build_context(
                repository, request_id=None, key=None
            )
            return refunds.fail_refund(context, refund_id)

        refund = self.database.run_in_transaction(transaction)
        self.wake_webhook_sender()
        return refund

    def find_intent(self, intent_id: str) -> tuple[Doc, str | None] | None:
        """Return an intent and the `return_url` of its customer; `None` for an unknown id."""

        def transaction(
            repository: SimulatorRepository,
        ) -> tuple[Doc, str | None] | None:
            intent = repository.find_object("payment_intent", intent_id)
            if intent is None:
                return None
            hidden = repository.read_hidden("payment_intent", intent_id)
            return intent, hidden.get("return_url")

        return self.database.run_read_only(transaction)

    def list_recent_intents(self) -> list[Doc]:
        return self.database.run_read_only(
            lambda repository: repository.list_objects(
                "payment_intent", RECENT_INTENTS
            )[0]
        )

    def read_state(self, order_id: str | None) -> Doc:
        """Count objects, charges by order and webhook deliveries by state; list the faults."""
        return self.database.run_read_only(
            lambda repository: {
                "objects": repository.count_objects(),
                "orders": repository.sum_charges_by_order(order_id),
                "deliveries": repository.count_deliveries_by_state(),
                "faults": self.faults.list_faults(),
            }
        )


def _build_endpoint(options: SimulatorOptions) -> Endpoint | None:
    if options.webhook_url is None or options.webhook_secret is None:
        return None
    return Endpoint(options.webhook_url, options.webhook_secret)

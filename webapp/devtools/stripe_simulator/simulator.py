"""The parts of a running simulator, put together."""

from dataclasses import dataclass
from pathlib import Path

from webapp.config import NOT_RUNNING, Settings, WrongSetting
from webapp.devtools.stripe_simulator import intents, refunds
from webapp.devtools.stripe_simulator.books import Books, Range
from webapp.devtools.stripe_simulator.desk import Desk
from webapp.devtools.stripe_simulator.faults import Faults
from webapp.devtools.stripe_simulator.ledger import Ledger
from webapp.devtools.stripe_simulator.problems import Doc
from webapp.devtools.stripe_simulator.webhooks import Courier, Endpoint

WEBHOOK_PATH = "/api/v1/payment/webhook"
RECENT = Range(limit=50)


@dataclass(frozen=True)
class Options:
    """Where a simulator keeps its memory, who may call it and whom it calls back."""

    path: Path
    port: int
    api_key: str
    webhook_url: str | None = None
    webhook_secret: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Options":
        """Webhooks go to the web process of the same settings."""
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
    def __init__(self, options: Options) -> None:
        self.ledger = Ledger(options.path)
        self.faults = Faults()
        self.endpoint = _endpoint(options)
        self.courier = (
            Courier(self.ledger, self.endpoint) if self.endpoint is not None else None
        )
        self.desk = Desk(
            ledger=self.ledger,
            faults=self.faults,
            endpoint=self.endpoint,
            api_key=options.api_key,
            address=options.address,
        )
        if self.courier is not None:
            self.courier.start()

    def close(self) -> None:
        if self.courier is not None:
            self.courier.stop()
        self.ledger.close()

    def news(self) -> None:
        """Something may have happened that the shop wants to hear of."""
        if self.courier is not None:
            self.courier.wake()

    def authenticate(self, intent_id: str, *, succeeds: bool) -> Doc:
        def work(books: Books) -> Doc:
            call = self.desk.call(books, request_id=None, key=None)
            return intents.authenticate(call, intent_id, succeeds=succeeds)

        intent = self.ledger.perform(work)
        self.news()
        return intent

    def fail_refund(self, refund_id: str) -> Doc:
        def work(books: Books) -> Doc:
            call = self.desk.call(books, request_id=None, key=None)
            return refunds.fail(call, refund_id)

        refund = self.ledger.perform(work)
        self.news()
        return refund

    def find_intent(self, intent_id: str) -> tuple[Doc, str | None] | None:
        """An intent, and the page its customer comes from."""

        def work(books: Books) -> tuple[Doc, str | None] | None:
            intent = books.find("payment_intent", intent_id)
            if intent is None:
                return None
            hidden = books.hidden("payment_intent", intent_id)
            return intent, hidden.get("return_url")

        return self.ledger.look(work)

    def recent(self) -> list[Doc]:
        return self.ledger.look(lambda books: books.page("payment_intent", RECENT)[0])

    def state(self, order_id: str | None) -> Doc:
        """What a test needs to know: objects, money by order, webhooks on their way."""
        return self.ledger.look(
            lambda books: {
                "objects": books.counts(),
                "orders": books.money_by_order(order_id),
                "deliveries": books.deliveries_by_state(),
                "faults": self.faults.listed(),
            }
        )


def _endpoint(options: Options) -> Endpoint | None:
    if options.webhook_url is None or options.webhook_secret is None:
        return None
    return Endpoint(options.webhook_url, options.webhook_secret)

"""A shop for tests of the checkout: creates products and customers, reads stock and payments."""

import time
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from tests.support.factories import RowFactory
from webapp.adapters.payments.port import PaymentGateway, PaymentIntent
from webapp.cart import service as carts
from webapp.cart.taxes import TaxTable
from webapp.catalog.models import Variant
from webapp.checkout.placement import CheckoutRequest
from webapp.checkout.policy import AlertThresholds, CheckoutPolicy, ExchangeRates
from webapp.checkout.workflow import Checkout, IntentReported, PaymentOutcome
from webapp.db.outbox import OutboxMessage
from webapp.db.session import Database
from webapp.devtools.stripe_simulator.faults import Fault
from webapp.devtools.stripe_simulator.repository import IDEMPOTENCY_KEY_TTL_S
from webapp.devtools.stripe_simulator.simulator import Simulator
from webapp.orders import service as orders
from webapp.orders.models import Order, StockHold
from webapp.payments import service as payments
from webapp.payments.models import Refund

VISA = "pm_card_visa"
DECLINED = "pm_card_chargeDeclined"
THREE_D_SECURE = "pm_card_threeDSecure2Required"
ADDRESS = {
    "street": "1 Main St",
    "city": "Springfield",
    "state": "IL",
    "zipCode": "62701",
    "country": "US",
}

POLICY = CheckoutPolicy(
    taxes=TaxTable(Decimal(8), {}),
    exchange_rates=ExchangeRates("USD", {"EUR": Decimal("0.92")}),
    hold_duration=timedelta(minutes=15),
    review_threshold=60,
)
ALERT_THRESHOLDS = AlertThresholds(low_stock=5, high_value_minor=1_000_00)


@dataclass
class CheckoutHarness:
    db: Database
    simulator: Simulator
    gateway: PaymentGateway

    @property
    def checkout(self) -> Checkout:
        return Checkout(self.db, self.gateway, alerts=ALERT_THRESHOLDS)

    def customer(self) -> UUID:
        with self.db.unit_of_work() as session:
            return RowFactory(session).customer().id

    def variant(
        self, *, stock: int = 10, price_minor: int = 2500, **product: object
    ) -> UUID:
        """Further arguments as in `RowFactory.product`."""
        with self.db.unit_of_work() as session:
            return RowFactory(session).variant_id(
                stock=stock, price_minor=price_minor, **product
            )

    def fill_cart(self, owner_id: UUID, variant_id: UUID, quantity: int = 1) -> None:
        with self.db.unit_of_work() as session:
            variant = session.get_one(Variant, variant_id)
            carts.set_quantity(
                session,
                owner_id=owner_id,
                product_id=variant.product_id,
                quantity=quantity,
            )

    def cart_quantities(self, owner_id: UUID) -> list[int]:
        """The quantity of each cart line."""
        with self.db.unit_of_work() as session:
            contents = carts.read_contents(session, owner_id=owner_id)
            return [line.quantity for line in contents.lines]

    def place(
        self,
        owner_id: UUID,
        *,
        card: str | None = VISA,
        idempotency_key: str | None = None,
        currency: str | None = None,
        expected_total_minor: int | None = None,
        address: dict[str, str] = ADDRESS,
        policy: CheckoutPolicy = POLICY,
    ) -> Order:
        request = CheckoutRequest(
            owner_id,
            card,
            address,
            currency=currency,
            expected_total_minor=expected_total_minor,
            idempotency_key=idempotency_key,
        )
        return self.record(self.checkout.place(request, policy=policy))

    def record(self, outcome: PaymentOutcome) -> Order:
        with self.db.unit_of_work() as session:
            return self.checkout.record(session, outcome)

    def charge(self, order_id: UUID) -> Order:
        return self.record(self.checkout.charge(order_id))

    def expire(self, order_id: UUID) -> Order:
        return self.record(self.checkout.expire(order_id))

    def abort(self, order_id: UUID) -> Order:
        return self.record(self.checkout.abort(order_id))

    def apply_intent(self, order_id: UUID, intent: PaymentIntent) -> Order:
        return self.record(IntentReported(order_id, intent))

    def authenticate(self, order: Order, *, succeeds: bool = True) -> Order:
        """Complete 3-D Secure as the customer, then apply the intent to the order."""
        intent = self.gateway.find_intent_by_order(str(order.id), since=order.placed_at)
        assert intent is not None
        self.simulator.authenticate(intent.id, succeeds=succeeds)
        return self.apply_intent(order.id, self.gateway.retrieve_intent(intent.id))

    def order(self, order_id: UUID) -> Order:
        with self.db.unit_of_work() as session:
            return orders.require_order_unscoped(session, order_id=order_id)

    def count_orders(self) -> int:
        with self.db.unit_of_work() as session:
            return session.scalar(select(func.count()).select_from(Order)) or 0

    def stock_levels(self, variant_id: UUID) -> tuple[int, int]:
        """Units on hand, units held."""
        with self.db.unit_of_work() as session:
            variant = session.get_one(Variant, variant_id)
            return variant.on_hand, variant.held

    def count_holds(self) -> int:
        with self.db.unit_of_work() as session:
            return session.scalar(select(func.count()).select_from(StockHold)) or 0

    def due_jobs(self) -> list[str]:
        """Names of the open jobs that are due, sorted; without the indexing of products."""
        with self.db.unit_of_work() as session:
            return sorted(
                session.scalars(
                    select(OutboxMessage.job).where(
                        OutboxMessage.done_at.is_(None),
                        OutboxMessage.due_at <= func.now(),
                        OutboxMessage.job != "search.index_products",
                    )
                )
            )

    def notified_events(self) -> list[str]:
        """Events enqueued for notification, oldest first; `(webhook)` marks those that are sent
        to webhooks only."""
        with self.db.unit_of_work() as session:
            enqueued = session.scalars(
                select(OutboxMessage.arguments)
                .where(OutboxMessage.job == "notifications.tell")
                .order_by(OutboxMessage.id)
            )
            return [
                f"{row['event']} ({row['only']})" if row.get("only") else row["event"]
                for row in enqueued
            ]

    def refunds(self, order_id: UUID) -> list[int]:
        """Amounts of the recorded refunds, oldest first; their sum must match the payment."""
        with self.db.unit_of_work() as session:
            payment = payments.find_payment(session, order_id=order_id)
            rows = session.scalars(select(Refund).order_by(Refund.id)).all()
            amounts = [
                r.amount_minor for r in rows if payment and r.payment_id == payment.id
            ]
            assert sum(amounts) == (payment.refunded_minor if payment else 0)
            return amounts

    def refund_reasons(self) -> list[str]:
        """Why each recorded refund was made, oldest first."""
        with self.db.unit_of_work() as session:
            return list(session.scalars(select(Refund.reason).order_by(Refund.id)))

    def arm_fault(self, kind: str, **options: Any) -> None:
        self.simulator.faults.arm(Fault.model_validate({"kind": kind, **options}))

    def sum_payments(self, order_id: UUID) -> tuple[int, int, int]:
        """At Stripe: number of successful charges, minor units captured and refunded."""
        rows = self.simulator.read_state(str(order_id))["orders"]
        if not rows:
            return 0, 0, 0
        [row] = rows
        return row["charges"], row["captured_minor"], row["refunded_minor"]

    def expire_idempotency_keys(self) -> None:
        """Delete the idempotency keys at Stripe, as if a day had passed."""
        later = time.time() + IDEMPOTENCY_KEY_TTL_S
        self.simulator.database.run_in_transaction(
            lambda repository: repository.delete_expired(now=later)
        )

"""Mutants: copies of the shop in which one guard is removed by changing a few lines.

The product has no switch for this. A text that is no longer found stops the self-test, so
that it cannot pass on code that has changed.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from webapp.config import PROJECT_ROOT
from webapp.devtools.prove.faults import LOST_REPLY
from webapp.devtools.prove.platform import CannotProve
from webapp.devtools.prove.scenarios import (
    THREE_D_SECURE,
    VISA,
    ChallengeOutcome,
    FollowUp,
    Impatience,
    WorkloadMix,
)

PACKAGES = ("webapp", "jobs", "agents", "analytics")


@dataclass(frozen=True)
class Mutation:
    file: str
    before: str
    after: str


@dataclass(frozen=True)
class Mutant:
    """A shop without one guard, with a workload and faults that exercise the guard."""

    guard: str
    mutations: tuple[Mutation, ...]
    detected_by: frozenset[str]
    """Rules of which at least one must be violated."""
    cards: Mapping[str, int] = field(default_factory=lambda: {VISA: 1})
    concurrency: Mapping[int, int] = field(default_factory=lambda: {1: 1})
    impatience: Mapping[Impatience, int] = field(
        default_factory=lambda: {Impatience.PATIENT: 1}
    )
    faults: tuple[dict[str, Any], ...] = ()
    orders: int = 60
    hold_seconds: int = 20

    @property
    def mix(self) -> WorkloadMix:
        return WorkloadMix(
            dict(self.cards),
            dict(self.concurrency),
            {ChallengeOutcome.AUTHENTICATES: 1, ChallengeOutcome.ABANDONS: 1},
            {FollowUp.NOTHING: 3, FollowUp.REPEATS: 1, FollowUp.CANCELS: 1},
            dict(self.impatience),
        )


UNMUTATED = Mutant(
    "none",
    (),
    frozenset(),
    cards={VISA: 3, THREE_D_SECURE: 1},
    concurrency={1: 1, 3: 1},
    impatience=dict.fromkeys(Impatience, 1),
    faults=({"kind": "duplicate_webhook"}, LOST_REPLY),
)
MUTANTS = (
    Mutant(
        "idempotency: clients' keys are ignored",
        (
            Mutation(
                "webapp/http/idempotency.py",
                "    key = request.headers.get(IDEMPOTENCY_KEY_HEADER)\n",
                "    key = None\n",
            ),
        ),
        frozenset({"one-key-one-order", "no-order-unasked"}),
        concurrency={4: 1},
    ),
    Mutant(
        "cart lock: two orders of one cart are placed at once",
        (
            Mutation(
                "webapp/checkout/placement.py",
                "    carts.lock_cart(session, owner_id=request.owner_id)\n",
                "",
            ),
        ),
        frozenset({"one-cart-one-charge"}),
        impatience={Impatience.PRESSES_AGAIN: 1, Impatience.TWO_TABS: 1},
    ),
    Mutant(
        "one order a cart: an order that awaits payment stays open beside the next one",
        (
            Mutation(
                "webapp/checkout/placement.py",
                "    _require_no_open_order(history)\n",
                "",
            ),
        ),
        frozenset({"one-cart-one-charge"}),
        impatience={Impatience.LEAVES_OPEN: 1},
    ),
    Mutant(
        "row lock: the stock is read, then written",
        (
            Mutation(
                "webapp/catalog/repository.py",
                "    if len(units) > 1:\n",
                "    if False:\n",
            ),
            Mutation(
                "webapp/catalog/repository.py",
                "        WHERE id = variant_id\n",
                "        JOIN (SELECT id AS same_id, on_hand AS seen, held AS kept FROM variants)\n"
                "            AS looked_at ON same_id = variant_id\n"
                "        WHERE id = variant_id\n",
            ),
            Mutation(
                "webapp/catalog/repository.py",
                "SET on_hand = on_hand + :on_hand * quantity,",
                "SET on_hand = seen + :on_hand * quantity,",
            ),
            Mutation(
                "webapp/catalog/repository.py",
                "                            held = held + :held * quantity\n",
                "                            held = kept + :held * quantity\n",
            ),
            Mutation(
                "webapp/catalog/repository.py",
                "AND on_hand + :on_hand * quantity >= held + :held * quantity\n",
                "AND seen + :on_hand * quantity >= kept + :held * quantity\n",
            ),
        ),
        frozenset({"holds-are-counted", "shelves-reconcile", "nothing-oversold"}),
        orders=200,
    ),
    Mutant(
        "hold: nothing is held for an order",
        (
            Mutation(
                "webapp/checkout/placement.py",
                "    session.add_all(_build_holds(order))\n",
                "",
            ),
            Mutation(
                "webapp/checkout/placement.py",
                "    _hold_units(session, order, quote)\n",
                "",
            ),
        ),
        frozenset({"taken-once", "nothing-oversold"}),
    ),
    # Processing an event twice does no harm by itself, because settling is idempotent: the
    # second guard, that a paid order is not settled again, is removed with it.
    Mutant(
        "webhooks: each delivery is processed again, and a paid order is settled again",
        (
            Mutation(
                "webapp/payments/repository.py",
                "status = CAST(:intent_status AS text)",
                "status = CAST(:intent_status AS text) AND false",
            ),
            Mutation(
                "webapp/payments/repository.py",
                "        ON CONFLICT DO NOTHING RETURNING event_id\n",
                "        ON CONFLICT (event_id) DO UPDATE SET type = excluded.type "
                "RETURNING event_id\n",
            ),
            Mutation(
                "webapp/checkout/steps.py",
                "    if not orders.is_awaiting_payment(order):\n"
                "        if order.payment_status in NOTHING_CAPTURED:\n",
                "    if False:\n        if order.payment_status in NOTHING_CAPTURED:\n",
            ),
            Mutation(
                "webapp/checkout/steps.py",
                "    orders.sell_holds(session, order_id=order.id, "
                "low_stock=alerts.low_stock)\n",
                "    orders.restock(session, order=order, sign=-1)\n"
                "    orders.release_holds(session, order_id=order.id)\n",
            ),
            Mutation(
                "webapp/checkout/steps.py",
                "    orders.change_status(order, to=OrderStatus.PAID, actor=Actor.SYSTEM)\n",
                "    order.status = OrderStatus.PAID\n",
            ),
            Mutation(
                "webapp/orders/service.py",
                "def restock(session: Session, *, order: Order) -> None:",
                "def restock(session: Session, *, order: Order, sign: int = 1) -> None:",
            ),
            Mutation(
                "webapp/orders/service.py",
                "stock.restock(session, count_units(order), order_id=order.id)",
                "units = {v: sign * n for v, n in count_units(order).items()}\n"
                "    stock.restock(session, units, order_id=order.id)",
            ),
        ),
        frozenset({"taken-once", "nothing-oversold"}),
        faults=({"kind": "duplicate_webhook"},),
    ),
    Mutant(
        "outbox: enqueued messages are not stored",
        (Mutation("webapp/db/outbox.py", "    session.add(message)\n", ""),),
        frozenset({"confirmed-once", "paid-orders-move-on", "orders-come-to-an-end"}),
        cards={VISA: 3, THREE_D_SECURE: 1},
    ),
    Mutant(
        "Stripe's key: a new one for each attempt to charge an order",
        (
            Mutation(
                "webapp/checkout/workflow.py",
                '            payment_method_id=order.payment_method_id or "",\n'
                "            idempotency_key=str(order.id),\n",
                '            payment_method_id=order.payment_method_id or "",\n'
                '            idempotency_key=f"{order.id}-{utc_now()}",\n',
            ),
        ),
        frozenset({"stripe-charged-once", "stripe-agrees"}),
        # An order is charged again only if neither reply nor webhook has told of the first charge.
        faults=(LOST_REPLY, {"kind": "lose_webhook", "probability": 0.8}),
        # Reconciliation charges again after 30 s, when the order must still await payment.
        hold_seconds=60,
    ),
)


def build_mutant_copy(folder: Path, mutations: tuple[Mutation, ...]) -> Path:
    """Copy the code into `folder` and apply `mutations`.

    Raises `CannotProve` for a text that is not found exactly once.
    """
    for package in PACKAGES:
        shutil.copytree(
            PROJECT_ROOT / package,
            folder / package,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    for mutation in mutations:
        path = folder / mutation.file
        text = path.read_text()
        if text.count(mutation.before) != 1:
            raise CannotProve(
                f"{mutation.file} has changed: the self-test does not find\n"
                f"{mutation.before}there exactly once. Fix webapp/devtools/prove/mutants.py"
            )
        path.write_text(text.replace(mutation.before, mutation.after))
    return folder

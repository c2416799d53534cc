"""Shops without a guard: copies of this one in which a few lines are changed.

There is no switch for this in the product. A text that is not found any more stops the
self-test, so that it cannot go on proving something about code that is gone.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from webapp.config import PROJECT
from webapp.devtools.prove.errands import (
    THREE_D_SECURE,
    VISA,
    Afterwards,
    Challenge,
    Mix,
)
from webapp.devtools.prove.faults import DEAF
from webapp.devtools.prove.platform import CannotProve

PACKAGES = ("webapp", "jobs", "agents", "analytics")


@dataclass(frozen=True)
class Change:
    file: str
    before: str
    after: str


@dataclass(frozen=True)
class Sabotage:
    """One guard less, with buyers and faults that are aimed at it."""

    guard: str
    changes: tuple[Change, ...]
    found_by: frozenset[str]
    """Rules of which one at least must be seen broken."""
    cards: Mapping[str, int] = field(default_factory=lambda: {VISA: 1})
    at_once: Mapping[int, int] = field(default_factory=lambda: {1: 1})
    faults: tuple[dict[str, Any], ...] = ()
    orders: int = 60
    hold_seconds: int = 20

    @property
    def mix(self) -> Mix:
        return Mix(
            dict(self.cards),
            dict(self.at_once),
            {Challenge.AUTHENTICATES: 1, Challenge.ABANDONS: 1},
            {Afterwards.NOTHING: 3, Afterwards.REPEATS: 1, Afterwards.CANCELS: 1},
        )


WHOLE = Sabotage(
    "none",
    (),
    frozenset(),
    cards={VISA: 3, THREE_D_SECURE: 1},
    at_once={1: 1, 3: 1},
    faults=({"kind": "duplicate_webhook"}, *DEAF[:1]),
)
SABOTAGES = (
    Sabotage(
        "idempotency: clients' keys are not looked at",
        (
            Change(
                "webapp/http/idempotency.py",
                "    key = request.headers.get(HEADER)\n",
                "    key = None\n",
            ),
        ),
        frozenset({"one-key-one-order", "no-order-unasked"}),
        at_once={4: 1},
    ),
    Sabotage(
        "row lock: the stock is looked at, then written",
        (
            Change(
                "webapp/catalog/repository.py",
                "    if len(units) > 1:\n",
                "    if False:\n",
            ),
            Change(
                "webapp/catalog/repository.py",
                "        WHERE id = variant_id\n",
                "        JOIN (SELECT id AS same_id, on_hand AS seen, held AS kept FROM variants)\n"
                "            AS looked_at ON same_id = variant_id\n"
                "        WHERE id = variant_id\n",
            ),
            Change(
                "webapp/catalog/repository.py",
                "SET on_hand = on_hand + :on_hand * quantity,",
                "SET on_hand = seen + :on_hand * quantity,",
            ),
            Change(
                "webapp/catalog/repository.py",
                "                            held = held + :held * quantity\n",
                "                            held = kept + :held * quantity\n",
            ),
            Change(
                "webapp/catalog/repository.py",
                "AND on_hand + :on_hand * quantity >= held + :held * quantity\n",
                "AND seen + :on_hand * quantity >= kept + :held * quantity\n",
            ),
        ),
        frozenset({"holds-are-counted", "shelves-reconcile", "nothing-oversold"}),
        orders=200,
    ),
    Sabotage(
        "hold: nothing is held for an order",
        (
            Change(
                "webapp/checkout/placing.py",
                "    session.add_all(_holds(order))\n",
                "",
            ),
            Change(
                "webapp/checkout/placing.py",
                "    _hold(session, order, lines)\n",
                "",
            ),
        ),
        frozenset({"taken-once", "nothing-oversold"}),
    ),
    # An event that is not remembered does no harm by itself, for settling converges: the
    # second guard, that what is paid is not paid again, goes with it.
    Sabotage(
        "webhooks: each delivery counts anew, and what is paid is paid again",
        (
            Change(
                "webapp/checkout/webhooks.py",
                "payments.knows_event(session, event_id=event.id)",
                "False",
            ),
            Change(
                "webapp/checkout/steps.py",
                "    if not orders.awaits_payment(order):\n"
                "        if order.payment_status in NOTHING_TAKEN:\n",
                "    if False:\n        if order.payment_status in NOTHING_TAKEN:\n",
            ),
            Change(
                "webapp/checkout/steps.py",
                "    orders.sell_holds(session, order_id=order.id, "
                "low_stock=alerts.low_stock)\n",
                "    orders.restock(session, order=order, sign=-1)\n"
                "    orders.release_holds(session, order_id=order.id)\n",
            ),
            Change(
                "webapp/checkout/steps.py",
                "    orders.move(order, to=OrderStatus.PAID, actor=Actor.SYSTEM)\n",
                "    order.status = OrderStatus.PAID\n",
            ),
            Change(
                "webapp/orders/service.py",
                "def restock(session: Session, *, order: Order) -> None:",
                "def restock(session: Session, *, order: Order, sign: int = 1) -> None:",
            ),
            Change(
                "webapp/orders/service.py",
                "stock.take_back(session, units_of(order), order_id=order.id)",
                "units = {v: sign * n for v, n in units_of(order).items()}\n"
                "    stock.take_back(session, units, order_id=order.id)",
            ),
        ),
        frozenset({"taken-once", "nothing-oversold"}),
        faults=({"kind": "duplicate_webhook"},),
    ),
    Sabotage(
        "outbox: what is promised is not written down",
        (Change("webapp/db/outbox.py", "    session.add(message)\n", ""),),
        frozenset({"confirmed-once", "paid-orders-move-on", "orders-come-to-an-end"}),
        cards={VISA: 3, THREE_D_SECURE: 1},
    ),
    Sabotage(
        "Stripe's key: a new one for each attempt to charge an order",
        (
            Change(
                "webapp/checkout/workflow.py",
                '            payment_method_id=order.payment_method_id or "",\n'
                "            idempotency_key=str(order.id),\n",
                '            payment_method_id=order.payment_method_id or "",\n'
                '            idempotency_key=f"{order.id}-{utc_now()}",\n',
            ),
        ),
        frozenset({"stripe-charged-once", "stripe-agrees"}),
        faults=DEAF,
        # The safety net charges anew after 30 s, when the order must still be waiting.
        hold_seconds=60,
    ),
)


def sabotaged_copy(folder: Path, changes: tuple[Change, ...]) -> Path:
    """The code with `changes`, in `folder`. Raises `CannotProve` for a text that is gone."""
    for package in PACKAGES:
        shutil.copytree(
            PROJECT / package,
            folder / package,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    for change in changes:
        path = folder / change.file
        text = path.read_text()
        if text.count(change.before) != 1:
            raise CannotProve(
                f"{change.file} has changed: the self-test does not find\n"
                f"{change.before}there exactly once. Mend webapp/devtools/prove/sabotage.py"
            )
        path.write_text(text.replace(change.before, change.after))
    return folder

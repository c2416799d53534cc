"""What clients were told, beside which the books are held. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from webapp.devtools.prove.scenarios import Scenario
from webapp.devtools.prove.shop_client import ShopResponse
from webapp.orders.status import PaymentStatus

KEPT: frozenset[str] = frozenset({PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED})
CHARGED: frozenset[str] = KEPT | {PaymentStatus.REFUNDED}


@dataclass
class Observation:
    """One errand and every answer that was given to it."""

    scenario: Scenario
    buyer_id: str
    responses: list[ShopResponse | None] = field(default_factory=list)
    """`None` is a client that got none."""

    @property
    def order_ids(self) -> set[str]:
        return {
            answer.order_id for answer in self.responses if answer and answer.order_id
        }


@dataclass(frozen=True)
class StoredOrder:
    """An order as the books have it."""

    id: str
    buyer_id: str
    key: str | None
    status: str
    payment_status: str


@dataclass(frozen=True)
class Verdict:
    name: str
    statement: str
    offenders: Sequence[str]

    @property
    def holds(self) -> bool:
        return not self.offenders


def check_observations(
    told: Iterable[Observation], booked: Iterable[StoredOrder]
) -> list[Verdict]:
    told, orders = list(told), {order.id: order for order in booked}
    by_key = {order.key: order for order in orders.values() if order.key}
    rules = (
        ("every-client-answered", "Every client got a definite answer", _unanswered),
        ("paid-means-paid", "An order that was called paid is paid", _not_paid),
        (
            "one-key-one-order",
            "All answers under one Idempotency-Key are about one order",
            _several_orders,
        ),
        (
            "the-same-answer-again",
            "All answers under one Idempotency-Key that name an order are the same",
            _other_answer,
        ),
    )
    verdicts = [
        Verdict(name, says, [one.scenario.key for one in told if wrong(one, orders)])
        for name, says, wrong in rules
    ]
    return [
        *verdicts,
        Verdict(
            "refused-means-not-charged",
            "A client that was only ever refused has no charge that was kept",
            list(_charged_though_refused(told, orders, by_key)),
        ),
        Verdict(
            "order-ids-are-unique",
            "No order was promised to two requests",
            _promised_twice(told),
        ),
        Verdict(
            "no-order-unasked",
            "Every order in the books was asked for by a request, and none twice",
            _unasked(told, orders.values()),
        ),
    ]


def _unanswered(one: Observation, _orders: Mapping[str, StoredOrder]) -> bool:
    return None in one.responses


def _not_paid(one: Observation, orders: Mapping[str, StoredOrder]) -> bool:
    paid = (
        orders.get(a.order_id or "") for a in one.responses if a and a.status == 201
    )
    return any(
        order is None
        or order.payment_status not in CHARGED
        or order.buyer_id != one.buyer_id
        for order in paid
    )


def _several_orders(one: Observation, _orders: Mapping[str, StoredOrder]) -> bool:
    return len(one.order_ids) > 1


def _other_answer(one: Observation, _orders: Mapping[str, StoredOrder]) -> bool:
    about = [answer for answer in one.responses if answer and answer.order_id]
    return any(answer != about[0] for answer in about)


def _charged_though_refused(
    told: list[Observation],
    orders: Mapping[str, StoredOrder],
    by_key: Mapping[str, StoredOrder],
) -> Iterator[str]:
    for one in told:
        answers = [answer for answer in one.responses if answer is not None]
        refused = bool(answers) and all(answer.status >= 400 for answer in answers)
        order = next(
            (orders[i] for i in one.order_ids if i in orders),
            by_key.get(one.scenario.key),
        )
        if refused and order is not None and order.payment_status in KEPT:
            yield one.scenario.key


def _promised_twice(told: list[Observation]) -> list[str]:
    counted = Counter(order_id for one in told for order_id in one.order_ids)
    return [order_id for order_id, times in counted.items() if times > 1]


def _unasked(told: list[Observation], orders: Iterable[StoredOrder]) -> list[str]:
    asked = {one.scenario.key for one in told}
    return [order.id for order in orders if order.key not in asked]

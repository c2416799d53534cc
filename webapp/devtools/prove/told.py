"""What clients were told, beside which the books are held. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from webapp.devtools.prove.errands import Errand
from webapp.devtools.prove.line import Answer
from webapp.orders.status import PaymentStatus

KEPT: frozenset[str] = frozenset({PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED})
CHARGED: frozenset[str] = KEPT | {PaymentStatus.REFUNDED}


@dataclass
class Told:
    """One errand and every answer that was given to it."""

    errand: Errand
    buyer_id: str
    answers: list[Answer | None] = field(default_factory=list)
    """`None` is a client that got none."""

    @property
    def order_ids(self) -> set[str]:
        return {
            answer.order_id for answer in self.answers if answer and answer.order_id
        }


@dataclass(frozen=True)
class Booked:
    """An order as the books have it."""

    id: str
    buyer_id: str
    key: str | None
    status: str
    payment_status: str


@dataclass(frozen=True)
class Verdict:
    name: str
    says: str
    offenders: Sequence[str]

    @property
    def holds(self) -> bool:
        return not self.offenders


def check_told(told: Iterable[Told], booked: Iterable[Booked]) -> list[Verdict]:
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
        Verdict(name, says, [one.errand.key for one in told if wrong(one, orders)])
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


def _unanswered(one: Told, _orders: Mapping[str, Booked]) -> bool:
    return None in one.answers


def _not_paid(one: Told, orders: Mapping[str, Booked]) -> bool:
    paid = (orders.get(a.order_id or "") for a in one.answers if a and a.status == 201)
    return any(
        order is None
        or order.payment_status not in CHARGED
        or order.buyer_id != one.buyer_id
        for order in paid
    )


def _several_orders(one: Told, _orders: Mapping[str, Booked]) -> bool:
    return len(one.order_ids) > 1


def _other_answer(one: Told, _orders: Mapping[str, Booked]) -> bool:
    about = [answer for answer in one.answers if answer and answer.order_id]
    return any(answer != about[0] for answer in about)


def _charged_though_refused(
    told: list[Told], orders: Mapping[str, Booked], by_key: Mapping[str, Booked]
) -> Iterator[str]:
    for one in told:
        answers = [answer for answer in one.answers if answer is not None]
        refused = bool(answers) and all(answer.status >= 400 for answer in answers)
        order = next(
            (orders[i] for i in one.order_ids if i in orders),
            by_key.get(one.errand.key),
        )
        if refused and order is not None and order.payment_status in KEPT:
            yield one.errand.key


def _promised_twice(told: list[Told]) -> list[str]:
    counted = Counter(order_id for one in told for order_id in one.order_ids)
    return [order_id for order_id, times in counted.items() if times > 1]


def _unasked(told: list[Told], orders: Iterable[Booked]) -> list[str]:
    asked = {one.errand.key for one in told}
    return [order.id for order in orders if order.key not in asked]

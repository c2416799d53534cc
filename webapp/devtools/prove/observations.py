"""Responses that clients observed, and their consistency with the stored orders. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from webapp.devtools.prove.scenarios import Scenario
from webapp.devtools.prove.shop_client import ShopResponse
from webapp.orders.status import PaymentStatus

NET_CAPTURED: frozenset[str] = frozenset(
    {PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED}
)
CHARGED: frozenset[str] = NET_CAPTURED | {PaymentStatus.REFUNDED}


@dataclass
class Observation:
    """One attempt at ordering a cart, and every response that its client got."""

    scenario: Scenario
    buyer_id: str
    cart: str
    """The key of the first attempt at the same cart."""
    responses: list[ShopResponse | None] = field(default_factory=list)
    """`None` is a client that got no response."""

    @property
    def order_ids(self) -> set[str]:
        return {
            response.order_id
            for response in self.responses
            if response and response.order_id
        }


@dataclass(frozen=True)
class StoredOrder:
    """An order as it is stored in the database."""

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
    observations: Iterable[Observation], stored_orders: Iterable[StoredOrder]
) -> list[Verdict]:
    observations = list(observations)
    orders = {order.id: order for order in stored_orders}
    by_key = {order.key: order for order in orders.values() if order.key}
    rules = (
        (
            "every-client-answered",
            "Every client got a definite response",
            _is_unanswered,
        ),
        (
            "paid-means-paid",
            "An order that a response called paid is paid",
            _is_not_paid,
        ),
        (
            "one-key-one-order",
            "All responses under one Idempotency-Key are about one order",
            _has_several_orders,
        ),
        (
            "the-same-answer-again",
            "All responses under one Idempotency-Key that name an order are identical",
            _has_different_response,
        ),
    )
    verdicts = [
        Verdict(
            name,
            statement,
            [
                observation.scenario.key
                for observation in observations
                if is_violated(observation, orders)
            ],
        )
        for name, statement, is_violated in rules
    ]
    return [
        *verdicts,
        Verdict(
            "refused-means-not-charged",
            "A client that got only errors has no charge that was not refunded in full",
            list(_find_charged_despite_errors(observations, orders, by_key)),
        ),
        Verdict(
            "order-ids-are-unique",
            "No order id was returned to two different requests",
            _find_duplicate_order_ids(observations),
        ),
        Verdict(
            "one-cart-one-charge",
            "A cart was charged once, with whatever cards and keys it was ordered",
            _find_carts_charged_twice(observations, by_key),
        ),
        Verdict(
            "already-ordered-is-true",
            "An order that a second request is referred to is one of the same buyer",
            list(_find_untrue_references(observations, orders)),
        ),
        Verdict(
            "no-order-unasked",
            "Every stored order was requested, and none of them twice",
            _find_unrequested_orders(observations, orders.values()),
        ),
    ]


def _is_unanswered(
    observation: Observation, _orders: Mapping[str, StoredOrder]
) -> bool:
    return None in observation.responses


def _is_not_paid(observation: Observation, orders: Mapping[str, StoredOrder]) -> bool:
    paid_orders = (
        orders.get(response.order_id or "")
        for response in observation.responses
        if response and response.status == 201
    )
    return any(
        order is None
        or order.payment_status not in CHARGED
        or order.buyer_id != observation.buyer_id
        for order in paid_orders
    )


def _has_several_orders(
    observation: Observation, _orders: Mapping[str, StoredOrder]
) -> bool:
    return len(observation.order_ids) > 1


def _has_different_response(
    observation: Observation, _orders: Mapping[str, StoredOrder]
) -> bool:
    with_order = [
        response for response in observation.responses if response and response.order_id
    ]
    return any(response != with_order[0] for response in with_order)


def _find_charged_despite_errors(
    observations: list[Observation],
    orders: Mapping[str, StoredOrder],
    by_key: Mapping[str, StoredOrder],
) -> Iterator[str]:
    for observation in observations:
        responses = [
            response for response in observation.responses if response is not None
        ]
        got_only_errors = bool(responses) and all(
            response.status >= 400 for response in responses
        )
        order = next(
            (orders[i] for i in observation.order_ids if i in orders),
            by_key.get(observation.scenario.key),
        )
        if (
            got_only_errors
            and order is not None
            and order.payment_status in NET_CAPTURED
        ):
            yield observation.scenario.key


def _find_duplicate_order_ids(observations: list[Observation]) -> list[str]:
    counts = Counter(
        order_id for observation in observations for order_id in observation.order_ids
    )
    return [order_id for order_id, count in counts.items() if count > 1]


def _find_carts_charged_twice(
    observations: list[Observation], by_key: Mapping[str, StoredOrder]
) -> list[str]:
    charged = Counter(
        observation.cart
        for observation in observations
        if (order := by_key.get(observation.scenario.key))
        and order.payment_status in CHARGED
    )
    return [cart for cart, count in charged.items() if count > 1]


def _find_untrue_references(
    observations: list[Observation], orders: Mapping[str, StoredOrder]
) -> Iterator[str]:
    for observation in observations:
        for response in observation.responses:
            if response is None or not response.is_already_ordered:
                continue
            order = orders.get(response.earlier_order_id or "")
            if order is None or order.buyer_id != observation.buyer_id:
                yield observation.scenario.key


def _find_unrequested_orders(
    observations: list[Observation], orders: Iterable[StoredOrder]
) -> list[str]:
    requested_keys = {observation.scenario.key for observation in observations}
    return [order.id for order in orders if order.key not in requested_keys]

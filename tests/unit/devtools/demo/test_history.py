"""The demo history: plausible overall, exact in its totals, and containing its stories."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from webapp.checkout.schemas import AddressBody
from webapp.config import Settings
from webapp.devtools.demo.catalog import load_catalog
from webapp.devtools.demo.customer_orders import (
    ALWAYS_AVAILABLE,
    CUSTOMER_REFERENCE,
    OPEN_ORDER_ITEMS,
    build_customer_orders,
)
from webapp.devtools.demo.demand import is_gift_weekend
from webapp.devtools.demo.history import History, generate_history
from webapp.devtools.demo.markets import Trading, load_markets
from webapp.devtools.demo.orders import PastOrder
from webapp.devtools.demo.service import compute_listing_time
from webapp.devtools.demo.stories import (
    BAD_WEEK,
    DECLINING_CATEGORY,
    DISCONTINUED_DAYS_AGO,
    FAULTY_BATCH,
    HISTORY_DAYS,
    NEW_CHANNELS,
    REGULARS,
    RISING_PRODUCT,
)
from webapp.orders.status import Actor, OrderStatus, PaymentStatus

pytestmark = pytest.mark.slow

TODAY = date(2026, 11, 23)
PRODUCTS = load_catalog()
CATEGORIES = {product.category for product in PRODUCTS} - {"Coffee & Tea"}
# The tax of one country is set here, those of others are usual ones.
TRADING = Trading.from_settings(Settings(tax_table={"CA": Decimal(7)}))


@pytest.fixture(scope="module")
def history() -> History:
    return generate_history(
        PRODUCTS, today=TODAY, trading=TRADING, always_available=ALWAYS_AVAILABLE
    )


@pytest.fixture(scope="module")
def past(history: History) -> Sequence[PastOrder]:
    return history.orders


@pytest.fixture(scope="module")
def bought(past: Sequence[PastOrder]) -> list[PastOrder]:
    return [order for order in past if not order.is_return]


def days_ago(order: PastOrder) -> int:
    return (TODAY - order.placed_at.date()).days


def units(
    past: Sequence[PastOrder], counts: Callable[[PastOrder, str, str], bool]
) -> int:
    """Units of the lines for which `counts(order, slug, category)` holds."""
    return sum(
        line.quantity
        for order in past
        for line in order.lines
        if counts(order, line.product.slug, line.product.category)
    )


def test_the_history_is_deterministic(history: History) -> None:
    again = generate_history(
        PRODUCTS, today=TODAY, trading=TRADING, always_available=ALWAYS_AVAILABLE
    )

    assert again.buyers == history.buyers
    assert again.orders == history.orders
    assert again.supply.outages == history.supply.outages


def test_it_reaches_from_eighteen_months_ago_to_yesterday(
    past: Sequence[PastOrder],
) -> None:
    ages = [days_ago(order) for order in past]

    assert ages == sorted(ages, reverse=True)
    assert (ages[0], ages[-1]) == (HISTORY_DAYS, 1)
    assert 6_000 <= len(past) <= 11_000


def test_orders_have_distinct_references(past: Sequence[PastOrder]) -> None:
    assert len({order.reference for order in past}) == len(past)


def test_nothing_is_bought_before_it_was_listed_or_after_it_was_discontinued(
    past: Sequence[PastOrder],
) -> None:
    for order in past:
        for line in order.lines:
            assert order.placed_at > compute_listing_time(line.product, today=TODAY)
            if not line.product.is_active and not order.is_return:
                assert days_ago(order) > DISCONTINUED_DAYS_AGO


def test_sums_add_up_to_the_cent(past: Sequence[PastOrder]) -> None:
    for order in past:
        lines = sum(
            price * line.quantity
            for price, line in zip(order.unit_prices, order.lines, strict=True)
        )

        assert order.totals.subtotal_minor == lines
        assert abs(order.totals.tax_minor * 100 - lines * order.tax_percent) <= 50
        assert sum(order.list_payments()) == order.totals.total_minor


def test_returned_items_were_bought(past: Sequence[PastOrder]) -> None:
    bought = {order.reference: order for order in past}
    returns = [order for order in past if order.is_return]

    assert len(returns) > 100
    for returned in returns:
        order = bought[returned.reference.removesuffix(":return")]
        sold = {line.variant.sku: line.quantity for line in order.lines}
        assert returned.placed_at.date() > order.placed_at.date()
        assert returned.buyer == order.buyer
        assert all(
            0 < -line.quantity <= sold[line.variant.sku] for line in returned.lines
        )


def test_the_status_of_an_order_matches_its_age(past: Sequence[PastOrder]) -> None:
    bought = [order for order in past if not order.is_return]
    seen = {
        status: [days_ago(order) for order in bought if order.status == status]
        for status in OrderStatus
    }

    assert min(seen[OrderStatus.DELIVERED]) >= 5
    assert 1 < min(seen[OrderStatus.SHIPPED]) <= max(seen[OrderStatus.SHIPPED]) <= 5
    assert max(seen[OrderStatus.PROCESSING]) <= 2
    assert all(
        (order.tracking_number is not None)
        == (order.status in {OrderStatus.SHIPPED, OrderStatus.DELIVERED})
        for order in bought
    )
    assert {
        order.payment_status
        for order in past
        if order.status == OrderStatus.CANCELLED or order.is_return
    } == {PaymentStatus.REFUNDED}


def test_no_event_is_in_the_future(past: Sequence[PastOrder]) -> None:
    midnight = datetime.combine(TODAY, time(), UTC)

    for order in past:
        times = [at for at, *_ in order.list_events()]
        assert times == sorted(times)
        assert order.placed_at <= times[0]
        assert times[-1] < midnight


def test_a_return_has_only_a_refund_event(past: Sequence[PastOrder]) -> None:
    returned = next(order for order in past if order.is_return)

    assert [*returned.list_events()] == [
        (returned.placed_at, "payment.refunded", Actor.ADMIN)
    ]


def test_the_shop_has_three_thousand_customers_with_a_long_tail(
    history: History, bought: list[PastOrder]
) -> None:
    orders = Counter(order.buyer.reference for order in bought)
    guest_orders = orders.pop(None)
    counts = sorted(orders.values(), reverse=True)

    assert len(history.buyers) == len(orders)
    assert 2_800 <= len(orders) <= 3_000
    assert 0.25 < guest_orders / len(bought) < 0.35
    assert 0.6 < counts.count(1) / len(counts) < 0.75
    # Without the regular ones, few place many of the orders still, and most place few.
    others = sorted(
        (
            count
            for reference, count in orders.items()
            if int(str(reference).removeprefix("demo:")) % REGULARS.every
        ),
        reverse=True,
    )
    assert sum(others[: len(others) // 100]) > 0.07 * sum(others)
    assert others[0] > 20


def test_customers_are_lost(bought: list[PastOrder]) -> None:
    """Of those who ordered again, most ordered for the last time months ago."""
    last_days: dict[str, list[int]] = {}
    for order in bought:
        if order.buyer.reference is not None:
            last_days.setdefault(order.buyer.reference, []).append(days_ago(order))
    returned = [ages for ages in last_days.values() if len(ages) > 1]

    assert sum(min(ages) > 60 for ages in returned) > 0.5 * len(returned)


def test_names_are_invented_and_addresses_reserved(history: History) -> None:
    emails = {buyer.email for buyer in history.buyers}

    assert len(emails) == len(history.buyers)
    assert all(re.fullmatch(r"[a-z.]+\.\d+@example\.com", str(each)) for each in emails)


def test_orders_come_from_eight_countries_in_the_currencies_of_their_customers(
    bought: list[PastOrder],
) -> None:
    pairs = Counter(
        (order.buyer.address["country"], order.currency) for order in bought
    )
    currencies = dict(pairs.keys())

    assert len(pairs) == len(currencies) == 8
    assert {currencies[country] for country in ("US", "CA")} == {"USD"}
    assert currencies["GB"] == "GBP"
    assert {currencies[country] for country in ("DE", "FR", "NL", "ES", "IE")} == {
        "EUR"
    }
    assert min(pairs.values()) > 150


def test_addresses_are_such_as_the_checkout_takes(past: Sequence[PastOrder]) -> None:
    addresses = {str(order.buyer.address): order.buyer.address for order in past}

    for address in addresses.values():
        assert AddressBody.model_validate(address).as_stored() == address


def test_prices_are_converted_at_the_rate_of_the_order(
    bought: list[PastOrder],
) -> None:
    rates = {order.exchange_rate for order in bought if order.currency == "EUR"}

    assert len(rates) > 100
    assert max(rates) < Decimal("0.97")
    for order in bought:
        assert (order.exchange_rate == 1) == (order.currency == "USD")
        for price, line in zip(order.unit_prices, order.lines, strict=True):
            exact = line.price_minor * order.exchange_rate
            assert abs(price - exact) <= Decimal("0.5")


def test_taxes_are_those_of_the_country_and_of_the_settings(
    bought: list[PastOrder],
) -> None:
    percents = {order.buyer.address["country"]: order.tax_percent for order in bought}

    assert percents["US"] == Settings().tax_percent
    assert percents["DE"] == 19
    assert percents["CA"] == 7


def test_currencies_that_the_shop_does_not_take_are_not_paid_in() -> None:
    settings = Settings(currency="EUR", exchange_rates={"GBP": "0.86"})
    trading = Trading.from_settings(settings)

    assert {trading.choose_currency(market) for market in load_markets()} == {
        "EUR",
        "GBP",
    }


def test_channels_are_opened_and_grow(bought: list[PastOrder]) -> None:
    for channel in NEW_CHANNELS:
        ages = [days_ago(order) for order in bought if order.channel == channel.name]
        recent = [order for order in bought if days_ago(order) <= 40]

        assert max(ages) < channel.days_ago
        share = sum(age <= 40 for age in ages) / len(recent)
        assert abs(share - channel.share) < 0.06


def test_the_shop_grows(past: Sequence[PastOrder]) -> None:
    first = sum(days_ago(order) > HISTORY_DAYS - 90 for order in past)
    a_year_later = sum(0 < days_ago(order) - 93 <= 90 for order in past)

    assert a_year_later > 1.3 * first


def test_seasons_show(past: Sequence[PastOrder]) -> None:
    def sold(category: str, month: tuple[int, int]) -> int:
        return units(
            past,
            lambda order, _slug, line_category: (
                line_category == category
                and (order.placed_at.year, order.placed_at.month) == month
            ),
        )

    assert sold("Garden", (2026, 4)) > 4 * sold("Garden", (2026, 1))
    assert sold("Toys & Games", (2025, 12)) > 2 * sold("Toys & Games", (2026, 2))


def test_people_buy_more_in_the_evening_than_at_night(
    past: Sequence[PastOrder],
) -> None:
    hours = Counter(order.placed_at.hour for order in past)

    assert hours[20] > 8 * hours[3]


def test_one_product_takes_off(past: Sequence[PastOrder]) -> None:
    def per_day(start: int, end: int) -> float:
        sold = units(
            past,
            lambda order, slug, _: (
                slug == RISING_PRODUCT.slug and end < days_ago(order) <= start
            ),
        )
        return sold / (start - end)

    before = per_day(RISING_PRODUCT.days_ago + 200, RISING_PRODUCT.days_ago)
    after = per_day(90, 0)

    assert before > 0
    assert after > 0.7 * RISING_PRODUCT.factor * before


def test_one_category_declines(past: Sequence[PastOrder]) -> None:
    def share(start: int, end: int) -> float:
        """Of what is not bought by regular customers above all."""
        window = [order for order in past if end < days_ago(order) <= start]
        faded = units(
            window,
            lambda _order, _slug, category: category == DECLINING_CATEGORY.category,
        )
        return faded / units(window, lambda _o, _s, category: category in CATEGORIES)

    before = share(HISTORY_DAYS, DECLINING_CATEGORY.from_days_ago)
    after = share(DECLINING_CATEGORY.to_days_ago, 0)

    assert after < 1.8 * DECLINING_CATEGORY.remaining * before


def test_one_week_is_bad(past: Sequence[PastOrder]) -> None:
    first_day = BAD_WEEK.first_day(TODAY)

    def week(start: date) -> list[PastOrder]:
        return [
            order
            for order in past
            if 0 <= (order.placed_at.date() - start).days < 7 and not order.is_return
        ]

    bad = week(first_day)
    usual = min(
        len(week(first_day - timedelta(weeks=1))),
        len(week(first_day + timedelta(weeks=1))),
    )
    cancelled = sum(order.status == OrderStatus.CANCELLED for order in bad)

    assert first_day.weekday() == 0
    assert len(bad) < 2 * BAD_WEEK.remaining_demand * usual
    assert cancelled / len(bad) > 0.1


def test_a_faulty_batch_has_a_high_return_rate(past: Sequence[PastOrder]) -> None:
    def rate(faulty: bool) -> float:
        kept = [
            order
            for order in past
            if not order.is_return
            and FAULTY_BATCH.includes(FAULTY_BATCH.slug, days_ago(order)) == faulty
        ]
        references = {f"{order.reference}:return" for order in kept}
        returned = [order for order in past if order.reference in references]
        return -units(returned, _of_the_batch) / units(kept, _of_the_batch)

    assert rate(faulty=True) > 0.25
    assert rate(faulty=False) < 0.1


def _of_the_batch(_order: PastOrder, slug: str, _category: str) -> bool:
    return slug == FAULTY_BATCH.slug


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2025, 11, 27), False),
        (date(2025, 11, 28), True),
        (date(2025, 12, 1), True),
        (date(2025, 12, 2), False),
        (date(2024, 11, 29), True),
    ],
)
def test_the_gift_season_begins_on_the_day_after_thanksgiving(
    day: date, expected: bool
) -> None:
    assert is_gift_weekend(day) == expected


def test_the_demo_customer_has_orders_to_ask_about() -> None:
    own_orders = build_customer_orders(PRODUCTS, today=TODAY, trading=TRADING)

    assert {order.status for order in own_orders} == {
        OrderStatus.DELIVERED,
        OrderStatus.CANCELLED,
        OrderStatus.SHIPPED,
    }
    assert {order.buyer.reference for order in own_orders} == {CUSTOMER_REFERENCE}
    assert all(
        order.tracking_number
        for order in own_orders
        if order.status == OrderStatus.SHIPPED
    )


def test_the_items_of_the_demo_customers_open_order_are_in_stock() -> None:
    by_slug = {product.slug: product for product in PRODUCTS}

    for slug, quantity in OPEN_ORDER_ITEMS:
        [variant] = by_slug[slug].variants
        assert variant.stock >= quantity

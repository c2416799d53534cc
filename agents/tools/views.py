"""Products, carts and orders as tools return them: the API's field names, plain JSON. Pure."""

from agents.tools.context import Json
from webapp.cart.read_models import CartRow
from webapp.cart.service import Cart
from webapp.catalog.models import Product, Variant
from webapp.catalog.read_models import ProductRow
from webapp.kit.clock import to_unix_ms
from webapp.kit.money import to_major
from webapp.orders.models import Order, OrderEvent, OrderItem

MAX_DESCRIPTION = 600


def to_amount(minor: int) -> float:
    return float(to_major(minor))


def product_summary_view(product: Product | ProductRow) -> Json:
    """A product as it appears in a list."""
    variants = product.variants
    return {
        "productId": str(product.id),
        "name": product.name,
        "brand": product.brand,
        "category": product.category,
        "price": to_amount(
            min((variant.price_minor for variant in variants), default=0)
        ),
        "currency": product.currency,
        "stock": sum(variant.stock for variant in variants),
        "imageUrl": product.image_url,
        "hasVariants": len(variants) > 1,
    }


def product_detail_view(product: Product) -> Json:
    return product_summary_view(product) | {
        "description": product.description[:MAX_DESCRIPTION],
        "tags": product.tags,
        "attributes": product.attributes,
        "variants": [_variant(variant) for variant in product.variants],
    }


def _variant(variant: Variant) -> Json:
    return {
        "variantId": str(variant.id),
        "options": variant.options,
        "price": to_amount(variant.price_minor),
        "stock": variant.stock,
    }


def cart_view(cart: Cart, *, currency: str) -> Json:
    return {
        "items": [_line(line) for line in cart.lines],
        "subtotal": to_amount(cart.totals.subtotal_minor),
        "tax": to_amount(cart.totals.tax_minor),
        "totalAmount": to_amount(cart.totals.total_minor),
        "currency": cart.currency or currency,
        "issues": [
            {
                "code": issue.code,
                "message": issue.message,
                "productId": str(issue.product_id),
                "variantId": str(issue.variant_id),
                "blocksCheckout": issue.blocks_checkout,
            }
            for issue in cart.issues
        ],
    }


def _line(line: CartRow) -> Json:
    return {
        "productId": str(line.product_id),
        "variantId": str(line.variant_id),
        "name": line.name,
        "options": line.options,
        "imageUrl": line.image_url,
        "quantity": line.quantity,
        "price": to_amount(line.price_minor),
        "lineTotal": to_amount(line.price_minor * line.quantity),
        "currency": line.currency,
        "stock": line.stock,
    }


def order_summary_view(order: Order) -> Json:
    """An order as it appears in a list; its items are loaded."""
    return {
        "orderId": str(order.id),
        "number": order.number,
        "status": order.status,
        "paymentStatus": order.payment_status,
        "totalAmount": to_amount(order.total_minor),
        "currency": order.currency,
        "timestamp": to_unix_ms(order.placed_at),
        "placedOn": order.placed_at.date().isoformat(),
        "trackingNumber": order.tracking_number,
        "items": [_item(item) for item in order.items],
    }


def order_detail_view(order: Order) -> Json:
    return order_summary_view(order) | {
        "subtotal": to_amount(order.subtotal_minor),
        "tax": to_amount(order.tax_minor),
        "events": [_event(event) for event in order.events],
    }


def _item(item: OrderItem) -> Json:
    return {
        "productId": str(item.product_id) if item.product_id else None,
        "name": item.name,
        "quantity": item.quantity,
        "price": to_amount(item.unit_price_minor),
        "lineTotal": to_amount(item.line_total_minor),
        "imageUrl": item.image_url,
    }


def _event(event: OrderEvent) -> Json:
    return {
        "type": event.type,
        "actor": event.actor,
        "timestamp": to_unix_ms(event.created_at),
        "on": event.created_at.date().isoformat(),
    }

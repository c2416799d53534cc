"""One record of every kind, so that the ids in a path or a body exist.

A new kind of id has to be added here, or the tests that call every endpoint do not find it.
"""

from uuid import uuid4

from tests.support.api_client import ApiClient
from tests.support.checkout import ADDRESS, VISA
from tests.support.factories import RowFactory
from tests.support.report_harness import WEEKLY
from webapp.bootstrap import Runtime
from webapp.db import outbox
from webapp.db.outbox import enqueue
from webapp.kit.ids import new_id
from webapp.search_analytics.search_ids import sign_search_id
from webapp.webhooks.models import DeliveryStatus, WebhookDelivery

TOKEN = {"name": "export", "scopes": ["orders:read"], "expires": "1d"}
WEBHOOK = {"url": "https://example.com/in", "events": ["order.confirmed"]}


def create_product(runtime: Runtime) -> tuple[str, str]:
    """The ids of a new product and its variant."""
    with runtime.db.unit_of_work() as session:
        product = RowFactory(session).product(price_minor=100_00, stock=100_000)
        return str(product.id), str(product.variants[0].id)


def create_order(runtime: Runtime, owner: ApiClient) -> str:
    """The id of a new paid order of the owner."""
    product_id, _ = create_product(runtime)
    owner.expect_ok("POST", "/cart", {"productId": product_id})
    body = {"paymentMethodId": VISA, "shippingAddress": ADDRESS}
    return str(owner.expect_ok("POST", "/orders", body)["orderId"])


def create_failed_delivery(runtime: Runtime, admin: ApiClient) -> tuple[str, str]:
    """The ids of a new webhook endpoint and of a failed delivery to it."""
    endpoint_id = admin.expect_ok("POST", "/admin/webhooks", WEBHOOK)["endpointId"]
    sent = admin.expect_ok("POST", f"/admin/webhooks/{endpoint_id}/test")
    with runtime.db.unit_of_work() as session:
        delivery = session.get_one(WebhookDelivery, sent["deliveryId"])
        delivery.status = DeliveryStatus.FAILED
    return endpoint_id, sent["deliveryId"]


def create_failed_job(runtime: Runtime) -> str:
    with runtime.db.unit_of_work() as session:
        message = enqueue(session, "orders.fulfil", order_id="x")
        outbox.record_failure(session, message.id, error="x", retry_in=None)
        return str(message.id)


def create_report_run(admin: ApiClient) -> tuple[str, str]:
    """A report, and a run of it that waits."""
    report = admin.expect_ok("POST", "/admin/reports", dict(WEEKLY))
    path = f"/admin/reports/{report['reportId']}/runs"
    return report["reportId"], admin.expect_ok("POST", path)["runId"]


def create_question(admin: ApiClient) -> str:
    saved = admin.expect_ok(
        "POST",
        "/admin/analytics/saved-questions",
        {"name": f"Orders {uuid4()}", "query": {"metrics": ["orders"]}},
    )
    return str(saved["questionId"])


def create_search_rule(admin: ApiClient) -> str:
    body = {"type": "redirect", "query": f"returns {uuid4()}", "target": "/returns"}
    return str(admin.expect_ok("POST", "/admin/search/rules", body)["ruleId"])


def create_one_of_each(runtime: Runtime, admin: ApiClient) -> dict[str, str]:
    """Ids by the names that the API has for them; what has an owner belongs to the caller."""
    product_id, variant_id = create_product(runtime)
    endpoint_id, delivery_id = create_failed_delivery(runtime, admin)
    report_id, run_id = create_report_run(admin)
    return {
        "productId": product_id,
        "variantId": variant_id,
        "orderId": create_order(runtime, admin),
        "endpointId": endpoint_id,
        "deliveryId": delivery_id,
        "jobId": create_failed_job(runtime),
        "searchId": sign_search_id(
            new_id(), secret=runtime.settings.require_jwt_secret()
        ),
        "reportId": report_id,
        "runId": run_id,
        "questionId": create_question(admin),
        "ruleId": create_search_rule(admin),
        "tokenId": str(admin.expect_ok("POST", "/admin/tokens", TOKEN)["tokenId"]),
    }

"""Webhooks for integrators: endpoints, their secrets and their deliveries. For admins."""

from uuid import UUID

from webapp.http.api import Api
from webapp.http.context import transaction
from webapp.http.schemas import ListQuery, ListView
from webapp.kit.clock import utc_now
from webapp.kit.scopes import Scope
from webapp.webhooks import deliveries, service
from webapp.webhooks.schemas import (
    DeliveryQuery,
    DeliveryView,
    EndpointBody,
    EndpointView,
    ReplayedView,
)
from webapp.webhooks.signing import SECRET_PREFIX

api = Api("Webhooks", prefix="/admin/webhooks")
WITH_SECRET = EndpointView.example(
    secret=f"{SECRET_PREFIX}4fJ0b2Vyd2F0Y2gtdGhlLXN0YXJz"
)


@api.get(
    "",
    access=Scope.WEBHOOKS_READ,
    query=ListQuery,
    returns=ListView[EndpointView],
)
def list_endpoints(query: ListQuery) -> ListView[EndpointView]:
    """Endpoints, newest first."""
    with transaction() as session:
        page = service.list_endpoints(
            session, limit=query.limit, last_key=query.last_key
        )
        return ListView[EndpointView](
            items=[EndpointView.from_endpoint(row) for row in page.items],
            last_key=page.last_key,
        )


@api.post(
    "",
    access=Scope.WEBHOOKS_WRITE,
    body=EndpointBody,
    returns={201: WITH_SECRET},
)
def register_endpoint(body: EndpointBody) -> tuple[EndpointView, int]:
    """Register an address for events; the answer shows its secret, once.

    Each message carries `E-Com67-Signature: t=UNIX,v1=HEX`, where HEX is the HMAC-SHA256 of
    `UNIX.BODY` under the secret. Answer 2xx within 10 seconds; otherwise it is retried for a
    day. A message may arrive twice: its `id` stays the same.
    """
    with transaction() as session:
        endpoint = service.register_endpoint(session, draft=body.to_draft())
        return EndpointView.from_endpoint(endpoint, secret=endpoint.secret), 201


@api.get(
    "/<uuid:endpoint_id>",
    access=Scope.WEBHOOKS_READ,
    returns=EndpointView,
    errors=(404,),
)
def show_endpoint(endpoint_id: UUID) -> EndpointView:
    """One endpoint, without its secret."""
    with transaction() as session:
        return EndpointView.from_endpoint(
            service.require_endpoint(session, endpoint_id=endpoint_id)
        )


@api.put(
    "/<uuid:endpoint_id>",
    access=Scope.WEBHOOKS_WRITE,
    body=EndpointBody,
    returns=EndpointView,
    errors=(404,),
)
def change_endpoint(endpoint_id: UUID, body: EndpointBody) -> EndpointView:
    """Change an endpoint; its secret stays."""
    with transaction() as session:
        return EndpointView.from_endpoint(
            service.update_endpoint(
                session, endpoint_id=endpoint_id, draft=body.to_draft()
            )
        )


@api.delete(
    "/<uuid:endpoint_id>",
    access=Scope.WEBHOOKS_WRITE,
    errors=(404,),
)
def remove_endpoint(endpoint_id: UUID) -> None:
    """Remove an endpoint and its deliveries."""
    with transaction() as session:
        service.delete_endpoint(session, endpoint_id=endpoint_id)


@api.post(
    "/<uuid:endpoint_id>/rotate-secret",
    access=Scope.WEBHOOKS_WRITE,
    returns=WITH_SECRET,
    errors=(404,),
)
def rotate_secret(endpoint_id: UUID) -> EndpointView:
    """Create a new secret; for 24 hours messages are signed with both."""
    with transaction() as session:
        endpoint = service.rotate_secret(
            session, endpoint_id=endpoint_id, now=utc_now()
        )
        return EndpointView.from_endpoint(endpoint, secret=endpoint.secret)


@api.post(
    "/<uuid:endpoint_id>/test",
    access=Scope.WEBHOOKS_WRITE,
    returns={202: DeliveryView},
    errors=(404,),
)
def send_test_event(endpoint_id: UUID) -> tuple[DeliveryView, int]:
    """Send an event of type `webhook.test`; the deliveries show the result."""
    with transaction() as session:
        delivery = deliveries.enqueue_test_event(session, endpoint_id=endpoint_id)
        return DeliveryView.from_delivery(delivery), 202


@api.get(
    "/<uuid:endpoint_id>/deliveries",
    access=Scope.WEBHOOKS_READ,
    query=DeliveryQuery,
    returns=ListView[DeliveryView],
    errors=(404,),
)
def list_deliveries(endpoint_id: UUID, query: DeliveryQuery) -> ListView[DeliveryView]:
    """Deliveries to an endpoint, newest first."""
    with transaction() as session:
        page = deliveries.list_deliveries(
            session,
            endpoint_id=endpoint_id,
            status=query.status,
            limit=query.limit,
            last_key=query.last_key,
        )
        return ListView[DeliveryView](
            items=[DeliveryView.from_delivery(row) for row in page.items],
            last_key=page.last_key,
        )


@api.post(
    "/<uuid:endpoint_id>/deliveries/<uuid:delivery_id>/replay",
    access=Scope.WEBHOOKS_WRITE,
    returns={202: DeliveryView},
    errors=(404, 409),
)
def replay_delivery(endpoint_id: UUID, delivery_id: UUID) -> tuple[DeliveryView, int]:
    """Send a delivery again, with the same event id."""
    with transaction() as session:
        delivery = deliveries.replay_delivery(
            session, endpoint_id=endpoint_id, delivery_id=delivery_id
        )
        return DeliveryView.from_delivery(delivery), 202


@api.post(
    "/<uuid:endpoint_id>/deliveries/replay-failed",
    access=Scope.WEBHOOKS_WRITE,
    returns={202: ReplayedView},
    errors=(404,),
)
def replay_failed_deliveries(endpoint_id: UUID) -> tuple[ReplayedView, int]:
    """Send failed deliveries again, the oldest thousand at a time."""
    with transaction() as session:
        count = deliveries.replay_failed_deliveries(session, endpoint_id=endpoint_id)
        return ReplayedView(replayed=count), 202

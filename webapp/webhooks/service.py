"""Webhook endpoints: their subscriptions and signing secrets."""

from datetime import datetime, timedelta
from uuid import UUID

from pydantic.dataclasses import dataclass
from sqlalchemy.orm import Session

from webapp.kit import paging
from webapp.kit.ids import new_id
from webapp.kit.paging import Page
from webapp.notifications.events import WEBHOOK_EVENTS
from webapp.webhooks import repository, signing
from webapp.webhooks.errors import EndpointNotFound, UnknownEvents
from webapp.webhooks.limits import (
    Address,
    Description,
    Events,
    normalize_address,
)
from webapp.webhooks.models import WebhookEndpoint

ROTATION_OVERLAP = timedelta(hours=24)


@dataclass(frozen=True)
class EndpointDraft:
    """The wanted state of an endpoint. A draft beyond the limits cannot be built: that is a
    `ValidationError`."""

    url: Address
    events: Events
    description: Description = ""
    is_active: bool = True


def register_endpoint(session: Session, *, draft: EndpointDraft) -> WebhookEndpoint:
    """Create an endpoint with a generated secret. Raises `UnknownEvents`."""
    endpoint = WebhookEndpoint(id=new_id(), secret=signing.generate_secret())
    _apply_draft(endpoint, draft)
    session.add(endpoint)
    session.flush()
    return endpoint


def update_endpoint(
    session: Session, *, endpoint_id: UUID, draft: EndpointDraft
) -> WebhookEndpoint:
    """Raises `EndpointNotFound` and `UnknownEvents`."""
    endpoint = require_endpoint(session, endpoint_id=endpoint_id)
    _apply_draft(endpoint, draft)
    return endpoint


def _apply_draft(endpoint: WebhookEndpoint, draft: EndpointDraft) -> None:
    unknown = sorted(set(draft.events) - WEBHOOK_EVENTS)
    if unknown:
        raise UnknownEvents(unknown, known=sorted(WEBHOOK_EVENTS))
    endpoint.url = normalize_address(draft.url)
    endpoint.events = sorted(set(draft.events))
    endpoint.description = draft.description
    endpoint.is_active = draft.is_active


def require_endpoint(session: Session, *, endpoint_id: UUID) -> WebhookEndpoint:
    """Raises `EndpointNotFound`."""
    endpoint = repository.find_endpoint(session, endpoint_id)
    if endpoint is None:
        raise EndpointNotFound(endpoint_id)
    return endpoint


def list_endpoints(
    session: Session, *, limit: int, last_key: str | None = None
) -> Page[WebhookEndpoint]:
    """Newest first."""
    rows = repository.list_endpoints(
        session, after=paging.decode_id(last_key) if last_key else None, limit=limit + 1
    )
    return paging.cut_page(rows, limit=limit, key=lambda row: [str(row.id)])


def delete_endpoint(session: Session, *, endpoint_id: UUID) -> None:
    """Delete the endpoint and its deliveries. Raises `EndpointNotFound`."""
    session.delete(require_endpoint(session, endpoint_id=endpoint_id))


def rotate_secret(
    session: Session, *, endpoint_id: UUID, now: datetime
) -> WebhookEndpoint:
    """Generate a new secret; the previous one also signs for a day. Raises `EndpointNotFound`."""
    endpoint = require_endpoint(session, endpoint_id=endpoint_id)
    endpoint.previous_secret = endpoint.secret
    endpoint.previous_secret_until = now + ROTATION_OVERLAP
    endpoint.secret = signing.generate_secret()
    return endpoint


def list_active_secrets(endpoint: WebhookEndpoint, *, now: datetime) -> list[str]:
    until = endpoint.previous_secret_until
    if endpoint.previous_secret is None or until is None or until <= now:
        return [endpoint.secret]
    return [endpoint.secret, endpoint.previous_secret]

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from webapp.http.schemas import ListQuery
from webapp.kit.json import (
    OmittedIfNone,
    RequestBody,
    ResponseBody,
    Timestamp,
    example_config,
)
from webapp.webhooks.limits import Address, Description, Events
from webapp.webhooks.models import DeliveryStatus, WebhookDelivery, WebhookEndpoint
from webapp.webhooks.service import EndpointDraft


class EndpointBody(RequestBody):
    model_config = example_config(
        {"url": "https://example.com/in", "events": ["order.confirmed"]}
    )

    url: Annotated[Address, Field(examples=["https://example.com/in"])]
    """http or https, port 80, 443 or one from 1024 on. Must resolve to public addresses only,
    unless the setting `WEBHOOKS_TO_PRIVATE_ADDRESSES` allows others."""
    events: Events
    description: Description = ""
    is_active: bool = True

    def to_draft(self) -> EndpointDraft:
        return EndpointDraft(self.url, self.events, self.description, self.is_active)


class EndpointView(ResponseBody):
    example_values = {
        "endpoint_id": "0190c601-4d5e-7f60-8a1b-2c3d4e5f6071",
        "url": "https://example.com/in",
        "events": ["order.confirmed"],
        "description": "",
        "is_active": True,
        "created_at": "2026-02-27T14:05:00Z",
    }

    endpoint_id: UUID
    url: str
    events: list[str]
    description: str
    is_active: bool
    created_at: Timestamp
    secret: OmittedIfNone[str] = None
    """Shown once: when it is created."""

    @classmethod
    def from_endpoint(
        cls, endpoint: WebhookEndpoint, *, secret: str | None = None
    ) -> Self:
        return cls(
            endpoint_id=endpoint.id,
            url=endpoint.url,
            events=endpoint.events,
            description=endpoint.description,
            is_active=endpoint.is_active,
            created_at=endpoint.created_at,
            secret=secret,
        )


class DeliveryQuery(ListQuery):
    status: DeliveryStatus | None = None


class DeliveryView(ResponseBody):
    example_values = {
        "delivery_id": "0190c602-5e6f-7071-8b2c-3d4e5f607182",
        "event_id": "0190c602-5e6f-7172-9c3d-4e5f60718293",
        "type": "webhook.test",
        "payload": {
            "id": "0190c602-5e6f-7172-9c3d-4e5f60718293",
            "type": "webhook.test",
            "version": 1,
            "createdAt": 1772357400000,
            "data": {},
        },
        "status": DeliveryStatus.PENDING,
        "attempts": 0,
        "last_status": None,
        "last_response": None,
        "next_try_at": "2026-03-01T09:30:00Z",
        "created_at": "2026-03-01T09:30:00Z",
    }

    delivery_id: UUID
    event_id: UUID
    type: str
    payload: dict[str, Any]
    status: DeliveryStatus
    attempts: int
    last_status: int | None
    last_response: str | None
    next_try_at: OmittedIfNone[Timestamp] = None
    delivered_at: OmittedIfNone[Timestamp] = None
    created_at: Timestamp

    @classmethod
    def from_delivery(cls, delivery: WebhookDelivery) -> Self:
        return cls(
            delivery_id=delivery.id,
            event_id=delivery.event_id,
            type=delivery.type,
            payload=delivery.payload,
            status=DeliveryStatus(delivery.status),
            attempts=delivery.attempts,
            last_status=delivery.last_status,
            last_response=delivery.last_response,
            next_try_at=delivery.next_attempt_at,
            delivered_at=delivery.delivered_at,
            created_at=delivery.created_at,
        )


class ReplayedView(ResponseBody):
    example_values = {"replayed": 17}

    replayed: int

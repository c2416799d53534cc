"""Builds the webhook client."""

from webapp.adapters.webhooks.http import HTTPWebhookClient
from webapp.adapters.webhooks.port import WebhookClient
from webapp.config import Settings


def build_webhook_client(settings: Settings) -> WebhookClient:
    return HTTPWebhookClient(allows_private=settings.webhooks_to_private_addresses)

"""Builds the webhook client, which calls private addresses in development only."""

from webapp.adapters.webhooks.http import HTTPWebhookClient, is_public
from webapp.adapters.webhooks.port import WebhookClient
from webapp.config import Settings, Stage


def build_webhook_client(settings: Settings) -> WebhookClient:
    is_development = settings.stage is Stage.DEVELOPMENT
    return HTTPWebhookClient(is_allowed=None if is_development else is_public)

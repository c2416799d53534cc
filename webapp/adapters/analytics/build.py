"""Builds the client of the analytics, which are on Ray Serve at `ASSISTANT_URL`."""

from webapp.adapters.analytics.port import AnalyticsClient
from webapp.adapters.analytics.ray_serve import RayServeAnalyticsClient
from webapp.config import AgentSettings


def build_analytics(settings: AgentSettings) -> AnalyticsClient:
    return RayServeAnalyticsClient.from_settings(settings)

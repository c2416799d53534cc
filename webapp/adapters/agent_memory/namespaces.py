"""Namespaces of notes in AgentCore: all of one person's lie under one path."""

from uuid import UUID

ACTOR_NAMESPACE = "/actors/{actorId}/"
SESSION_NAMESPACE = f"{ACTOR_NAMESPACE}sessions/{{sessionId}}/"
PREFERENCE_NAMESPACE = f"{ACTOR_NAMESPACE}preferences/"
NAMESPACES = frozenset({SESSION_NAMESPACE, PREFERENCE_NAMESPACE})
"""Of the strategies by which AgentCore makes notes; it fills in the ids."""


def build_actor_namespace(actor_id: UUID) -> str:
    return ACTOR_NAMESPACE.format(actorId=actor_id)

from openai import OpenAIError
from strands.models import Model
from strands.models.openai import OpenAIModel

from webapp.config import AgentSettings

MAX_TOKENS = 1_000
FAILURES = (OpenAIError,)


def build_model(name: str, settings: AgentSettings) -> Model:
    """OpenAI's own or any compatible server. A missing key is a failure of each turn."""
    key = settings.openai_api_key
    return OpenAIModel(
        client_args={
            "base_url": settings.openai_base_url,
            "api_key": key.get_secret_value() if key else None,
        },
        model_id=name,
        params={"max_tokens": MAX_TOKENS},
    )

import os

from openai import OpenAIError
from strands.models import Model
from strands.models.openai import OpenAIModel

MAX_TOKENS = 1_000
FAILURES = (OpenAIError,)


def build_model(name: str) -> Model:
    """Any OpenAI-compatible server: `OPENAI_BASE_URL`, `OPENAI_API_KEY`."""
    return OpenAIModel(
        client_args={"base_url": os.environ.get("OPENAI_BASE_URL")},
        model_id=name,
        params={"max_tokens": MAX_TOKENS},
    )

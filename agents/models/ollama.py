from httpx import HTTPError
from ollama import ResponseError
from strands.models import Model
from strands.models.ollama import OllamaModel

from webapp.config import AgentSettings

MAX_TOKENS = 1_000
FAILURES = (ConnectionError, HTTPError, ResponseError)


def build_model(name: str, settings: AgentSettings) -> Model:
    return OllamaModel(settings.ollama_host, model_id=name, max_tokens=MAX_TOKENS)

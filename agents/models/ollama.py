import os

from httpx import HTTPError
from ollama import ResponseError
from strands.models import Model
from strands.models.ollama import OllamaModel

MAX_TOKENS = 1_000
FAILURES = (ConnectionError, HTTPError, ResponseError)
DEFAULT_HOST = "http://127.0.0.1:11434"


def build_model(name: str) -> Model:
    """Served at `OLLAMA_HOST`."""
    host = os.environ.get("OLLAMA_HOST", DEFAULT_HOST)
    return OllamaModel(host, model_id=name, max_tokens=MAX_TOKENS)

import os

from httpx import HTTPError
from ollama import ResponseError
from strands.models import Model
from strands.models.ollama import OllamaModel

MAX_TOKENS = 1_000
FAILURES = (ConnectionError, HTTPError, ResponseError)
LOCAL_SERVER = "http://127.0.0.1:11434"


def build_model(name: str) -> Model:
    """Its server is at `OLLAMA_HOST`."""
    host = os.environ.get("OLLAMA_HOST", LOCAL_SERVER)
    return OllamaModel(host, model_id=name, max_tokens=MAX_TOKENS)

"""Check that the model of `AGENT_MODEL` is reachable, without prompting it (that costs tokens)."""

import boto3

from webapp.config import Settings
from webapp.devtools.supervisor.errors import Unhealthy
from webapp.devtools.supervisor.http_client import fetch_json

OPENAI = "https://api.openai.com/v1"


def check_model(settings: Settings) -> str:
    """Return a description of the model's provider. Raises `Unhealthy`."""
    kind, _, name = settings.agent_model.partition(":")
    match kind:
        case "openai":
            return _check_openai(settings)
        case "ollama":
            return _check_ollama(settings.ollama_host, name)
        case "bedrock":
            return _check_bedrock()
        case _:
            return "local, with no network"


def _check_openai(settings: Settings) -> str:
    """List the models with the key; OpenAI-compatible servers have that route as well."""
    address, key = settings.openai_base_url or OPENAI, settings.openai_api_key
    if key is None:
        raise Unhealthy("OPENAI_API_KEY is not set")
    fetch_json(address, "/models", token=key.get_secret_value())
    return f"{address} accepts the key"


def _check_ollama(host: str, name: str) -> str:
    address = (host if "://" in host else f"http://{host}").rstrip("/")
    models = fetch_json(address, "/api/tags").get("models", [])
    if not {name, f"{name}:latest"} & {model["name"] for model in models}:
        raise Unhealthy(f"{address} has no model {name}: `ollama pull {name}`")
    return f"{address} has {name}"


def _check_bedrock() -> str:
    session = boto3.Session()
    if session.get_credentials() is None:
        raise Unhealthy("boto3 finds no AWS credentials")
    return f"AWS credentials found, region {session.region_name or 'not set'}"

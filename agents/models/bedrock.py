from botocore.exceptions import BotoCoreError, ClientError
from strands.models import BedrockModel, Model

from webapp.config import AgentSettings

MAX_TOKENS = 1_000
FAILURES = (BotoCoreError, ClientError)


def build_model(name: str, settings: AgentSettings) -> Model:
    """boto3 finds the region and the credentials."""
    del settings
    return BedrockModel(model_id=name, max_tokens=MAX_TOKENS)

"""Secrets Manager: https://docs.aws.amazon.com/secretsmanager/latest/apireference/."""

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


class SecretsManager:
    """Secrets whose text is a JSON object of names and values."""

    def __init__(self, client: "SecretsManagerClient") -> None:
        self._client = client

    def get(self, name: str) -> dict[str, str]:
        found: dict[str, str] = json.loads(self._client.get_secret_value(SecretId=name)["SecretString"])
        return found

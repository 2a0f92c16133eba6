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
        try:
            text = self._client.get_secret_value(SecretId=name)["SecretString"]
        except self._client.exceptions.ResourceNotFoundException as error:
            raise KeyError(name) from error
        found: dict[str, str] = json.loads(text)
        return found

    def put(self, name: str, entries: dict[str, str]) -> None:
        text = json.dumps(entries)
        try:
            self._client.put_secret_value(SecretId=name, SecretString=text)
        except self._client.exceptions.ResourceNotFoundException:
            self._client.create_secret(Name=name, SecretString=text)

    def remove(self, name: str) -> None:
        self._client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)

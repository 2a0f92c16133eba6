"""Secrets in memory."""


class MemorySecrets:
    def __init__(self, secrets: dict[str, dict[str, str]]) -> None:
        self._secrets = secrets

    def get(self, name: str) -> dict[str, str]:
        return self._secrets[name]

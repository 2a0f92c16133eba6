"""Secrets in memory."""


class MemorySecrets:
    def __init__(self, secrets: dict[str, dict[str, str]]) -> None:
        self._secrets = secrets

    def get(self, name: str) -> dict[str, str]:
        return dict(self._secrets[name])

    def put(self, name: str, entries: dict[str, str]) -> None:
        self._secrets[name] = dict(entries)

    def remove(self, name: str) -> None:
        self._secrets.pop(name, None)

    def names(self) -> set[str]:
        """Of every secret."""
        return set(self._secrets)

"""API keys of a tenant from Python; the caller's key has to be an owner's."""

from urllib.parse import quote

from pydantic import Field

from fanfold_client.connection import Connection, dumped
from fanfold_client.shapes.answer import Answer


class ApiKey(Answer):
    """A key without its text. Without scopes it is for all services."""

    id: str
    name: str = ""
    role: str
    scopes: list[str] = Field(default_factory=list)
    created_at: str
    expires_at: str | None = None
    last_used_on: str | None = None
    key: str | None = None
    """Its text, in the answer that makes it and never again."""


class ApiKeyList(Answer):
    keys: list[ApiKey]


class Keys:
    """The keys of the caller's tenant. Every call may raise FanfoldError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[ApiKey]:
        """Keys that open, oldest first."""
        return self._connection.get(ApiKeyList, "/v1/keys").keys

    def create(
        self, name: str, role: str = "editor", scopes: list[str] | None = None, expires_at: str | None = None
    ) -> ApiKey:
        """A new key: role viewer, editor or owner; scopes batches, forecasts, writing, logs, stats, account."""
        asked = {"name": name, "role": role, "scopes": scopes or [], "expires_at": expires_at}
        return self._connection.post(ApiKey, "/v1/keys", dumped({k: v for k, v in asked.items() if v is not None}))

    def revoke(self, id: str) -> None:
        """It opens no more, at once."""
        self._connection.forget(f"/v1/keys/{quote(id, safe='')}")

    def rotate(self, id: str, overlap_hours: float = 24) -> ApiKey:
        """A new key like it; the old one opens for some hours more."""
        path = f"/v1/keys/{quote(id, safe='')}/rotate"
        return self._connection.post(ApiKey, path, dumped({"overlap_hours": overlap_hours}))

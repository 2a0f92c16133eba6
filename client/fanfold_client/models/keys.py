"""What this part of the API answers. Made by `make client` of openapi.json: do not edit."""

from pydantic import Field

from fanfold_client.answers import Answer


class ApiKey(Answer):
    """A key as it can be shown. Those made before keys had names are owners' and never expire."""

    id: str
    name: str = ""
    role: str = "owner"
    scopes: list[str] = Field(default_factory=list)
    created_at: str = ""
    expires_at: str | None = None
    last_used_on: str | None = None
    """A day, UTC."""


class IssuedKey(Answer):
    """A new key: the only time that its text is seen."""

    id: str
    name: str = ""
    role: str = "owner"
    scopes: list[str] = Field(default_factory=list)
    created_at: str = ""
    expires_at: str | None = None
    last_used_on: str | None = None
    """A day, UTC."""
    tenant: str = ""
    key: str = ""


class KeyList(Answer):
    """In the API KeyList."""

    keys: list[ApiKey] = Field(default_factory=list)

"""Who asks: somebody with a key of ours, or with a token of the issuer that the operator trusts."""

from collections.abc import Mapping

from fanfold.accounts.keys import ApiKeys, Identity
from fanfold.accounts.tenants import Tenants
from fanfold.accounts.tokens import IssuerTokens
from fanfold.errors import NotFound, Unauthorized

OURS = "ff_"
KEY_HEADERS = {"anthropic": "x-api-key", "gemini": "x-goog-api-key"}
"""Where other SDKs put a key, by the first part of the paths that they call."""


def authorization(headers: Mapping[str, str], route: str) -> str | None:
    """The `Authorization` of a call of a route, or one that says the same as the key header of another's SDK."""
    if said := headers.get("authorization"):
        return said
    surface = route.partition("/")[2].partition("/")[0]
    key = headers.get(KEY_HEADERS.get(surface, ""))
    return f"Bearer {key}" if key else None


def caller_of(authorization: str | None, keys: ApiKeys, tenants: Tenants, tokens: IssuerTokens | None) -> Identity:
    """Who asks, by an `Authorization: Bearer …` header. Raises Unauthorized."""
    scheme, _, text = (authorization or "").partition(" ")
    text = text.strip()
    if tokens is None or scheme.lower() != "bearer" or not text or text.startswith(OURS):
        return keys.authorize(authorization)
    found = tokens.read(text)
    try:
        tenant = tenants.get(found.tenant)
    except NotFound as error:
        raise Unauthorized(error.detail, field="Authorization") from None
    if tenant.suspended_at:
        raise Unauthorized.of_key(f"tenant {found.tenant} is suspended", found.tenant, found.key_id)
    return found.model_copy(update={"calls_per_minute": tenant.quotas.calls_per_minute})

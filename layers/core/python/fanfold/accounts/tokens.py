"""Tokens of an OpenID Connect issuer (Cognito, Entra, Keycloak, …), in place of keys.

https://openid.net/specs/openid-connect-discovery-1_0.html. A token's signature is checked with the issuer's keys, which
are kept for a while; its tenant and role are claims that the operator names, and OAuth's `scope` may limit it to some
services. Only asymmetric algorithms count.
"""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from fanfold.accounts.keys import Identity
from fanfold.accounts.permissions import Role, Service
from fanfold.accounts.tenants import TenantName
from fanfold.clock import Clock
from fanfold.errors import Unauthorized

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
NEEDED = ("exp", "iss", "sub")
LEEWAY = 60
"""Seconds that the issuer's clock may be off ours."""
KEPT, AGAIN = 600.0, 60.0
"""Seconds that keys are kept, and before an unknown key makes us ask the issuer again."""
LONGEST = 8192
OURS = "fanfold/"
"""What scopes begin with that are for us alone: an unknown one of them is a mistake, and limits nothing."""
TENANT = TypeAdapter(TenantName)
Fetch = Callable[[str], bytes]
"""What an address answers to a GET. Raises OSError."""


class TrustedIssuer(NamedTuple):
    """Whose tokens are taken, for whom they are made out, and where they say what."""

    issuer: str
    audience: str
    tenant_claim: str
    role_claim: str


class IssuerTokens:
    """The tokens of one issuer."""

    def __init__(self, trust: TrustedIssuer, fetch: Fetch, clock: Clock) -> None:
        self._trust, self._fetch, self._clock = trust, fetch, clock
        self._keys: dict[str, Any] = {}
        self._read_at = float("-inf")

    def read(self, text: str) -> Identity:
        """Who a token is of. Raises Unauthorized with what is wrong with it."""
        import jwt

        if len(text) > LONGEST:
            raise _refused("it is too long")
        try:
            key = self._key(str(jwt.get_unverified_header(text).get("kid")))
            claims = jwt.decode(
                text,
                key,
                algorithms=ALGORITHMS,
                issuer=self._trust.issuer,
                leeway=LEEWAY,
                options={"require": list(NEEDED), "verify_aud": False},
            )
        except jwt.PyJWTError as error:
            raise _refused(str(error)) from None
        return self._identity(claims)

    def _identity(self, claims: dict[str, Any]) -> Identity:
        """Cognito's access tokens have no audience, but a client."""
        named = claims.get("aud") or claims.get("client_id")
        if self._trust.audience not in (named if isinstance(named, list) else [named]):
            raise _refused("it is made out for somebody else")
        try:
            tenant = TENANT.validate_python(claims.get(self._trust.tenant_claim))
            role = Role(str(claims.get(self._trust.role_claim)))
        except (ValidationError, ValueError):
            wanted = f"{self._trust.tenant_claim} (a tenant) and {self._trust.role_claim} ({', '.join(Role)})"
            raise _refused(f"it has to have the claims {wanted}") from None
        scopes = _services(claims.get("scope"))
        return Identity(tenant=tenant, key_id=f"token:{claims['sub']}"[:128], role=role, scopes=scopes)

    def _key(self, kid: str) -> Any:
        age = self._clock().timestamp() - self._read_at
        if age > KEPT or (kid not in self._keys and age > AGAIN):
            self._read_keys()
        if kid not in self._keys:
            raise _refused("nobody knows the key that it is signed with")
        return self._keys[kid]

    def _read_keys(self) -> None:
        """The issuer's keys anew. If it does not answer, those of before are good for a while longer."""
        import jwt

        self._read_at = self._clock().timestamp()
        try:
            place = json.loads(self._fetch(f"{self._trust.issuer.rstrip('/')}/.well-known/openid-configuration"))
            found = jwt.PyJWKSet.from_dict(json.loads(self._fetch(str(place["jwks_uri"]))))
        except (OSError, ValueError, KeyError, TypeError, jwt.PyJWTError):
            if not self._keys:
                self._read_at = float("-inf")
                raise Unauthorized("the issuer's keys can't be read now", field="Authorization") from None
            return
        self._keys = {str(each.key_id): each for each in found.keys if each.public_key_use in (None, "sig")}


def _services(scope: Any) -> tuple[Service, ...]:
    """The services that a token is limited to; none means all. `batches` is one, and so is `fanfold/batches`, as
    resource servers have it; what others are called is for others.
    """
    named = scope.split() if isinstance(scope, str) else scope or []
    if not isinstance(named, list) or not all(isinstance(each, str) for each in named):
        raise _refused("its claim scope is no text")
    known = {each.value for each in Service}
    if strange := [each for each in named if each.startswith(OURS) and each.removeprefix(OURS) not in known]:
        raise _refused(f"there is no service {strange[0]!r}; there are {', '.join(sorted(known))}")
    return tuple(sorted({Service(each.rpartition("/")[2]) for each in named if each.rpartition("/")[2] in known}))


def _refused(why: str) -> Unauthorized:
    return Unauthorized(f"this token is not good: {why}", field="Authorization")

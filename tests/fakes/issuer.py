"""An issuer of tokens: its keys, what it says of itself, and tokens that it signs."""

import json
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ISSUER = "https://issuer.test/pool"
AUDIENCE = "fanfold"


class Issuer:
    """`fetch` answers as its addresses do, while it is `up`."""

    def __init__(self, url: str = ISSUER) -> None:
        self.url, self.up, self.asked = url, True, 0
        self._keys: dict[str, Any] = {}
        self.rotate("k1")

    def rotate(self, kid: str, *, curve: bool = False) -> None:
        """Sign with a new key from now on; the old ones are known no more."""
        key = ec.generate_private_key(ec.SECP256R1()) if curve else rsa.generate_private_key(65537, 2048)
        self._keys = {kid: key}

    def token(self, now: datetime, *, kid: str | None = None, key: Any = None, **claims: Any) -> str:
        """A token of an hour; claims that are None are left out."""
        own, private = next(iter(self._keys.items()))
        said = {"iss": self.url, "aud": AUDIENCE, "sub": "u-1", "tenant": "acme", "role": "editor"}
        said |= {"iat": now, "exp": now + timedelta(hours=1)} | claims
        algorithm = "ES256" if isinstance(private, ec.EllipticCurvePrivateKey) else "RS256"
        wanted = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(wanted, key or private, algorithm=algorithm, headers={"kid": kid or own})

    def fetch(self, url: str) -> bytes:
        self.asked += 1
        if not self.up:
            raise OSError("the issuer is down")
        if url == f"{self.url}/.well-known/openid-configuration":
            return json.dumps({"issuer": self.url, "jwks_uri": f"{self.url}/jwks"}).encode()
        if url == f"{self.url}/jwks":
            return self.jwks()
        raise OSError(f"{url} is not there")

    def public(self) -> bytes:
        """The public key that tokens are checked with, as PEM."""
        key = next(iter(self._keys.values())).public_key()
        found: bytes = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return found

    def jwks(self) -> bytes:
        return json.dumps({"keys": [_public(kid, key) for kid, key in self._keys.items()]}).encode()


def _public(kid: str, key: Any) -> dict[str, Any]:
    curve = isinstance(key, ec.EllipticCurvePrivateKey)
    of = jwt.algorithms.ECAlgorithm if curve else jwt.algorithms.RSAAlgorithm
    public: dict[str, Any] = of.to_jwk(key.public_key(), as_dict=True)
    return public | {"kid": kid, "use": "sig", "alg": "ES256" if curve else "RS256"}

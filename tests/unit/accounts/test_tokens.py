"""Tokens of an issuer: who they let in, and everything that is wrong with the others."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from fanfold.accounts.callers import caller_of
from fanfold.accounts.keys import ApiKeys, CreateKey
from fanfold.accounts.permissions import Role, Service
from fanfold.accounts.quotas import Quotas
from fanfold.accounts.tenants import Tenants
from fanfold.accounts.tokens import IssuerTokens, TrustedIssuer
from fanfold.errors import Unauthorized
from tests.fakes.issuer import AUDIENCE, ISSUER, Issuer
from tests.fakes.table import MemoryTable

TRUST = TrustedIssuer(ISSUER, AUDIENCE, "tenant", "role")


class World:
    """An issuer, tokens of it, and a clock."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)
        self.issuer = Issuer()
        self.tokens = IssuerTokens(TRUST, self.issuer.fetch, lambda: self.now)
        table = MemoryTable()
        self.tenants = Tenants(table, lambda: self.now)
        self.keys = ApiKeys(table, self.tenants, lambda: self.now)
        self.tenants.create("acme")

    def token(self, **claims: Any) -> str:
        return self.issuer.token(datetime.now(UTC), **claims)  # jwt has a clock of its own

    def caller(self, text: str) -> Any:
        return caller_of(f"Bearer {text}", self.keys, self.tenants, self.tokens)


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("curve", [False, True])
def test_a_token_lets_in_its_tenant_with_its_role(world: World, curve: bool) -> None:
    world.issuer.rotate("k2", curve=curve)
    world.tenants.set_quotas("acme", Quotas(calls_per_minute=60))
    found = world.caller(world.token(role="viewer"))
    assert (found.tenant, found.role, found.scopes, found.key_id) == ("acme", Role.VIEWER, (), "token:u-1")
    assert found.calls_per_minute == 60


@pytest.mark.parametrize(
    ("scope", "services"),
    [
        ("openid profile email", ()),
        ("", ()),
        ("batches openid", (Service.BATCHES,)),
        ("fanfold/logs https://api.example.com/batches fanfold/logs", (Service.BATCHES, Service.LOGS)),
        (["forecasts", "offline_access"], (Service.FORECASTS,)),
    ],
)
def test_scopes_limit_a_token_to_services(world: World, scope: Any, services: tuple[Service, ...]) -> None:
    assert world.caller(world.token(scope=scope)).scopes == services


@pytest.mark.parametrize(
    ("scope", "said"), [("fanfold/batchs", "no service 'fanfold/batchs'"), (7, "no text"), ([7], "no text")]
)
def test_a_mistaken_scope_widens_nothing(world: World, scope: Any, said: str) -> None:
    with pytest.raises(Unauthorized, match=said):
        world.caller(world.token(scope=scope))


def test_keys_open_as_before(world: World) -> None:
    issued = world.keys.issue("acme", CreateKey(name="a"))
    assert world.caller(issued.key).key_id == issued.id
    with pytest.raises(Unauthorized, match="not of the form"):
        caller_of(f"Bearer {world.token()}", world.keys, world.tenants, None)
    with pytest.raises(Unauthorized, match="send your key"):
        caller_of(None, world.keys, world.tenants, world.tokens)


PAST = datetime.now(UTC) - timedelta(hours=2)


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"exp": PAST}, "expired"),
        ({"exp": None}, "exp"),
        ({"sub": None}, "sub"),
        ({"iss": "https://other.test"}, "issuer"),
        ({"iss": None}, "iss"),
        ({"aud": "somebody-else"}, "somebody else"),
        ({"aud": None}, "somebody else"),
        ({"aud": "somebody-else", "client_id": AUDIENCE}, "somebody else"),
        ({"nbf": datetime.now(UTC) + timedelta(hours=1)}, "not yet valid"),
        ({"tenant": None}, "claims tenant"),
        ({"tenant": "No Name"}, "claims tenant"),
        ({"tenant": ["acme"]}, "claims tenant"),
        ({"role": None}, "claims tenant"),
        ({"role": "operator"}, "claims tenant"),
        ({"tenant": "nobody"}, "there is no tenant"),
    ],
    ids=lambda given: given if isinstance(given, str) else "-".join(given),
)
def test_what_is_wrong_with_a_token_is_said(world: World, claims: dict[str, Any], said: str) -> None:
    with pytest.raises(Unauthorized, match=said) as refused:
        world.caller(world.token(**claims))
    assert refused.value.flaws[0].field == "Authorization"


def test_other_claims_may_name_tenant_and_role_and_cognitos_tokens_name_their_client(world: World) -> None:
    trust = TrustedIssuer(ISSUER, AUDIENCE, "custom:tenant", "custom:role")
    tokens = IssuerTokens(trust, world.issuer.fetch, lambda: world.now)
    said = {"custom:tenant": "acme", "custom:role": "owner", "aud": None, "client_id": AUDIENCE}
    assert tokens.read(world.token(**said)).role is Role.OWNER
    assert tokens.read(world.token(**said | {"aud": ["x", AUDIENCE]})).tenant == "acme"


def _part(said: dict[str, Any] | bytes) -> str:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    return base64.urlsafe_b64encode(body).decode().rstrip("=")


def _symmetric(claims: dict[str, Any], secret: bytes) -> str:
    """The old trick: the issuer's public key as the secret of a token that says it is symmetric."""
    said = f"{_part({'alg': 'HS256', 'kid': 'k1'})}.{_part(claims)}"
    return f"{said}.{_part(hmac.new(secret, said.encode(), 'sha256').digest())}"


def forged(world: World) -> list[str]:
    """Tokens that nobody signed, or the wrong one did."""
    header, body, signature = world.token().split(".")
    stranger = Issuer()
    none = _part({"alg": "none", "kid": "k1"})
    claims = jwt.decode(world.token(), options={"verify_signature": False})
    public = world.issuer.public()
    return [
        stranger.token(world.now),
        f"{none}.{body}.",
        f"{header}.{body}.{signature[:-4]}AAAA",
        f"{header}.{_part(claims | {'role': 'owner'})}.{signature}",
        _symmetric(claims, public),
        jwt.encode(claims, "s" * 32, algorithm="HS256", headers={"kid": "k1"}),
    ]


def test_forged_tokens_are_refused(world: World) -> None:
    for text in [*forged(world), "a.b.c", "x", "é.é.é", "." * 9000, f"{'e' * 4000}.{'e' * 3000}.e"]:
        with pytest.raises(Unauthorized):
            world.caller(text)


def test_the_issuers_keys_are_kept_and_read_again_when_they_change(world: World) -> None:
    for _ in range(5):
        world.caller(world.token())
    assert world.issuer.asked == 2
    world.issuer.rotate("k2")
    world.now += timedelta(seconds=61)
    assert world.caller(world.token())
    assert world.issuer.asked == 4


def test_tokens_with_unknown_keys_do_not_make_us_ask_again_and_again(world: World) -> None:
    world.caller(world.token())
    for number in range(20):
        with pytest.raises(Unauthorized, match="nobody knows the key"):
            world.caller(world.token(kid=f"unknown-{number}"))
    assert world.issuer.asked == 2


def test_a_key_that_the_issuer_took_back_is_good_for_ten_minutes_at_most(world: World) -> None:
    old = world.token()
    world.caller(old)
    world.issuer.rotate("k2")
    world.now += timedelta(seconds=601)
    with pytest.raises(Unauthorized):
        world.caller(old)


def test_an_issuer_that_is_down_locks_out_nobody_who_was_known(world: World) -> None:
    world.issuer.up = False
    with pytest.raises(Unauthorized, match="can't be read now"):
        world.caller(world.token())
    world.issuer.up = True
    world.caller(world.token())
    world.issuer.up = False
    world.now += timedelta(seconds=601)
    assert world.caller(world.token())


def test_a_suspended_tenants_tokens_do_not_open(world: World) -> None:
    world.tenants.suspend("acme", suspended=True)
    with pytest.raises(Unauthorized, match="suspended") as refused:
        world.caller(world.token())
    assert refused.value.known == ("acme", "token:u-1")

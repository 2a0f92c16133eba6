"""API keys with a life: name, role, scopes, expiry, day of last use; rotated with an overlap, revoked at once.

A key is `ff_<tenant>_<secret>`: it names its tenant, so that it is looked up in a partition of the tenant's keys, where
only its SHA-256 is kept. Its id is the beginning of that. Keys that were issued when those lay among the tenant's other
items are moved at their next use.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from fanfold.accounts.permissions import Role, Service
from fanfold.accounts.tenants import TenantName, Tenants, tenant_key
from fanfold.clock import Clock, Moment, moment, stamp
from fanfold.errors import Conflict, Invalid, NotFound, Unauthorized
from fanfold.events import KeyExpiring
from fanfold.outbox import Outbox
from fanfold.ports import Change, Item, Key, Query, Table, every_item
from fanfold.values import ID_PATTERN
from fanfold.versions import Steps, read_item, rewritten, stamped

KEY = re.compile(r"ff_([a-z0-9][a-z0-9-]{0,31})_[\w-]{43}")
PREFIX = "KEY#"
ID_LENGTH = 16
STEPS: Steps = ()
"""From each version of a key's item to the next."""
MOST_KEYS = 100
"""Keys of a tenant."""
TOLD = timedelta(days=1)
REMINDED = timedelta(days=7)
"""How long before its end it is told that a key expires."""
KeyId = Annotated[str, StringConstraints(pattern=rf"^[0-9a-f]{{{ID_LENGTH}}}$")]


class CreateKey(BaseModel):
    """What a new key is to be."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100, pattern=ID_PATTERN)]
    role: Role = Role.EDITOR
    scopes: frozenset[Service] = frozenset()
    """Services that it is for; none means all."""
    expires_at: Moment | None = None


class RotateKey(BaseModel):
    """How a key is replaced: the old one opens for some hours more."""

    model_config = ConfigDict(extra="forbid")

    overlap_hours: Annotated[float, Field(ge=0, le=720)] = 24


class ApiKey(BaseModel):
    """A key as it can be shown. Those made before keys had names are owners' and never expire."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str = ""
    role: Role = Role.OWNER
    scopes: tuple[Service, ...] = ()
    created_at: str
    expires_at: str | None = None
    last_used_on: str | None = None
    """A day, UTC."""


class IssuedKey(ApiKey):
    """A new key: the only time that its text is seen."""

    tenant: TenantName
    key: str


class Identity(BaseModel):
    """Whose key a request carries, and what it may do."""

    model_config = ConfigDict(frozen=True)

    tenant: str
    key_id: str
    role: Role
    scopes: tuple[Service, ...]
    calls_per_minute: int | None = None
    """What the operator lets the tenant make."""

    def context(self) -> dict[str, str]:
        """What the authorizer tells the API's functions: texts, as the gateway passes them on."""
        scopes = " ".join(self.scopes)
        return {"tenant": self.tenant, "key_id": self.key_id, "role": self.role.value, "scopes": scopes}

    @classmethod
    def from_context(cls, said: Mapping[str, Any]) -> Self:
        return cls.model_validate({**said, "scopes": str(said["scopes"]).split()})


class ApiKeys:
    """The keys of all tenants."""

    def __init__(self, table: Table, tenants: Tenants, clock: Clock) -> None:
        self._table, self._tenants, self._clock = table, tenants, clock
        self._outbox = Outbox(table, clock)

    def issue(self, tenant: str, wanted: CreateKey) -> IssuedKey:
        """A new key. Raises NotFound for no such tenant, Invalid for a time that has passed, Conflict for too many."""
        self._tenants.get(tenant)
        now = stamp(self._clock())
        expires_at = stamp(wanted.expires_at) if wanted.expires_at else None
        if expires_at and expires_at <= now:
            raise Invalid(f"{expires_at} has passed", field="expires_at")
        if sum(1 for _ in self.all(tenant)) >= MOST_KEYS:
            raise Conflict(f"a tenant has at most {MOST_KEYS} keys: revoke one that is not used")
        text = f"ff_{tenant}_{token_urlsafe(32)}"
        made = ApiKey(
            id=_hash(text)[:ID_LENGTH],
            name=wanted.name,
            role=wanted.role,
            scopes=tuple(sorted(wanted.scopes)),
            created_at=now,
            expires_at=expires_at,
        )
        item = made.model_dump(mode="json", exclude={"id"}, exclude_none=True) | _forgotten(expires_at) | stamped(STEPS)
        self._table.together(Change(key=_key(tenant, _hash(text)), set=item), *_reminders(tenant, made))
        return IssuedKey(**made.model_dump(), tenant=tenant, key=text)

    def all(self, tenant: str) -> Iterator[ApiKey]:
        """The tenant's keys that still open, oldest first."""
        found = [_api_key(item) for item in self._items(tenant)]
        return iter(sorted((key for key in found if not self._expired(key)), key=lambda key: key.created_at))

    def revoke(self, tenant: str, id: str) -> None:
        """The key opens no more. Raises NotFound, and Conflict for the last owner's key, which nobody could replace."""
        item = self._item(tenant, id)
        key = _api_key(item)
        if key.role is Role.OWNER and self._owners(tenant) == {id}:
            raise Conflict("this is the last key of an owner: make another one first")
        self._table.remove(Key(item["pk"], item["sk"]))
        self._forget_reminder(tenant, key)

    def rotate(self, tenant: str, id: str, wanted: RotateKey) -> IssuedKey:
        """A new key of the same name, role, scopes and expiry; the old one opens for `overlap_hours` more."""
        item = self._item(tenant, id)
        old = _api_key(item)
        until = moment(old.expires_at) if old.expires_at else None
        made = self.issue(
            tenant, CreateKey(name=old.name or id, role=old.role, scopes=frozenset(old.scopes), expires_at=until)
        )
        ends = self._clock() + timedelta(hours=wanted.overlap_hours)
        last = stamp(min(ends, until) if until else ends)
        self._change(item, {"expires_at": last} | _forgotten(last))
        self._forget_reminder(tenant, old)
        return made

    def forget(self, tenant: str) -> int:
        """Remove all of the tenant's keys, those that have expired too; how many."""
        found = [Key(item["pk"], item["sk"]) for item in self._items(tenant)]
        for key in found:
            self._table.remove(key)
        return len(found)

    def authorize(self, authorization: str | None) -> Identity:
        """Who asks, by an `Authorization: Bearer …` header; the day of its use is noted. Raises Unauthorized."""
        if not authorization:
            raise Unauthorized("send your key: Authorization: Bearer ff_…", field="Authorization")
        scheme, _, text = authorization.partition(" ")
        found = KEY.fullmatch(text.strip())
        if scheme.lower() != "bearer" or not found:
            raise Unauthorized("this is not of the form: Bearer ff_<tenant>_<secret>", field="Authorization")
        hashed = _hash(text.strip())
        item, tenant = self._table.several([_key(found[1], hashed), tenant_key(found[1])])
        if item is None and tenant is not None:
            item = self._moved(found[1], hashed)
        if item is None or tenant is None:
            raise Unauthorized("nobody has this key", field="Authorization")
        key = _api_key(item)
        if self._expired(key):
            raise Unauthorized.of_key(f"this key expired at {key.expires_at}", found[1], key.id)
        if tenant.get("suspended_at"):
            raise Unauthorized.of_key(f"tenant {found[1]} is suspended", found[1], key.id)
        self._used(item)
        return _identity(found[1], key, tenant)

    def _moved(self, tenant: str, hashed: str) -> Item | None:
        """A key of before, moved to its place: what is left behind opens nothing, even if the key is revoked then."""
        before = self._table.get(_place_before(tenant, hashed))
        if before is None or "moved" in before:
            return None
        same = {name: value for name, value in before.items() if name not in ("pk", "sk")}
        gone = {"moved": True, "expires": int((self._clock() + TOLD).timestamp())}
        self._table.together(
            Change(key=_key(tenant, hashed), set=same, expect={"created_at": None}),
            Change(key=_place_before(tenant, hashed), set=gone, expect={"moved": None}),
        )
        return self._table.get(_key(tenant, hashed))

    def _used(self, item: Item) -> None:
        """One write a day and key; who else notes it at the same time has noted the same."""
        today = stamp(self._clock())[:10]
        if item.get("last_used_on") != today:
            self._change(item, {"last_used_on": today}, {"created_at": item["created_at"]})

    def _change(self, item: Item, news: Item, same: Item | None = None) -> None:
        key = Key(item["pk"], item["sk"])
        self._table.change(Change(key=key, set=rewritten(item, STEPS) | news, expect=same or {}))

    def _forget_reminder(self, tenant: str, key: ApiKey) -> None:
        if key.expires_at:
            self._outbox.drop(_expiring(tenant, key))

    def _owners(self, tenant: str) -> set[str]:
        return {key.id for key in self.all(tenant) if key.role is Role.OWNER}

    def _expired(self, key: ApiKey) -> bool:
        return key.expires_at is not None and key.expires_at <= stamp(self._clock())

    def _item(self, tenant: str, id: str) -> Item:
        found = [item for item in self._items(tenant, id) if not self._expired(_api_key(item))]
        if len(id) != ID_LENGTH or not found:
            raise NotFound(f"there is no key {id!r}", field="id")
        return found[0]

    def _items(self, tenant: str, id: str = "") -> list[Item]:
        """Keys whose id begins so; those that have expired among them, and those that were not moved yet."""
        places = (_key(tenant, id), _place_before(tenant, id))
        found = (
            item for place in places for item in every_item(self._table, Query(partition=place.pk, prefix=place.sk))
        )
        return [item for item in found if "moved" not in item]


def _identity(name: str, key: ApiKey, tenant: Item) -> Identity:
    most = tenant.get("quotas", {}).get("calls_per_minute")
    return Identity(tenant=name, key_id=key.id, role=key.role, scopes=key.scopes, calls_per_minute=most)


def _reminders(tenant: str, key: ApiKey) -> Iterator[Change]:
    """The write by which it is told in time that the key expires."""
    if key.expires_at:
        ends, life = moment(key.expires_at), moment(key.expires_at) - moment(key.created_at)
        at = stamp(ends - min(REMINDED, life / 2))
        yield Outbox.noting(_expiring(tenant, key, at), at)


def _expiring(tenant: str, key: ApiKey, at: str = "") -> KeyExpiring:
    return KeyExpiring(tenant=tenant, at=at, key=key.id, name=key.name, expires_at=key.expires_at or "")


def _forgotten(expires_at: str | None) -> dict[str, int]:
    """When the table may forget a key that has expired: a day later, so that it is told why it opens no more."""
    return {"expires": int((moment(expires_at) + TOLD).timestamp())} if expires_at else {}


def _api_key(item: Item) -> ApiKey:
    read = read_item(item, STEPS)
    known: dict[str, Any] = {name: read[name] for name in ApiKey.model_fields if name in read}
    return ApiKey.model_validate(known | {"id": item["sk"].removeprefix(PREFIX)[:ID_LENGTH]})


def _key(tenant: str, hashed: str) -> Key:
    """In a partition of their own: functions that read what others made can't reach it."""
    return Key(f"K#{tenant}", PREFIX + hashed)


def _place_before(tenant: str, hashed: str) -> Key:
    """Where keys lay until 2026-11-30."""
    return Key(f"T#{tenant}", PREFIX + hashed)


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()

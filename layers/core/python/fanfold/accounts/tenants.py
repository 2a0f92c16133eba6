"""Tenants and their API keys.

A key is `ff_<tenant>_<secret>`: it names its tenant, so that it is looked up in the tenant's own partition, where
only its SHA-256 is kept.
"""

import re
from hashlib import sha256
from secrets import token_urlsafe
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from fanfold.clock import Clock, stamp
from fanfold.errors import Invalid, NotFound, Unauthorized
from fanfold.ports import Change, Key, Table

TENANT = "TENANT"
TenantName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
KEY = re.compile(r"ff_([a-z0-9][a-z0-9-]{0,31})_[\w-]{43}")


class Tenant(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: TenantName
    created_at: str
    retention_days: int | None = None
    """How long finished jobs are kept; None leaves it to the deployment."""
    batch_defaults: dict[str, Any] = Field(default={})
    """The options of dropped files that have none of their own."""


class IssuedKey(BaseModel):
    """A new key: the only time that its text is seen."""

    tenant: TenantName
    key: str


class Tenants:
    """Everybody who may use this deployment."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table, self._clock = table, clock

    def issue_key(self, name: str) -> IssuedKey:
        """A new key for the tenant, who is made if there is none of that name. Raises Invalid."""
        try:
            TypeAdapter(TenantName).validate_python(name)
        except ValidationError:
            raise Invalid(
                f"{name!r} is no tenant's name: use up to 32 of a-z, 0-9 and -, not beginning with -", field="tenant"
            ) from None
        issued = IssuedKey(tenant=name, key=f"ff_{name}_{token_urlsafe(32)}")
        now = stamp(self._clock())
        self._table.change(Change(key=_key(name, TENANT), set={"created_at": now}, expect={"created_at": None}))
        self._table.change(Change(key=_key(name, _hashed(issued.key)), set={"created_at": now}))
        return issued

    def get(self, name: str) -> Tenant:
        """The tenant. Raises NotFound."""
        item = self._table.get(_key(name, TENANT))
        if item is None:
            raise NotFound(f"there is no tenant {name!r}", field="tenant")
        return Tenant.model_validate(item | {"name": name})

    def retention_days(self, name: str) -> int | None:
        """The tenant's own retention, if they have one."""
        item = self._table.get(_key(name, TENANT))
        return item.get("retention_days") if item else None

    def set_batch_defaults(self, name: str, options: dict[str, Any]) -> None:
        """Keep the options for dropped files. Raises NotFound."""
        self.get(name)
        self._table.change(Change(key=_key(name, TENANT), set={"batch_defaults": options}))

    def authorize(self, authorization: str | None) -> str:
        """The name of the tenant whose key is in an `Authorization: Bearer …` header. Raises Unauthorized."""
        if not authorization:
            raise Unauthorized("send your key: Authorization: Bearer ff_…", field="Authorization")
        scheme, _, key = authorization.partition(" ")
        found = KEY.fullmatch(key.strip())
        if scheme.lower() != "bearer" or not found:
            raise Unauthorized("this is not of the form: Bearer ff_<tenant>_<secret>", field="Authorization")
        if self._table.get(_key(found[1], _hashed(key.strip()))) is None:
            raise Unauthorized("nobody has this key", field="Authorization")
        return found[1]


def _key(tenant: str, sk: str) -> Key:
    return Key(f"T#{tenant}", sk)


def _hashed(key: str) -> str:
    return f"KEY#{sha256(key.encode()).hexdigest()}"

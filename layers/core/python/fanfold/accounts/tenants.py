"""Tenants: who may use a deployment. Their keys are in `keys`."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from fanfold.clock import Clock, stamp
from fanfold.errors import Conflict, Invalid, NotFound
from fanfold.ports import Change, Key, Query, Table, every_item

TENANT = "TENANT"
TenantName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
LISTING = "TENANTS"


class Tenant(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: TenantName
    created_at: str
    retention_days: int | None = None
    """How long finished jobs are kept; None leaves it to the deployment."""
    batch_defaults: dict[str, Any] = Field(default={})
    """The options of dropped files that have none of their own."""


class Tenants:
    """Everybody who may use this deployment."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table, self._clock = table, clock

    def create(self, name: str) -> Tenant:
        """A new tenant. Raises Invalid for no name, Conflict if there is one of that name."""
        try:
            TypeAdapter(TenantName).validate_python(name)
        except ValidationError:
            raise Invalid(
                f"{name!r} is no tenant's name: use up to 32 of a-z, 0-9 and -, not beginning with -", field="tenant"
            ) from None
        item = {"created_at": stamp(self._clock()), "listing": LISTING, "listed": name}
        if self._table.change(Change(key=_key(name, TENANT), set=item, expect={"created_at": None})) is None:
            raise Conflict(f"there is a tenant {name!r} already", field="tenant")
        return self.get(name)

    def all(self) -> Iterator[Tenant]:
        """Every tenant, by name; a new one may come a moment late."""
        for item in every_item(self._table, Query(partition=LISTING, index="listing")):
            yield Tenant.model_validate(item | {"name": item["listed"]})

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


def _key(tenant: str, sk: str) -> Key:
    return Key(f"T#{tenant}", sk)

"""Tenants: who may use a deployment. Their keys are in `keys`."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from fanfold.accounts.quotas import Quotas
from fanfold.clock import Clock, stamp
from fanfold.errors import Conflict, Forbidden, Invalid, NotFound
from fanfold.ports import Change, Key, Query, Table, every_item

TENANT = "TENANT"
TenantName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
LISTING = "TENANTS"


class Tenant(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: TenantName
    created_at: str
    suspended_at: str | None = None
    """Since when nothing of theirs is let in."""
    leaving_since: str | None = None
    """When the deletion of everything of theirs began."""
    retention_days: int | None = None
    """How long finished jobs are kept; None leaves it to the deployment."""
    batch_defaults: dict[str, Any] = Field(default={})
    """The options of dropped files that have none of their own."""
    quotas: Quotas = Quotas()
    """What the operator lets them use."""


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
        if self._table.change(Change(key=tenant_key(name), set=item, expect={"created_at": None})) is None:
            raise Conflict(f"there is a tenant {name!r} already", field="tenant")
        return self.get(name)

    def all(self) -> Iterator[Tenant]:
        """Every tenant, by name; a new one may come a moment late."""
        for item in every_item(self._table, Query(partition=LISTING, index="listing")):
            yield Tenant.model_validate(item | {"name": item["listed"]})

    def get(self, name: str) -> Tenant:
        """The tenant. Raises NotFound."""
        item = self._table.get(tenant_key(name))
        if item is None:
            raise NotFound(f"there is no tenant {name!r}", field="tenant")
        return Tenant.model_validate(item | {"name": name})

    def admit(self, name: str) -> Tenant:
        """The tenant, if they are let in. Raises NotFound, and Forbidden for one that is suspended."""
        tenant = self.get(name)
        if tenant.suspended_at:
            raise Forbidden(f"tenant {name} is suspended")
        return tenant

    def suspend(self, name: str, *, suspended: bool) -> None:
        """Let nothing of the tenant's in, by whichever key or way, or all again. Raises NotFound, Conflict."""
        if self.get(name).leaving_since:
            raise Conflict(f"tenant {name!r} is being deleted", field="tenant")
        since = stamp(self._clock()) if suspended else None
        self._set(name, suspended_at=since)

    def leave(self, name: str) -> str:
        """Let nothing of the tenant's in any more, for good; since when that is so. Raises NotFound."""
        tenant = self.get(name)
        since = tenant.leaving_since or stamp(self._clock())
        self._set(name, leaving_since=since, suspended_at=tenant.suspended_at or since)
        return since

    def retention_days(self, name: str) -> int | None:
        """The tenant's own retention, if they have one."""
        item = self._table.get(tenant_key(name))
        return item.get("retention_days") if item else None

    def quotas(self, name: str) -> Quotas:
        """What the operator lets the tenant use."""
        item = self._table.get(tenant_key(name)) or {}
        return Quotas.model_validate(item.get("quotas", {}))

    def set_quotas(self, name: str, quotas: Quotas) -> None:
        """Let the tenant use so much, from now on. Raises NotFound."""
        self._set(name, quotas=quotas.model_dump(mode="json", exclude_none=True))

    def set_batch_defaults(self, name: str, options: dict[str, Any]) -> None:
        """Keep the options for dropped files. Raises NotFound."""
        self._set(name, batch_defaults=options)

    def _set(self, name: str, **news: Any) -> None:
        tenant = self.get(name)
        same = {"created_at": tenant.created_at}
        if self._table.change(Change(key=tenant_key(name), set=news, expect=same)) is None:
            raise NotFound(f"there is no tenant {name!r}", field="tenant")


def tenant_key(name: str) -> Key:
    """The tenant's own item."""
    return Key(f"T#{name}", TENANT)

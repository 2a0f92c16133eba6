"""What an operator does with tenants, their keys and their provider keys: one command, one answer."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from fanfold import providers
from fanfold.accounts.audit import OPERATOR, Act, Audit
from fanfold.accounts.keys import ApiKeys, CreateKey, KeyId, RotateKey
from fanfold.accounts.permissions import Role
from fanfold.accounts.provider_keys import ProviderKeys, SetProviderKey
from fanfold.accounts.quotas import Quotas
from fanfold.accounts.tenants import TenantName, Tenants
from fanfold.administration.deletion import Belongings, delete_tenant, receipts
from fanfold.administration.export import ExportPart, ExportSources, export_tenant
from fanfold.errors import Invalid, Refused
from fanfold.problems import invalid


class AdminCommand(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class CreateTenant(AdminCommand):
    """A new tenant, with a first key of an owner."""

    command: Literal["create_tenant"]
    tenant: TenantName


class ListTenants(AdminCommand):
    command: Literal["list_tenants"]


class SuspendTenant(AdminCommand):
    """Let nothing of the tenant's in, or all again."""

    command: Literal["suspend_tenant", "resume_tenant"]
    tenant: TenantName


class ShowQuotas(AdminCommand):
    command: Literal["show_quotas"]
    tenant: TenantName


class SetQuotas(AdminCommand):
    """Change the quotas that are named; null takes one away."""

    command: Literal["set_quotas"]
    tenant: TenantName
    quotas: Quotas


class DeleteTenant(AdminCommand):
    """Take the next step of deleting the tenant with everything of theirs, which can't be undone."""

    command: Literal["delete_tenant"]
    tenant: TenantName
    cursor: str | None = None


class ListReceipts(AdminCommand):
    command: Literal["list_receipts"]


class ExportTenant(AdminCommand):
    """The next answer of a part of everything that the tenant has."""

    command: Literal["export_tenant"]
    tenant: TenantName
    part: ExportPart
    cursor: str | None = None


class IssueTenantKey(AdminCommand, CreateKey):
    command: Literal["issue_key"]
    tenant: TenantName
    name: str = "issued by the operator"
    role: Role = Role.OWNER


class ListTenantKeys(AdminCommand):
    command: Literal["list_keys"]
    tenant: TenantName


class RevokeTenantKey(AdminCommand):
    command: Literal["revoke_key"]
    tenant: TenantName
    id: KeyId


class RotateTenantKey(AdminCommand, RotateKey):
    command: Literal["rotate_key"]
    tenant: TenantName
    id: KeyId


class SetTenantProviderKey(AdminCommand, SetProviderKey):
    command: Literal["set_provider_key"]


Command = Annotated[
    CreateTenant
    | ListTenants
    | SuspendTenant
    | ShowQuotas
    | SetQuotas
    | DeleteTenant
    | ListReceipts
    | ExportTenant
    | IssueTenantKey
    | ListTenantKeys
    | RevokeTenantKey
    | RotateTenantKey
    | SetTenantProviderKey,
    Field(discriminator="command"),
]
COMMANDS: TypeAdapter[Command] = TypeAdapter(Command)


SEEN = frozenset({"list_keys", "show_quotas", "delete_tenant"})
"""They change nothing, or have a receipt instead: an entry about a deletion would be one more thing to delete."""


@dataclass(frozen=True)
class Desk:
    """What an operator has at hand."""

    tenants: Tenants
    keys: ApiKeys
    provider_keys: ProviderKeys
    audit: Audit
    belongings: Callable[[], Belongings]
    """Made for the few commands that need it."""


def administer(given: Any, request: str, desk: Desk) -> dict[str, Any]:
    """Do what the command says. Raises Invalid with the field for what is no command, NotFound, Conflict."""
    try:
        command = COMMANDS.validate_python(given)
    except ValidationError as error:
        flaws = invalid(error, "this is no command").flaws
        said = "; ".join(f"{flaw.field}: {flaw.detail}" if flaw.field else flaw.detail for flaw in flaws)
        raise Invalid(said, *flaws) from None  # what was given may hold a key
    if isinstance(command, ListTenants | ListReceipts) or command.command in SEEN:
        return _done(command, desk)
    if command.tenant is None:
        return _done(command, desk)  # the deployment's own: CloudTrail has who invoked it
    if not isinstance(command, CreateTenant):
        desk.tenants.get(command.tenant)
    entry = desk.audit.begin(Act(tenant=command.tenant, who=OPERATOR, what=command.command, request=request))
    try:
        done = _done(command, desk)
    except Refused as error:
        desk.audit.end(entry, error.status)
        raise
    desk.audit.end(entry, HTTPStatus.OK)
    return done


def _done(command: Command, desk: Desk) -> dict[str, Any]:
    match command:
        case CreateTenant():
            desk.tenants.create(command.tenant)
            return _said(desk.keys.issue(command.tenant, CreateKey(name="first key", role=Role.OWNER)))
        case ListTenants():
            return {"tenants": [_said(tenant) for tenant in desk.tenants.all()]}
        case SuspendTenant():
            desk.tenants.suspend(command.tenant, suspended=command.command == "suspend_tenant")
            return {"tenant": command.tenant}
        case ShowQuotas():
            return _said(desk.tenants.get(command.tenant).quotas)
        case SetQuotas():
            return _said(_changed(command, desk.tenants))
        case SetTenantProviderKey():
            check_provider(command.provider)
            desk.provider_keys.set(command)
            return command.model_dump(exclude={"key", "command"}, exclude_none=True)
        case DeleteTenant() | ListReceipts() | ExportTenant():
            return _with_everything(command, desk.belongings())
    return _with_keys(command, desk.keys)


def check_provider(entry: str) -> None:
    """Refuse an entry of a secret that no provider reads. Raises Invalid."""
    known = providers.names()
    if entry.removesuffix("_webhook") not in known:
        raise Invalid(f"no such provider; there are: {', '.join(known)}", field="provider")  # it may be a key


def _with_keys(
    command: IssueTenantKey | ListTenantKeys | RevokeTenantKey | RotateTenantKey, keys: ApiKeys
) -> dict[str, Any]:
    match command:
        case IssueTenantKey():
            return _said(keys.issue(command.tenant, command))
        case ListTenantKeys():
            return {"keys": [_said(key) for key in keys.all(command.tenant)]}
        case RevokeTenantKey():
            keys.revoke(command.tenant, command.id)
            return {"id": command.id}
        case RotateTenantKey():
            return _said(keys.rotate(command.tenant, command.id, command))


def _with_everything(command: DeleteTenant | ListReceipts | ExportTenant, theirs: Belongings) -> dict[str, Any]:
    match command:
        case DeleteTenant():
            return _said(delete_tenant(command.tenant, command.cursor, theirs))
        case ListReceipts():
            return {"receipts": [_said(receipt) for receipt in receipts(theirs.table)]}
        case ExportTenant():
            tables = {ExportPart.ITEMS: theirs.table, ExportPart.JOURNAL: theirs.journal}
            sources = ExportSources(theirs.keys, tables, theirs.blobs)
            return _said(export_tenant(command.tenant, command.part, command.cursor, sources))


def _changed(command: SetQuotas, tenants: Tenants) -> Quotas:
    before = tenants.get(command.tenant).quotas
    after = Quotas.model_validate(before.model_dump() | command.quotas.model_dump(exclude_unset=True))
    tenants.set_quotas(command.tenant, after)
    return after


def _said(found: BaseModel) -> dict[str, Any]:
    return found.model_dump(mode="json")

"""`fanfold admin`: tenants and their keys, by the operator of a deployment, with AWS's own permissions."""

import json
from typing import Any

import click

from fanfold_client.answers import Answer
from fanfold_client.errors import Refused
from fanfold_command.keys import ROLES, SERVICES, TOLD_ONCE
from fanfold_command.printing import json_option, show_record, show_rows
from fanfold_command.session import CliContext, pass_session
from fanfold_command.shapes import ISSUED_KEY, KEYS, TENANTS

OUTPUT = "AdminFunctionName"


class Admin:
    """The deployment's Admin function; raises Refused for what it refuses."""

    def __init__(self, session: CliContext, stack: str | None) -> None:
        try:
            from fanfold_command.doctor.aws import clients
        except ImportError:
            raise click.ClickException("boto3 is not there: pip install 'fanfold[aws]'") from None

        profile = session.profile
        self._client = clients(profile)
        self._stack = stack or profile.stack

    def do(self, command: str, **given: Any) -> dict[str, Any]:
        """The answer to a command."""
        payload = {"command": command} | {name: value for name, value in given.items() if value is not None}
        answer = self._client("lambda").invoke(FunctionName=self._function(), Payload=json.dumps(payload).encode())
        found: dict[str, Any] = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise Refused({"title": found.get("errorType", "Refused"), "detail": found.get("errorMessage", found)})
        return found

    def _function(self) -> str:
        stack = self._client("cloudformation").describe_stacks(StackName=self._stack)["Stacks"][0]
        outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", ())}
        if OUTPUT not in outputs:
            raise click.ClickException(f"the stack {self._stack} has no {OUTPUT}: deploy this version's template")
        return str(outputs[OUTPUT])


@click.group()
@click.option("--stack", metavar="NAME", help="The CloudFormation stack; otherwise the profile's, or fanfold.")
@click.pass_context
def admin(context: click.Context, stack: str | None) -> None:
    """Manage tenants and their keys, with your AWS credentials."""
    context.meta["stack"] = stack


def _admin(session: CliContext) -> Admin:
    return Admin(session, click.get_current_context().meta.get("stack"))


@admin.command("create-tenant")
@click.argument("tenant")
@json_option
@pass_session
def create_tenant(session: CliContext, tenant: str, fields: str | None) -> None:
    """Make TENANT, with a first key of an owner."""
    show_record(Answer(**_admin(session).do("create_tenant", tenant=tenant)), ISSUED_KEY, fields)
    click.echo(TOLD_ONCE, err=True)


@admin.command()
@json_option
@pass_session
def tenants(session: CliContext, fields: str | None) -> None:
    """List the tenants."""
    show_rows(map(Answer.model_validate, _admin(session).do("list_tenants")["tenants"]), TENANTS, fields, "no tenants")


@admin.command()
@click.argument("tenant")
@pass_session
def suspend(session: CliContext, tenant: str) -> None:
    """Let none of TENANT's keys open."""
    _admin(session).do("suspend_tenant", tenant=tenant)
    click.echo(f"{tenant} is suspended", err=True)


@admin.command()
@click.argument("tenant")
@pass_session
def resume(session: CliContext, tenant: str) -> None:
    """Let TENANT's keys open again."""
    _admin(session).do("resume_tenant", tenant=tenant)
    click.echo(f"{tenant} is no longer suspended", err=True)


@admin.command("issue-key")
@click.argument("tenant")
@click.option("--name", help="What it is for.")
@click.option("--role", type=click.Choice(ROLES), default="owner", show_default=True)
@click.option("--scope", "scopes", type=click.Choice(SERVICES), multiple=True, help="A service that it is for.")
@json_option
@pass_session
def issue_key(
    session: CliContext, tenant: str, name: str | None, role: str, scopes: tuple[str, ...], fields: str | None
) -> None:
    """Issue one key more for TENANT."""
    made = _admin(session).do("issue_key", tenant=tenant, name=name, role=role, scopes=list(scopes))
    show_record(Answer(**made), ISSUED_KEY, fields)
    click.echo(TOLD_ONCE, err=True)


@admin.command("keys")
@click.argument("tenant")
@json_option
@pass_session
def list_keys(session: CliContext, tenant: str, fields: str | None) -> None:
    """List TENANT's keys."""
    show_rows(
        map(Answer.model_validate, _admin(session).do("list_keys", tenant=tenant)["keys"]), KEYS, fields, "no keys"
    )


@admin.command("revoke-key")
@click.argument("tenant")
@click.argument("id")
@pass_session
def revoke_key(session: CliContext, tenant: str, id: str) -> None:
    """Let the key ID of TENANT open no more, at once."""
    _admin(session).do("revoke_key", tenant=tenant, id=id)
    click.echo(f"{id} is revoked", err=True)


@admin.command("set-provider-key")
@click.argument("tenant")
@click.argument("provider")
@click.option("--key", prompt="Key (nothing takes it away)", hide_input=True, default="", show_default=False)
@pass_session
def set_provider_key(session: CliContext, tenant: str, provider: str, key: str) -> None:
    """Set TENANT's own key at PROVIDER; it is asked for, so that no shell remembers it."""
    _admin(session).do("set_provider_key", tenant=tenant, provider=provider, key=key)
    click.echo(f"{tenant}'s key for {provider} is {'set' if key else 'taken away'}", err=True)

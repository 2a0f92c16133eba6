"""`fanfold admin`: tenants and their keys, by the operator of a deployment, with AWS's own permissions."""

import json
from typing import Any

import click

from fanfold_client.answers import Answer
from fanfold_command.columns.keys import ISSUED_KEY, KEYS
from fanfold_command.keys import ROLES, SERVICES, TOLD_ONCE
from fanfold_command.operating import admin_of
from fanfold_command.printing import json_option, show_record, show_rows
from fanfold_command.quotas import quota_options, said
from fanfold_command.session import CliContext, pass_session
from fanfold_command.tenants import tenants


@click.group()
@click.option("--stack", metavar="NAME", help="The CloudFormation stack; otherwise the profile's, or fanfold.")
@click.pass_context
def admin(context: click.Context, stack: str | None) -> None:
    """Manage tenants and their keys, with your AWS credentials."""
    context.meta["stack"] = stack


@admin.command("create-tenant")
@click.argument("tenant")
@json_option
@pass_session
def create_tenant(session: CliContext, tenant: str, fields: str | None) -> None:
    """Make TENANT, with a first key of an owner."""
    show_record(Answer(**admin_of(session).do("create_tenant", tenant=tenant)), ISSUED_KEY, fields)
    click.echo(TOLD_ONCE, err=True)


admin.add_command(tenants)


@admin.command()
@click.argument("tenant")
@pass_session
def suspend(session: CliContext, tenant: str) -> None:
    """Let none of TENANT's keys open."""
    admin_of(session).do("suspend_tenant", tenant=tenant)
    click.echo(f"{tenant} is suspended", err=True)


@admin.command()
@click.argument("tenant")
@pass_session
def resume(session: CliContext, tenant: str) -> None:
    """Let TENANT's keys open again."""
    admin_of(session).do("resume_tenant", tenant=tenant)
    click.echo(f"{tenant} is no longer suspended", err=True)


@admin.command()
@click.argument("tenant")
@quota_options
@pass_session
def quotas(session: CliContext, /, tenant: str, **given: Any) -> None:
    """Show what TENANT may use, or change it: `none` takes a limit away."""
    news = said(given)
    desk = admin_of(session)
    found = desk.do("set_quotas", tenant=tenant, quotas=news) if news else desk.do("show_quotas", tenant=tenant)
    click.echo(json.dumps(found, indent=2))


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
    made = admin_of(session).do("issue_key", tenant=tenant, name=name, role=role, scopes=list(scopes))
    show_record(Answer(**made), ISSUED_KEY, fields)
    click.echo(TOLD_ONCE, err=True)


@admin.command("keys")
@click.argument("tenant")
@json_option
@pass_session
def list_keys(session: CliContext, tenant: str, fields: str | None) -> None:
    """List TENANT's keys."""
    show_rows(
        map(Answer.model_validate, admin_of(session).do("list_keys", tenant=tenant)["keys"]), KEYS, fields, "no keys"
    )


@admin.command("revoke-key")
@click.argument("tenant")
@click.argument("id")
@pass_session
def revoke_key(session: CliContext, tenant: str, id: str) -> None:
    """Let the key ID of TENANT open no more, at once."""
    admin_of(session).do("revoke_key", tenant=tenant, id=id)
    click.echo(f"{id} is revoked", err=True)


@admin.command("set-provider-key")
@click.argument("provider")
@click.option("--tenant", help="Whose own key it is; without it, the deployment's.")
@click.option("--key", prompt="Key (nothing takes it away)", hide_input=True, default="", show_default=False)
@pass_session
def set_provider_key(session: CliContext, provider: str, tenant: str | None, key: str) -> None:
    """Set the key at PROVIDER; it is asked for, so that no shell remembers it."""
    given = {"tenant": tenant} if tenant else {}
    admin_of(session).do("set_provider_key", provider=provider, key=key, **given)
    whose = f"{tenant}'s" if tenant else "the deployment's"
    click.echo(f"{whose} key for {provider} is {'set' if key else 'taken away'}", err=True)

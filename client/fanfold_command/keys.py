"""`fanfold keys`: the API keys of your tenant."""

from datetime import UTC, datetime, timedelta

import click

from fanfold_command.columns.keys import ISSUED_KEY, KEYS
from fanfold_command.printing import json_option, show_record, show_rows
from fanfold_command.session import CliContext, pass_session

ROLES = ("viewer", "editor", "owner")
SERVICES = ("batches", "forecasts", "writing", "logs", "stats", "account")
TOLD_ONCE = "The key is shown this once: keep it now."


@click.group()
def keys() -> None:
    """Manage the API keys of your tenant; your own has to be an owner's."""


@keys.command("list")
@json_option
@pass_session
def list_(session: CliContext, fields: str | None) -> None:
    """List the keys that open, the oldest first."""
    show_rows(iter(session.fanfold.keys.list()), KEYS, fields, "no keys")


@keys.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="editor", show_default=True, help="What it may do.")
@click.option("--scope", "scopes", type=click.Choice(SERVICES), multiple=True, help="A service that it is for.")
@click.option("--days", type=click.FloatRange(min=0, min_open=True), help="It expires after so many days.")
@json_option
@pass_session
def create(
    session: CliContext, name: str, role: str, scopes: tuple[str, ...], days: float | None, fields: str | None
) -> None:
    """Make a key with this NAME. Without --scope it is for all services."""
    expires_at = (datetime.now(UTC) + timedelta(days=days)).isoformat() if days else None
    made = session.fanfold.keys.create(name, role, list(scopes), expires_at)
    show_record(made, ISSUED_KEY, fields)
    click.echo(TOLD_ONCE, err=True)


@keys.command()
@click.argument("id")
@click.option("--overlap-hours", type=click.FloatRange(0, 720), default=24.0, show_default=True)
@json_option
@pass_session
def rotate(session: CliContext, id: str, overlap_hours: float, fields: str | None) -> None:
    """Replace the key ID by a new one; the old one opens for some hours more."""
    show_record(session.fanfold.keys.rotate(id, overlap_hours), ISSUED_KEY, fields)
    click.echo(TOLD_ONCE, err=True)


@keys.command()
@click.argument("id")
@pass_session
def revoke(session: CliContext, id: str) -> None:
    """Let the key ID open no more, at once."""
    session.fanfold.keys.revoke(id)
    click.echo(f"{id} is revoked", err=True)

"""`fanfold webhooks`: where events are told, and what became of each."""

from collections import defaultdict

import click

from fanfold_command.columns.webhooks import DELIVERIES, ISSUED_WEBHOOK, SECRET, WEBHOOKS
from fanfold_command.printing import json_option, show_record, show_rows
from fanfold_command.session import CliContext, pass_session

STATES = ("pending", "delivered", "failed")
TOLD_ONCE = "The secret is shown this once: keep it now."


@click.group()
def webhooks() -> None:
    """Manage the webhooks of your tenant; your key has to be an owner's.

    ID may be `callbacks`: those of jobs, which share a secret.
    """


@webhooks.command("list")
@json_option
@pass_session
def list_(session: CliContext, fields: str | None) -> None:
    """List webhooks, the oldest first."""
    show_rows(iter(session.fanfold.webhooks.list()), WEBHOOKS, fields, "no webhooks")


@webhooks.command()
@click.argument("url")
@click.option("--kind", "kinds", multiple=True, help="A kind of event, such as batch.completed; all without any.")
@click.option("--filter", "filters", multiple=True, metavar="FIELD=VALUE", help="Only events of which a field has it.")
@click.option("--description", default="", help="What it is for.")
@json_option
@pass_session
def create(
    session: CliContext,
    url: str,
    kinds: tuple[str, ...],
    filters: tuple[str, ...],
    description: str,
    fields: str | None,
) -> None:
    """Have events told to this URL."""
    made = session.fanfold.webhooks.create(url, kinds, _parsed(filters), description)
    show_record(made, ISSUED_WEBHOOK, fields)
    click.echo(TOLD_ONCE, err=True)


@webhooks.command()
@click.argument("id")
@click.option("--url", help="Another address.")
@click.option("--kind", "kinds", multiple=True, help="The kinds of events from now on.")
@click.option("--filter", "filters", multiple=True, metavar="FIELD=VALUE", help="The filters from now on.")
@click.option("--description", help="What it is for.")
@click.option("--enable/--disable", "enabled", default=None, help="Let it go on, or hold it back.")
@json_option
@pass_session
def change(
    session: CliContext,
    id: str,
    url: str | None,
    kinds: tuple[str, ...],
    filters: tuple[str, ...],
    description: str | None,
    enabled: bool | None,
    fields: str | None,
) -> None:
    """Change the webhook ID."""
    changed = session.fanfold.webhooks.change(
        id,
        url=url,
        kinds=kinds or None,
        filters=_parsed(filters) or None,
        description=description,
        enabled=enabled,
    )
    show_record(changed, WEBHOOKS, fields)


@webhooks.command()
@click.argument("id")
@pass_session
def delete(session: CliContext, id: str) -> None:
    """Tell the webhook ID nothing more, and forget it."""
    session.fanfold.webhooks.delete(id)
    click.echo(f"{id} is deleted", err=True)


@webhooks.command()
@click.argument("id")
@click.option("--overlap-hours", type=click.FloatRange(0, 720), default=24.0, show_default=True)
@json_option
@pass_session
def rotate(session: CliContext, id: str, overlap_hours: float, fields: str | None) -> None:
    """Give ID a new secret; the old one signs beside it for some hours more."""
    show_record(session.fanfold.webhooks.rotate(id, overlap_hours), SECRET, fields)
    click.echo(TOLD_ONCE, err=True)


@webhooks.command()
@click.argument("id")
@json_option
@pass_session
def test(session: CliContext, id: str, fields: str | None) -> None:
    """Send a test event to the webhook ID, and say what became of it."""
    show_record(session.fanfold.webhooks.test(id), DELIVERIES, fields)


@webhooks.command()
@click.argument("id")
@click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
@json_option
@pass_session
def deliveries(session: CliContext, id: str, state: str | None, fields: str | None) -> None:
    """List what was delivered to ID, the newest first."""
    show_rows(iter(session.fanfold.webhooks.deliveries(id, state)), DELIVERIES, fields, "no deliveries")


@webhooks.command()
@click.argument("id")
@click.argument("event")
@json_option
@pass_session
def replay(session: CliContext, id: str, event: str, fields: str | None) -> None:
    """Deliver EVENT (evt_…) to ID once more, and say what became of it."""
    show_record(session.fanfold.webhooks.replay(id, event), DELIVERIES, fields)


def _parsed(filters: tuple[str, ...]) -> dict[str, list[str]]:
    """`tags=a`, `tags=b` as `{"tags": ["a", "b"]}`."""
    found: dict[str, list[str]] = defaultdict(list)
    for each in filters:
        name, equals, value = each.partition("=")
        if not equals:
            raise click.BadParameter(f"{each!r} is not of the form FIELD=VALUE", param_hint="--filter")
        found[name].append(value)
    return dict(found)

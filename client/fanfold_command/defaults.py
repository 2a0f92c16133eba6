"""`fanfold defaults`: options of batches that do not say otherwise."""

from typing import Any

import click

from fanfold_command.options import asked, batch_options
from fanfold_command.printing import as_json, json_option, show_record
from fanfold_command.session import CliContext, pass_session


@click.group()
def defaults() -> None:
    """See and set the options of batches that do not say otherwise."""


@defaults.command()
@json_option
@pass_session
def show(session: CliContext, fields: str | None) -> None:
    """Show them, as JSON."""
    found = session.fanfold.defaults.get()
    if fields is None:
        click.echo(as_json(found))
    else:
        show_record(found, [], fields)


@defaults.command("set")
@batch_options
@pass_session
def set_defaults(session: CliContext, /, **options: Any) -> None:
    """Set these, in place of all before: what is not named has no default any more."""
    click.echo(as_json(session.fanfold.defaults.set(**asked(options))))

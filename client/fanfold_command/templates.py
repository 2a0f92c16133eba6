"""`fanfold templates`: prompts under a name, in versions."""

from typing import Any

import click

from fanfold_command.columns.templates import TEMPLATES, VERSION
from fanfold_command.options import asked, batch_options
from fanfold_command.printing import json_option, show_record, show_rows
from fanfold_command.session import CliContext, pass_session

name_argument = click.argument("saved", metavar="NAME")


@click.group()
def templates() -> None:
    """Save prompts with their model, schema and options under a name, in versions.

    \b
        fanfold templates save sort --template 'As {tone} as you can: {text}' --variable tone --model gpt-5.4-mini
        fanfold batch try rows.csv --from-template sort --var tone=short
        fanfold batch submit rows.csv --from-template sort@1 --var tone=short
    """


@templates.command("list")
@json_option
@pass_session
def list_(session: CliContext, fields: str | None) -> None:
    """List them with their latest version, those that are archived last."""
    found = session.fanfold.templates.list()
    show_rows(iter(found), TEMPLATES, fields, "no templates: `fanfold templates save` makes one")


@templates.command()
@click.argument("saved", metavar="NAME[@VERSION]")
@json_option
@pass_session
def show(session: CliContext, saved: str, fields: str | None) -> None:
    """Show a version of a template, the latest one unless you name another."""
    name, _, version = saved.partition("@")
    found = session.fanfold.templates
    show_record(found.version(name, int(version)) if version else found.get(name).latest, VERSION, fields)


@templates.command()
@name_argument
@click.option("--variable", "gaps", multiple=True, metavar="NAME[=DEFAULT]", help="A gap that a batch fills once.")
@click.option("--about", metavar="TEXT", help="What is new in this version.")
@batch_options
@json_option
@pass_session
def save(
    session: CliContext,
    /,
    saved: str,
    gaps: tuple[str, ...],
    about: str | None,
    fields: str | None,
    **options: Any,
) -> None:
    """Save the first version of the template NAME, or its next one."""
    made = session.fanfold.templates.save(saved, asked(options), dict(map(_variable, gaps)), about)
    show_record(made, VERSION, fields)


@templates.command()
@name_argument
@json_option
@pass_session
def archive(session: CliContext, saved: str, fields: str | None) -> None:
    """Let nobody use the template NAME by its name alone."""
    show_record(session.fanfold.templates.archive(saved), TEMPLATES, fields)


@templates.command()
@name_argument
@json_option
@pass_session
def restore(session: CliContext, saved: str, fields: str | None) -> None:
    """Let the template NAME be used again."""
    show_record(session.fanfold.templates.restore(saved), TEMPLATES, fields)


def _variable(text: str) -> tuple[str, str | None]:
    name, equals, default = text.partition("=")
    return name, default if equals else None

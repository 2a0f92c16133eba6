"""`fanfold audit`: who changed what in your tenant, when, from where and with which key."""

from itertools import islice

import click

from fanfold_command.columns.keys import AUDIT
from fanfold_command.printing import json_option, show_rows
from fanfold_command.session import CliContext, pass_session


@click.command()
@click.option("--since", metavar="TIME", help="From when on: 2026-12-01T08:00Z.")
@click.option("--until", metavar="TIME", help="Until when.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="Entries, at most.")
@click.option("--all", "whole", is_flag=True, help="All of them, for an export.")
@json_option
@pass_session
def audit(
    session: CliContext, since: str | None, until: str | None, limit: int, whole: bool, fields: str | None
) -> None:
    """List changes and denials, the newest first. It takes an owner's key."""
    found = session.fanfold.account.audit(since, until)
    show_rows(found if whole else islice(found, limit), AUDIT, fields, "nothing in that time")
